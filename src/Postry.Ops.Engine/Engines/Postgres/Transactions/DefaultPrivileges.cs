using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>Default privileges. New objects would get them on top of what the archive gives, so they are away while it comes in.</summary>
internal static class DefaultPrivileges
{
    private const string Source =
        """
        FROM (SELECT d.defaclacl AS acl, d.defaclnamespace = 0 AS everywhere, COALESCE(n.nspname::text, '') AS schema,
          pg_catalog.quote_ident(r.rolname) AS owner,
                     pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I',
                       r.rolname) || COALESCE(' IN SCHEMA ' || pg_catalog.quote_ident(n.nspname::text), '') AS start,
                     CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES'
                       WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END AS kind
              FROM pg_catalog.pg_default_acl d JOIN pg_catalog.pg_roles r ON r.oid = d.defaclrole
                LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
              WHERE pg_catalog.pg_has_role(d.defaclrole, 'MEMBER')) AS d
        """;

    private const string Grantee =
        "CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END";

    /// <summary>Statements that bring back what is set now for all schemas together.</summary>
    public static Task<IReadOnlyList<string>> ReadAsync(PostgresSession session, CancellationToken cancellation) => session.TextsAsync(
        $"""
        SELECT statement FROM (
            SELECT 1 AS step, pg_catalog.format('%s REVOKE ALL ON %s FROM PUBLIC, %s', start, kind, owner) AS statement {Source}
              WHERE everywhere
            UNION ALL
            SELECT 2, pg_catalog.format('%s GRANT %s ON %s TO %s%s', start, a.privilege_type, kind, {Grantee}, CASE
              WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
            {Source}, LATERAL pg_catalog.aclexplode(d.acl) AS a WHERE everywhere) AS written ORDER BY step
        """, cancellation);

    /// <summary>Sets those for all schemas together, and those for some, to what a new database has.</summary>
    public static Task ResetAsync(PostgresSession session, IEnumerable<string> schemas, CancellationToken cancellation) =>
        session.ExecuteWrittenAsync(
        $"""
        SELECT statement FROM (
            SELECT DISTINCT 1 AS step, pg_catalog.format('%s REVOKE ALL ON %s FROM %s', start, kind, {Grantee}) AS statement
            {Source}, LATERAL pg_catalog.aclexplode(d.acl) AS a WHERE everywhere OR schema = ANY ({PostgresSession.Array(schemas)})
            UNION ALL
            SELECT 2, pg_catalog.format('%s GRANT ALL ON %s TO %s', start, kind, owner) {Source} WHERE everywhere
            UNION ALL
            SELECT 3, pg_catalog.format('%s GRANT ALL ON %s TO PUBLIC', start, kind) {Source}
              WHERE everywhere AND kind IN ('FUNCTIONS', 'TYPES')) AS written ORDER BY step
        """, cancellation);
}
