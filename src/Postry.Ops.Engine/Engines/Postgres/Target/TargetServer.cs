using System.Globalization;
using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>The server that a restore goes to, the role that it goes as, and the live database as the server's list of databases has
/// it.</summary>
internal sealed record TargetServer
{
    /// <summary>A role that a hosting gives its customers in place of the superuser's rights, which then are finer than the catalogs
    /// tell.</summary>
    private const string HostingRoles =
        "'rds_superuser', 'cloudsqlsuperuser', 'alloydbsuperuser', 'azure_pg_admin', 'neon_superuser', 'supabase_privileged_role'";

    public required int Major { get; init; }

    /// <summary>The version as the server writes it, for example "15.18 (Debian 15.18-0+deb12u1)".</summary>
    public required string Version { get; init; }

    public required bool IsStandby { get; init; }

    /// <summary>The role.</summary>
    public required string Role { get; init; }

    public required bool IsSuperuser { get; init; }

    /// <summary>True for the administrator of a hosted server: whether it may do what only superusers do elsewhere is only known when it
    /// does.</summary>
    public required bool IsHostingAdmin { get; init; }

    public required bool CanCreateDatabases { get; init; }

    /// <summary>Number of the live database; null where there is none.</summary>
    public required uint? LiveOid { get; init; }

    /// <summary>The role that owns the live database, or null.</summary>
    public required string? LiveOwner { get; init; }

    /// <summary>True where the role owns the live database or has the rights of its owner.</summary>
    public required bool OwnsLive { get; init; }

    /// <summary>True where the role may make schemas in the live database.</summary>
    public required bool CanCreateSchemas { get; init; }

    /// <summary>Size of the live database; 0 where there is none.</summary>
    public required long LiveBytes { get; init; }

    /// <summary>True where there is a live database.</summary>
    public bool LiveExists => LiveOid is not null;

    /// <summary>Asks.</summary>
    /// <param name="session">Any session on the server.</param>
    /// <param name="database">The live database's name.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<TargetServer> ReadAsync(PostgresSession session, string database, CancellationToken cancellation)
    {
        var role = (await session.RowsAsync($"""
            SELECT pg_catalog.current_setting('server_version_num'), pg_catalog.current_setting('server_version'),
                   pg_catalog.pg_is_in_recovery()::text, me.rolname::text, me.rolsuper::text, (me.rolsuper OR me.rolcreatedb)::text,
                   (EXISTS (SELECT FROM pg_catalog.pg_roles AS hosting WHERE hosting.rolname IN ({HostingRoles})
                     AND pg_catalog.pg_has_role(hosting.oid, 'MEMBER'))
                    OR EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name = 'supautils.privileged_role'
                      AND setting = me.rolname::text))::text
            FROM pg_catalog.pg_roles AS me WHERE me.rolname = CURRENT_USER
            """, cancellation))[0];
        var live = (await session.RowsAsync("""
            SELECT oid::text, pg_catalog.pg_get_userbyid(datdba)::text, pg_catalog.pg_has_role(datdba, 'USAGE')::text,
              pg_catalog.has_database_privilege(oid, 'CREATE')::text
            FROM pg_catalog.pg_database WHERE datname = $1
            """, cancellation, database)).FirstOrDefault();
        return new TargetServer
        {
            Major = int.Parse(role[0]!, CultureInfo.InvariantCulture) / 10000,
            Version = role[1]!,
            IsStandby = role[2] == "true",
            Role = role[3]!,
            IsSuperuser = role[4] == "true",
            CanCreateDatabases = role[5] == "true",
            IsHostingAdmin = role[6] == "true",
            LiveOid = live is null ? null : uint.Parse(live[0]!, CultureInfo.InvariantCulture),
            LiveOwner = live?[1],
            OwnsLive = live?[2] == "true",
            CanCreateSchemas = live?[3] == "true",
            LiveBytes = live is null ? 0 : await ServerDatabases.SizeAsync(session, database, cancellation),
        };
    }
}
