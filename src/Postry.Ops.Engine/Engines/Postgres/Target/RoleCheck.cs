using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Checks whether the roles that a backup needs exist, and whether the connecting role may give objects to them.</summary>
internal static class RoleCheck
{
    // Only superusers can create or own these objects (the archive's names for their types).
    private static readonly HashSet<string> ForSuperusers =
        ["event trigger", "foreign data wrapper", "access method", "operator class", "operator family"];

    /// <summary>Adds what is missing.</summary>
    public static async Task CheckAsync(Findings findings, PostgresSession session, TargetServer server, BackupSet set,
        BackupManifest manifest, bool noOwner, CancellationToken cancellation)
    {
        Superusers(findings, server, manifest);
        if (noOwner) return;
        var description = manifest.Postgres!;
        var roles = description.Roles.Select(role => role.Name).Append(description.Database.Owner).Distinct(StringComparer.Ordinal)
            .ToArray();
        var right = server.Major >= 16 ? "SET" : "MEMBER";
        var there = await NamedRights.ReadAsync(session,
            $"SELECT rolname::text, pg_catalog.pg_has_role(oid, '{right}')::text FROM pg_catalog.pg_roles", "rolname", roles, cancellation);
        var missing = roles.Where(role => !there.ContainsKey(role)).Order(StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
        {
            var (where, database) = missing.Any(ByteKeepingEncoding.HasBytes)
                ? (" from within a database of encoding SQL_ASCII", "...") : ("", "postgres");
            var script = description.Dump.RolesFile is { } file
                ? $"Create them{where} (psql -X -d {database} -f {Path.Combine(set.BackupFile, file)}, as a role with CREATEROLE)"
                : $"Create them{where}";
            findings.Problems.Add(findings.Invalid(
                $"The server does not have the roles {Findings.List(missing)}, which the backup relies on.",
                $"{script}, or add {OptionName.NoOwner}: then everything belongs to {server.Role}, and grants are left out."));
        }

        if (server.IsSuperuser) return;
        var owners = await OwnersAsync(set, description, roles, cancellation);
        var foreign = owners.Where(role => there.TryGetValue(role, out var may) && !may).Order(StringComparer.Ordinal).ToList();
        if (foreign.Count > 0)
        {
            findings.Problems.Add(findings.Denied(
                $"{server.Role} is not a member of the roles that own what is in the backup: {Findings.List(foreign)}.",
                $"GRANT {Findings.List([.. foreign.Select(PostgresNames.Display)])} TO {PostgresNames.Display(server.Role)}, use a " +
                    $"superuser, or add {OptionName.NoOwner}."));
        }
        else if (there.TryGetValue(description.Database.Owner, out var mayOwn) && !mayOwn)
        {
            findings.NoSwap
                .Add(findings
                .Denied($"{server.Role} cannot give a new database to {description.Database.Owner}, which owns the one that was backed up.",
                $"GRANT {PostgresNames.Display(description.Database.Owner)} TO {PostgresNames.Display(server.Role)}, use a superuser, or " +
                    $"add {OptionName.NoOwner}."));
        }
    }

    private static void Superusers(Findings findings, TargetServer server, BackupManifest manifest)
    {
        if (server.IsSuperuser) return;
        var entries = manifest.Contents.Schema.Where(entry => ForSuperusers.Contains(entry.Type)).ToList();
        if (entries.Count == 0) return;
        var named = Findings.List([.. entries.Select(entry => $"{entry.Type} {entry.Name}")]);
        if (server.IsHostingAdmin)
        {
            findings.Notes.Add($"Only superusers make these, unless the hosting lets {server.Role}: {named}.");
            return;
        }

        var problem = findings.Denied($"Only a superuser can make what is in the backup: {named}.", "Use a superuser.");
        findings.NoSwap.Add(problem);
        findings.NoInPlace.Add(problem);
    }

    // The last word of each line of the archive's list is the owner, which may have spaces in it: the longest role that fits is taken.
    private static async Task<IReadOnlyCollection<string>> OwnersAsync(BackupSet set, PostgresDescription description, string[] roles,
        CancellationToken cancellation)
    {
        if (description.Owners is { } known) return known;
        var owners = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            var longestFirst = roles.OrderByDescending(role => role.Length).ToList();
            var list = await ArchiveList.ReadAsync(set.BackupFile,
                ArchiveTool.Find(description.Dump.VersionNumber / 10000, Findings.Operation, set.BackupFile), cancellation);
            foreach (var entry in list.Entries)
                if (longestFirst.FirstOrDefault(role => entry.Text.EndsWith(" " + role, StringComparison.Ordinal)) is { } owner)
                    owners.Add(owner);
        }
        catch (OpsException)
        {
            // A missing program and a damaged archive are problems of their own.
        }

        return owners;
    }
}
