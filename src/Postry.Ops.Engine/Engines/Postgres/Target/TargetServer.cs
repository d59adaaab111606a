using Npgsql;
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

    /// <summary>As the server writes it, for example "15.18 (Debian 15.18-0+deb12u1)".</summary>
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
    /// <param name="connection">Any session on the server.</param>
    /// <param name="database">The live database's name.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<TargetServer> ReadAsync(NpgsqlConnection connection, string database, CancellationToken cancellation)
    {
        var facts = (await TypedQuery.RowsAsync(connection, $"""
            SELECT pg_catalog.current_setting('server_version_num')::int / 10000, pg_catalog.current_setting('server_version'),
              pg_catalog.pg_is_in_recovery(),
                   me.rolname::text, me.rolsuper, me.rolcreatedb,
                   EXISTS (SELECT FROM pg_catalog.pg_roles AS hosting WHERE hosting.rolname IN ({HostingRoles})
                     AND pg_catalog.pg_has_role(hosting.oid, 'MEMBER'))
                   OR EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name = 'supautils.privileged_role' AND setting = me.rolname::text)
            FROM pg_catalog.pg_roles AS me WHERE me.rolname = CURRENT_USER
            """, row => new TargetServer
        {
            Major = row.GetInt32(0),
            Version = row.GetString(1),
            IsStandby = row.GetBoolean(2),
            Role = row.GetString(3),
            IsSuperuser = row.GetBoolean(4),
            CanCreateDatabases = row.GetBoolean(4) || row.GetBoolean(5),
            IsHostingAdmin = row.GetBoolean(6),
            LiveOid = null,
            LiveOwner = null,
            OwnsLive = false,
            CanCreateSchemas = false,
            LiveBytes = 0,
        }, cancellation))[0];
        return (await TypedQuery.RowsAsync(connection, """
            SELECT oid, pg_catalog.pg_get_userbyid(datdba)::text, pg_catalog.pg_has_role(datdba, 'USAGE'),
              pg_catalog.has_database_privilege(oid, 'CREATE')
            FROM pg_catalog.pg_database WHERE datname = $1
            """,
            row => facts with
            {
                LiveOid = row.GetFieldValue<uint>(0),
                LiveOwner = row.GetString(1),
                OwnsLive = row.GetBoolean(2),
                CanCreateSchemas = row.GetBoolean(3),
            },
            cancellation, database)) is [var live, ..]
            ? live with { LiveBytes = await ServerDatabases.SizeAsync(connection, database, cancellation) }
            : facts;
    }
}
