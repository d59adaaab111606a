using System.Runtime.CompilerServices;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Checks whether the roles that a backup needs exist, and whether the connecting role may give objects to them.</summary>
internal sealed class RoleCheck : ITargetCheck
{
    // Only superusers can create or own these objects (the archive's names for their types).
    private static readonly HashSet<string> ForSuperusers =
        ["event trigger", "foreign data wrapper", "access method", "operator class", "operator family"];

    /// <inheritdoc/>
    public async IAsyncEnumerable<TargetFinding> RunAsync(TargetContext target,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (server, set, description) = (target.Server, target.Set, target.Description);
        if (ForSuperuser(target) is { } finding) yield return finding;
        if (target.Options.NoOwner) yield break;
        var roles = description.Roles.Select(role => role.Name).Append(description.Database.Owner).Distinct(StringComparer.Ordinal)
            .ToArray();
        var right = server.Major >= 16 ? "SET" : "MEMBER";
        var there = await NamedRights.ReadAsync(target.Any,
            $"SELECT rolname::text, pg_catalog.pg_has_role(oid, '{right}')::text FROM pg_catalog.pg_roles", "rolname", roles, cancellation);
        var missing = roles.Where(role => !there.ContainsKey(role)).Order(StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
        {
            var (where, database) = missing.Any(ByteKeepingEncoding.HasBytes)
                ? (" from within a database of encoding SQL_ASCII", "...") : ("", "postgres");
            var script = description.Dump.RolesFile is { } file
                ? $"Create them{where} (psql -X -d {database} -f {Path.Combine(set.BackupFile, file)}, as a role with CREATEROLE)"
                : $"Create them{where}";
            yield return TargetFinding.Against(target.Invalid(
                $"The server does not have the roles {TargetContext.List(missing)}, which the backup relies on.",
                $"{script}, or add {OptionName.NoOwner}: then everything belongs to {server.Role}, and grants are left out."));
        }

        if (server.IsSuperuser) yield break;
        var owners = await target.Archive!.OwnersAsync(roles, cancellation);
        var foreign = owners.Where(role => there.TryGetValue(role, out var may) && !may).Order(StringComparer.Ordinal).ToList();
        if (foreign.Count > 0)
        {
            yield return TargetFinding.Against(target.Denied(
                $"{server.Role} is not a member of the roles that own what is in the backup: {TargetContext.List(foreign)}.",
                $"GRANT {TargetContext.List([.. foreign.Select(PostgresNames.Display)])} TO {PostgresNames.Display(server.Role)}, use a " +
                    $"superuser, or add {OptionName.NoOwner}."));
        }
        else if (there.TryGetValue(description.Database.Owner, out var mayOwn) && !mayOwn)
        {
            yield return TargetFinding.Against(target.Denied(
                $"{server.Role} cannot give a new database to {description.Database.Owner}, which owns the one that was backed up.",
                $"GRANT {PostgresNames.Display(description.Database.Owner)} TO {PostgresNames.Display(server.Role)}, use a superuser, or " +
                    $"add {OptionName.NoOwner}."), RestoreStrategy.Swap);
        }
    }

    private static TargetFinding? ForSuperuser(TargetContext target)
    {
        var server = target.Server;
        if (server.IsSuperuser) return null;
        var entries = target.Manifest!.Contents.Schema.Where(entry => ForSuperusers.Contains(entry.Type)).ToList();
        if (entries.Count == 0) return null;
        var named = TargetContext.List([.. entries.Select(entry => $"{entry.Type} {entry.Name}")]);
        return server.IsHostingAdmin
            ? TargetFinding.Noted($"Only superusers can create these, unless the hosting service lets {server.Role}: {named}.")
            : TargetFinding.Against(target.Denied($"Only a superuser can create what is in the backup: {named}.", "Use a superuser."),
                RestoreStrategy.Swap, RestoreStrategy.InPlace);
    }
}
