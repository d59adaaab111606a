using System.Text.RegularExpressions;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Checks whether the server has the tablespaces that a backup names, and lets the role use them.</summary>
internal static partial class TablespaceCheck
{
    private const string Default = "pg_default";
    private static string WayOut => $"or add {OptionName.NoTablespaces}, which puts everything into the default tablespace.";

    /// <summary>Adds the missing tablespaces.</summary>
    /// <param name="findings">Receives the problems.</param>
    /// <param name="session">Any session on the server.</param>
    /// <param name="server">The server.</param>
    /// <param name="set">The backup.</param>
    /// <param name="manifest">The manifest of the backup.</param>
    /// <param name="leaveOut">True if tablespaces are left out.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task CheckAsync(
        Findings findings, PostgresSession session, TargetServer server, BackupSet set, BackupManifest manifest, bool leaveOut,
        CancellationToken cancellation)
    {
        var own = manifest.Postgres!.Database.Tablespace;
        var ofObjects = (await NamesAsync(set, manifest, cancellation)).Where(name => name != own).ToList();
        List<string> all = [.. ofObjects, .. own == Default ? Array.Empty<string>() : [own]];
        if (all.Count == 0) return;
        if (leaveOut)
        {
            findings.Notes.Add($"Tablespaces are left out: what was in {Findings.List(all)} comes into the default tablespace.");
            return;
        }

        var there = await NamedRights.ReadAsync(session,
            "SELECT spcname::text, pg_catalog.has_tablespace_privilege(oid, 'CREATE')::text FROM pg_catalog.pg_tablespace", "spcname", all,
            cancellation);
        Add(findings, findings.Problems, server, ofObjects, there);
        // Only a new database is created in the tablespace of the one that was backed up.
        if (own != Default) Add(findings, findings.NoSwap, server, [own], there);
    }

    private static void Add(Findings findings, List<OpsException> problems, TargetServer server, IReadOnlyList<string> names,
        IReadOnlyDictionary<string, bool> there)
    {
        var missing = names.Where(name => !there.ContainsKey(name)).ToList();
        if (missing.Count > 0)
        {
            problems.Add(findings
                .Invalid($"The server does not have the tablespaces {Findings.List(missing)}, in which objects of the backup lie.",
                $"Let a superuser make them (CREATE TABLESPACE {PostgresNames.Display(missing[0])} LOCATION '/a/folder/of/the/server'), " +
                    $"{WayOut}"));
        }

        var denied = names.Where(name => there.TryGetValue(name, out var may) && !may).ToList();
        if (denied.Count > 0)
        {
            problems.Add(findings
                .Denied($"{server.Role} may not put anything into the tablespaces {Findings.List(denied)}, in which objects of the " +
                $"backup lie.",
                $"GRANT CREATE ON TABLESPACE {string.Join(", ", denied.Select(PostgresNames.Display))} TO " +
                    $"{PostgresNames.Display(server.Role)}, {WayOut}"));
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
            await ArchiveTool.Find(manifest.Postgres!.Dump.VersionNumber / 10000, Findings.Operation,
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
