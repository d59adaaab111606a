using System.Globalization;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>The version of a schema in the tables of the migration tools that people use.</summary>
internal static class SchemaMigrations
{
    // Alembic has a row for each head; the others a row for each step, of which the last counts.
    private static readonly (string Table, string Column, string Newest, bool HasHeads)[] Known =
    [
        ("alembic_version", "version_num", "pg_catalog.string_agg({0}::text, ', ' ORDER BY {0}::text)", true),
        ("schema_migrations", "version", "pg_catalog.max({0})::text", false),
        ("__EFMigrationsHistory", "MigrationId", "pg_catalog.max({0})::text", false),
    ];

    /// <summary>The column that holds versions in a table of this name; null for all other tables.</summary>
    public static string? ColumnOf(string table) => Known.FirstOrDefault(known => known.Table == table).Column;

    /// <summary>Returns the versions in such a table as a query of a server would; null if there are none.</summary>
    public static PostgresMigration? Of(string schema, string table, IReadOnlyCollection<string> versions)
    {
        if (versions.Count == 0) return null;
        var known = Known.First(known => known.Table == table);
        var newest = known.HasHeads ? string.Join(", ", versions.Order(StringComparer.Ordinal))
            : versions.All(version => long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                ? versions.MaxBy(version => long.Parse(version, CultureInfo.InvariantCulture))!
            : versions.Max(StringComparer.Ordinal)!;
        return new PostgresMigration(PostgresNames.Display(schema, table), newest);
    }

    /// <summary>Reads every such table that the role may read; those in the schema public come first.</summary>
    public static async Task<IReadOnlyList<PostgresMigration>> ReadAsync(PostgresSession session, BackupScope scope,
        CancellationToken cancellation)
    {
        var names = string.Join(" OR ", Known.Select(k => $"(c.relname = '{k.Table}' AND a.attname = '{k.Column}')"));
        var hosting = string.Join(", ", SupabaseProfile.RowsOnly.Select(PostgresNames.Literal));
        var tables = await session.RowsAsync($"""
            SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
              AND NOT a.attisdropped
            WHERE c.relkind IN ('r', 'p') AND ({names})
              AND ({scope.SchemaSql("n.nspname")}{(scope.Profile is null ? "" : $" AND n.nspname NOT IN ({hosting})")}
                OR n.nspname = 'supabase_migrations')
              AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
                AND NOT c.relrowsecurity
            ORDER BY n.nspname <> 'public', 1, 2
            """, cancellation);

        var migrations = new List<PostgresMigration>();
        foreach (var table in tables)
        {
            var known = Known.First(k => k.Table == table[1]);
            var newest = string.Format(null, known.Newest, PostgresNames.Quote(known.Column));
            var version = await session.TextAsync($"SELECT {newest} FROM {PostgresNames.Quote(table[0]!, table[1]!)}",
                cancellation);
            if (version is not null) migrations.Add(new PostgresMigration(PostgresNames.Display(table[0]!, table[1]!), version));
        }

        return migrations;
    }
}
