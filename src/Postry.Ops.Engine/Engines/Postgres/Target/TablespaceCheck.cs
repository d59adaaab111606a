using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Checks whether the server has the tablespaces that a backup names, and lets the role use them.</summary>
internal sealed partial class TablespaceCheck : ITargetCheck
{
    private const string Default = "pg_default";
    private static string WayOut => $"or add {OptionName.NoTablespaces}, which puts everything into the default tablespace.";

    /// <inheritdoc/>
    public async IAsyncEnumerable<TargetFinding> RunAsync(TargetContext target,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var own = target.Description.Database.Tablespace;
        var ofObjects = (await NamesAsync(target.Set, target.Manifest!, cancellation)).Where(name => name != own).ToList();
        List<string> all = [.. ofObjects, .. own == Default ? Array.Empty<string>() : [own]];
        if (all.Count == 0) yield break;
        if (target.Options.NoTablespaces)
        {
            yield return TargetFinding.Noted(
                $"Tablespaces are left out: what was in {TargetContext.List(all)} comes into the default tablespace.");
            yield break;
        }

        var there = await NamedRights.ReadAsync(target.Any,
            "SELECT spcname::text, pg_catalog.has_tablespace_privilege(oid, 'CREATE')::text FROM pg_catalog.pg_tablespace", "spcname", all,
            cancellation);
        foreach (var problem in Problems(target, ofObjects, there)) yield return TargetFinding.Against(problem);
        if (own == Default) yield break;
        // Only a new database is created in the tablespace of the one that was backed up.
        foreach (var problem in Problems(target, [own], there)) yield return TargetFinding.Against(problem, RestoreStrategy.Swap);
    }

    private static IEnumerable<OpsException> Problems(TargetContext target, IReadOnlyList<string> names,
        IReadOnlyDictionary<string, bool> there)
    {
        var missing = names.Where(name => !there.ContainsKey(name)).ToList();
        if (missing.Count > 0)
        {
            yield return target.Invalid(
                $"The server does not have the tablespaces {TargetContext.List(missing)}, in which objects of the backup lie.",
                $"Let a superuser make them (CREATE TABLESPACE {PostgresNames.Display(missing[0])} LOCATION '/a/folder/of/the/server'), " +
                    $"{WayOut}");
        }

        var denied = names.Where(name => there.TryGetValue(name, out var may) && !may).ToList();
        if (denied.Count > 0)
        {
            yield return target.Denied(
                $"{target.Server.Role} may not put anything into the tablespaces {TargetContext.List(denied)}, in which objects of the " +
                $"backup lie.",
                $"GRANT CREATE ON TABLESPACE {string.Join(", ", denied.Select(PostgresNames.Display))} TO " +
                    $"{PostgresNames.Display(target.Server.Role)}, {WayOut}");
        }
    }

    /// <summary>The tablespaces that the entries of a backup name.</summary>
    private static async Task<IReadOnlyCollection<string>> NamesAsync(BackupSet set, BackupManifest manifest,
        CancellationToken cancellation)
    {
        if (manifest.Legacy) return manifest.Postgres!.Tablespaces;
        var names = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            await ArchiveTool.Find(manifest.Postgres!.Dump.VersionNumber / 10000,
                set.BackupFile)(["--schema-only", "-f", "-", set.BackupFile], async (output, token) =>
            {
                using var script = ByteKeepingEncoding.Reader(output);
                while (await script.ReadLineAsync(token) is { } line)
                    if (Header().Match(line) is { Success: true } header) names.Add(header.Groups["tablespace"].Value);
            }, cancellation);
        }
        catch (OpsException)
        {
            // A missing program and a damaged archive are problems of their own.
        }

        return names;
    }

    [GeneratedRegex(@"^-- Name: .*; Type: [A-Z][A-Z ]*; Schema: .*; Owner: .*; Tablespace: (?<tablespace>.+)$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Header();
}
