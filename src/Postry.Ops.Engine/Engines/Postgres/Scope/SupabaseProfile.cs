namespace Postry.Ops.Engine.Engines.Postgres.Scope;

/// <summary>
/// The schemas and roles of the hosting service in a Supabase project, by the lists of Supabase's own command line tool
/// (pkg/migration/dump.go of supabase/cli).
/// </summary>
internal static class SupabaseProfile
{
    /// <summary>The profile's name.</summary>
    public const string Name = "Supabase";

    /// <summary>
    /// Schemas that neither the schema nor the data of its `db dump` holds. The schemas of sign-in and storage are not in the list: their
    /// tables come with every project, but their rows are the customer's users and files.
    /// </summary>
    public static readonly IReadOnlyList<string> Excluded =
    [
        "information_schema", "pg_*", "_analytics", "_realtime", "_supavisor", "etl", "extensions", "graphql", "graphql_public",
        "pgbouncer", "pgsodium", "pgsodium_masks",
        "pgtle", "realtime", "repack", "supabase_migrations", "tiger", "tiger_data", "timescaledb_*", "_timescaledb_*", "topology", "vault",
    ];

    /// <summary>Schemas whose objects every project has already: a restore into one takes only their rows.</summary>
    public static readonly IReadOnlyList<string> RowsOnly = ["auth", "cron", "dbdev", "net", "pgmq", "storage", "supabase_functions"];

    /// <summary>Tables in which the hosting notes its own migrations.</summary>
    public static readonly IReadOnlyList<string> ExcludedTableData =
        ["auth.schema_migrations", "storage.migrations", "supabase_functions.migrations"];

    private static readonly HashSet<string> Roles =
    [
        "anon", "authenticated", "authenticator", "dashboard_user", "pgbouncer", "postgres", "service_role", "pgsodium_keyholder",
        "pgsodium_keyiduser", "pgsodium_keymaker",
        "pgtle_admin",
    ];

    /// <summary>True for a role that every project has, or that its tool made.</summary>
    public static bool IsReserved(string role) =>
        Roles.Contains(role) || role.StartsWith("supabase_", StringComparison.Ordinal)
            || role.StartsWith("cli_login_", StringComparison.Ordinal);
}
