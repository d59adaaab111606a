using System.Runtime.CompilerServices;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Checks whether the server has the tablespaces that a backup names, and lets the role use them.</summary>
internal sealed class TablespaceCheck : ITargetCheck
{
    private const string Default = "pg_default";
    private static string WayOut => $"or add {OptionName.NoTablespaces}, which puts everything into the default tablespace.";

    /// <inheritdoc/>
    public async IAsyncEnumerable<TargetFinding> RunAsync(TargetContext target,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var own = target.Description.Database.Tablespace;
        var ofObjects = (await target.Archive!.TablespacesAsync(cancellation)).Where(name => name != own).ToList();
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
}
