using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Source;

/// <summary>Refuses a backup that could not be whole because the role does not see everything, before anything is written.</summary>
internal sealed class SourceAccess(PostgresSession session, BackupScope scope, string target)
{
    private const int MostNames = 10;

    /// <summary>Errors: AccessDenied, which names the objects.</summary>
    public async Task RequireAsync(CancellationToken cancellation)
    {
        var role = await session.TextAsync("SELECT CURRENT_USER::text", cancellation) ?? "";
        Refuse(await NamesAsync($"""
            SELECT DISTINCT n.nspname::text, NULL FROM pg_catalog.pg_namespace n
              JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'S')
            WHERE {Scope()} AND NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            """, cancellation),
            "schema", $"{role} may not use",
            $"GRANT USAGE ON SCHEMA ... TO {PostgresNames.Display(role)}, or leave the schema out with {OptionName.ExcludeSchema}.");

        Refuse(await NamesAsync($"""
            SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND {Scope()} AND {NotOfExtension}
              AND NOT CASE c.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
                ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT') END
            """, cancellation),
            "table or sequence", $"{role} may not read",
            $"GRANT SELECT ON ... TO {PostgresNames.Display(role)} (or the role pg_read_all_data, from PostgreSQL 14 on), use their " +
                $"owner, or leave their schema out with {OptionName.ExcludeSchema}.");

        // The server decides in the same way: the owner of a table sees all of it unless row security is forced; superusers and BYPASSRLS
        // always do.
        Refuse(await NamesAsync($"""
            SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND c.relrowsecurity AND {Scope()} AND {NotOfExtension}
              AND NOT {scope.ExcludedDataSql("n.nspname", "c.relname")}
              AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER AND (r.rolsuper OR r.rolbypassrls))
              AND (c.relforcerowsecurity OR NOT pg_catalog.pg_has_role(c.relowner, 'USAGE'))
            """, cancellation),
            "table", $"Row-level security may hide rows from {role} in",
            "Use the owner of the tables (without FORCE ROW LEVEL SECURITY), a superuser or a role with BYPASSRLS, or leave their rows " +
                $"out with {OptionName.ExcludeTableData}.");

        if (scope.IsSelection) return;
        Refuse(await NamesAsync("""
            SELECT m.oid::text, NULL FROM pg_catalog.pg_largeobject_metadata m
            WHERE NOT pg_catalog.pg_has_role(m.lomowner, 'USAGE') AND pg_catalog.current_setting('lo_compat_privileges') = 'off'
              AND NOT EXISTS (SELECT 1 FROM pg_catalog.aclexplode(m.lomacl) a
                WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE')))
            """, cancellation),
            "large object", $"{role} may not read",
            $"GRANT SELECT ON LARGE OBJECT ... TO {PostgresNames.Display(role)}, or use their owner.");
    }

    // The tables of an extension are read where they are its configuration; whoever lacks the right hears so from pg_dump.
    private const string NotOfExtension =
        "NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = " +
            "c.oid AND d.deptype = 'e')";

    private string Scope() => scope.SchemaSql("n.nspname");

    private async Task<List<string>> NamesAsync(string sql, CancellationToken cancellation) =>
        [.. (await session.RowsAsync(sql, cancellation))
            .Select(row => row[1] is { } name ? PostgresNames.Display(row[0]!, name) : row[0]!).Order(StringComparer.Ordinal)];

    private void Refuse(List<string> names, string noun, string problem, string hint)
    {
        if (names.Count == 0) return;
        var more = names.Count > MostNames ? $" and {names.Count - MostNames} more" : "";
        throw new AccessDeniedException(target,
            $"{target} cannot be backed up whole. {problem} {names.Count} " +
                $"{(names.Count == 1 ? noun : string.Join(" or ", noun.Split(" or ").Select(word => word + "s")))}: " +
                $"{string.Join(", ", names.Take(MostNames))}{more}.", hint);
    }
}
