using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Checks whether the role may create databases and schemas, and rename the live database.</summary>
internal sealed class RightsCheck : ITargetCheck
{
    /// <inheritdoc/>
    public bool Applies(TargetContext target) => true;

    /// <inheritdoc/>
    public IAsyncEnumerable<TargetFinding> RunAsync(TargetContext target, CancellationToken cancellation) =>
        Find(target).ToAsyncEnumerable();

    private static IEnumerable<TargetFinding> Find(TargetContext target)
    {
        var server = target.Server;
        var role = PostgresNames.Display(server.Role);
        if (server.IsStandby)
            yield return TargetFinding.Against(target.Denied("The server is a standby, which is read-only.",
                "Use the address of the primary."));
        if (!server.CanCreateDatabases)
            yield return TargetFinding.Against(target.Denied($"{server.Role} may not create databases.",
                $"ALTER ROLE {role} CREATEDB, or use a role that may."), RestoreStrategy.Swap);
        if (server.LiveExists && !server.OwnsLive)
        {
            yield return TargetFinding.Against(target.Denied(
                $"The live database belongs to {server.LiveOwner}, and {server.Role} may not rename it.",
                $"Use its owner, or GRANT {PostgresNames.Display(server.LiveOwner!)} TO {role}."), RestoreStrategy.Swap);
            if (target.Options.FreezeWrites)
                yield return TargetFinding.Against(target.Denied(
                    $"{OptionName.FreezeWrites} sets a property of the live database, which belongs to {server.LiveOwner}.",
                    $"Use its owner, or leave {OptionName.FreezeWrites} out."));
        }

        if (server.LiveExists && !server.CanCreateSchemas)
        {
            var denied = target.Denied($"{server.Role} may not make schemas in the live database.",
                "Use the database's owner, or let it GRANT CREATE ON DATABASE.");
            yield return TargetFinding.Against(denied, RestoreStrategy.Schema, RestoreStrategy.InPlace);
        }
    }
}
