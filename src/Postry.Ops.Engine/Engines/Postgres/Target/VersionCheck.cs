using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Checks whether the versions of programs, server and backup fit each other.</summary>
internal sealed class VersionCheck : ITargetCheck
{
    /// <inheritdoc/>
    public IAsyncEnumerable<TargetFinding> RunAsync(TargetContext target, CancellationToken cancellation) =>
        Find(target).ToAsyncEnumerable();

    private static IEnumerable<TargetFinding> Find(TargetContext target)
    {
        var (server, description) = (target.Server, target.Description);
        var (program, major) = target.Archive!.RestoreProgram(server.Major);
        if (Lack(program, major, target) is { } lack) yield return TargetFinding.Against(lack);
        if (Lack("psql", major, target) is { } noPsql)
            yield return TargetFinding.Against(noPsql, RestoreStrategy.Schema, RestoreStrategy.InPlace);
        if (server.Major < description.Server.Major)
        {
            yield return TargetFinding.Against(target.Invalid(
                $"The backup comes from PostgreSQL {description.Server.Version}, and this server is {server.Version}: a backup cannot " +
                $"be restored to an older version.",
                $"Restore to a server of version {description.Server.Major} or newer."));
        }
        else if (server.Major > description.Server.Major)
        {
            yield return TargetFinding.Noted(
                $"The backup comes from PostgreSQL {description.Server.Version}, and this server is {server.Version}: the restore " +
                $"works as far as pg_restore does, and objects that cannot be compared between the versions stay unproven.");
        }
    }

    private static OpsException? Lack(string program, int major, TargetContext target)
    {
        try
        {
            PgTools.Find(program, major, target.Name);
            return null;
        }
        catch (OpsException e)
        {
            return e;
        }
    }
}
