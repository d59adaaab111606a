using System.Globalization;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Source;

/// <summary>
/// The roles that an archive needs (owners, grantees, roles of policies and settings) with all roles that they are members of.
/// </summary>
/// <param name="Roles">The roles by name, without the server's own pg_ roles.</param>
/// <param name="Memberships">The memberships among them, and theirs in the server's own roles.</param>
/// <param name="Bootstrap">The superuser that the cluster was made with.</param>
internal sealed record RoleDefinitions(IReadOnlyList<PostgresRole> Roles, IReadOnlyList<PostgresMembership> Memberships, string Bootstrap)
{
    // The server itself keeps account of which role each object needs, whatever kind of object it is. Objects of the bootstrap superuser
    // are not in it.
    private static string Needed(BackupScope scope) => $"""
        WITH RECURSIVE here AS (SELECT oid, datdba FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()),
        needed AS (
            SELECT s.refobjid AS role FROM pg_catalog.pg_shdepend s, here
            WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
              AND (s.dbid = here.oid AND {ObjectInScope(scope)} OR s.dbid = 0 AND s.classid = 'pg_catalog.pg_database'::pg_catalog.regclass
                AND s.objid = here.oid)
            UNION SELECT datdba FROM here
            UNION SELECT setrole FROM pg_catalog.pg_db_role_setting, here WHERE setdatabase = here.oid AND setrole <> 0
            UNION SELECT c.relowner FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE {scope.SchemaSql("n.nspname")}
            UNION SELECT p.proowner FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
              WHERE {scope.SchemaSql("n.nspname")}
            UNION SELECT n.nspowner FROM pg_catalog.pg_namespace n WHERE {scope.SchemaSql("n.nspname")}
            UNION SELECT m.roleid FROM needed JOIN pg_catalog.pg_auth_members m ON m.member = needed.role)
        """;

    /// <summary>Reads them in the transaction that the session is in.</summary>
    public static async Task<RoleDefinitions> ReadAsync(PostgresSession session, BackupScope scope, CancellationToken cancellation)
    {
        var rows = await session.RowsAsync($"""
            {Needed(scope)}
            SELECT r.rolname::text, r.rolsuper::text, r.rolinherit::text, r.rolcreaterole::text, r.rolcreatedb::text, r.rolcanlogin::text,
              r.rolreplication::text,
                   r.rolbypassrls::text, r.rolconnlimit::text, r.rolvaliduntil::text, pg_catalog.shobj_description(r.oid, 'pg_authid')
            FROM pg_catalog.pg_roles r WHERE r.oid IN (SELECT role FROM needed) AND r.rolname !~ '^pg_' ORDER BY r.rolname::text COLLATE "C"
            """, cancellation);
        var settings = (await session.RowsAsync("""
            SELECT r.rolname::text, setting FROM pg_catalog.pg_roles r
              JOIN pg_catalog.pg_db_role_setting s ON s.setrole = r.oid AND s.setdatabase = 0,
                   pg_catalog.unnest(s.setconfig) AS setting ORDER BY 1, 2
            """, cancellation)).ToLookup(row => row[0]!, row => SourceSurvey.Setting(row[0], row[1]!));
        var options = session.ServerMajor >= 16 ? "m.inherit_option::text, m.set_option::text" : "NULL, NULL";
        var members = await session.RowsAsync($"""
            {Needed(scope)}
            SELECT DISTINCT role.rolname::text, member.rolname::text, m.admin_option::text, {options}
            FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles role ON role.oid = m.roleid
              JOIN pg_catalog.pg_roles member ON member.oid = m.member
            WHERE m.member IN (SELECT role FROM needed) AND member.rolname !~ '^pg_' ORDER BY 1, 2
            """, cancellation);
        // The bootstrap superuser has this number in every cluster.
        var bootstrap = await session.TextAsync("SELECT rolname::text FROM pg_catalog.pg_roles WHERE oid = 10",
            cancellation);

        bool Kept(string role) => scope.Profile is null || !SupabaseProfile.IsReserved(role);
        return new RoleDefinitions(
            [.. rows.Where(row => Kept(row[0]!)).Select(row => new PostgresRole(
                row[0]!, row[1] == "true", row[2] == "true", row[3] == "true", row[4] == "true", row[5] == "true", row[6] == "true",
                row[7] == "true",
                int.Parse(row[8]!, CultureInfo.InvariantCulture), row[9], row[10], [.. settings[row[0]!]]))],
            [.. members.Where(row => Kept(row[1]!)).Select(row => new PostgresMembership(
                row[0]!, row[1]!, row[2] == "true", row[3] is { } inherit ? inherit == "true" : null, row[4] is { } set ? set == "true"
                    : null))],
            bootstrap ?? "");
    }

    // A selection of schemas takes only the objects in them; objects in no schema are then not in the archive.
    private static string ObjectInScope(BackupScope scope) => !scope.IsSelection ? "true" : $"""
        (SELECT {scope.SchemaSql("COALESCE(policy.nspname, defaults.nspname, own.name)::text")}
         FROM pg_catalog.pg_identify_object(s.classid, s.objid, s.objsubid) o
         CROSS JOIN LATERAL (SELECT CASE o.type WHEN 'schema' THEN o.name ELSE o.schema END AS text) quoted
         CROSS JOIN LATERAL (SELECT CASE WHEN quoted.text LIKE '"%' THEN pg_catalog.replace(pg_catalog.substr(quoted.text, 2,
           pg_catalog.length(quoted.text) - 2), '""', '"')
                                    ELSE quoted.text END AS name) own
         LEFT JOIN LATERAL (SELECT n.nspname FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                            WHERE p.oid = s.objid) policy ON s.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass
         LEFT JOIN LATERAL (SELECT n.nspname FROM pg_catalog.pg_default_acl a JOIN pg_catalog.pg_namespace n ON n.oid = a.defaclnamespace
                            WHERE a.oid = s.objid) defaults ON s.classid = 'pg_catalog.pg_default_acl'::pg_catalog.regclass)
        """;
}
