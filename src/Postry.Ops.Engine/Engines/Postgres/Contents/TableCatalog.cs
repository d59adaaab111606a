using System.Globalization;
using System.Text.Json;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>The tables of a database that store rows, as pg_dump sees them.</summary>
internal static class TableCatalog
{
    /// <summary>A table and whether its rows are backed up.</summary>
    /// <param name="Table">The table, without a data file.</param>
    /// <param name="HasData">False if the scope leaves out the rows.</param>
    /// <param name="OfExtension">True for a table of an extension; pg_dump takes its rows only if it takes the extension or its
    /// schema.</param>
    internal sealed record Entry(PostgresTable Table, bool HasData, bool OfExtension);

    /// <summary>Lists the tables in scope, by schema and name.</summary>
    /// <param name="session">The session.</param>
    /// <param name="scope">The scope of the backup.</param>
    /// <param name="sizes">True to ask for sizes, which waits for locks.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<IReadOnlyList<Entry>> ReadAsync(PostgresSession session, BackupScope scope, bool sizes,
        CancellationToken cancellation)
    {
        // pg_dump takes the extension's tables that are marked as configuration, with their condition; it takes no rows of foreign tables
        // and views.
        var generated = session.ServerMajor >= 12 ? "AND a.attgenerated = ''" : "";
        var rows = await session.RowsAsync($"""
            SELECT c.oid::text, n.nspname::text, c.relname::text,
                   (SELECT COALESCE(pg_catalog.json_agg(a.attname ORDER BY a.attnum), '[]')::text
                    FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped {generated}),
                   c.relispartition::text, (c.relpersistence = 'u')::text, configuration.condition,
                   {(sizes ? "coalesce(pg_catalog.pg_table_size(c.oid), 0)" : "0")}::text,
                   {scope.ExcludedDataSql("n.nspname", "c.relname")}::text,
                   (d.objid IS NOT NULL)::text
            FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_catalog.pg_depend d
              ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
            LEFT JOIN LATERAL (
                SELECT NULLIF(x.extcondition[i], '') AS condition, true AS present
                FROM pg_catalog.pg_extension x, pg_catalog.generate_subscripts(x.extconfig, 1) AS i
                WHERE x.oid >= 16384 AND x.extconfig[i] = c.oid) AS configuration ON d.objid IS NOT NULL
            WHERE c.relkind = 'r' AND c.relpersistence <> 't'
              AND (d.objid IS NULL AND {scope.SchemaSql("n.nspname")}
                OR configuration.present AND {scope.SchemaSql("n.nspname", system: true)})
            ORDER BY n.nspname::text COLLATE "C", c.relname::text COLLATE "C"
            """, cancellation);
        return [.. rows.Select(row => new Entry(
            new PostgresTable(long.Parse(row[0]!, CultureInfo.InvariantCulture), row[1]!, row[2]!, Names(row[3]!), row[4] == "true",
                row[5] == "true", row[6], long.Parse(row[7]!, CultureInfo.InvariantCulture), null),
            row[8] == "false", row[9] == "true"))];
    }

    private static List<string> Names(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(name => name.GetString()!)];
    }
}
