using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>
/// Finds the objects in scope that pg_dump leaves out by design, and counts their rows in the transaction of a session. Objects that the
/// scope itself leaves out do not count.
/// </summary>
/// <param name="session">The session, which no other code uses at the same time.</param>
/// <param name="scope">The scope of the backup.</param>
/// <param name="budget">The time limit for all counting, after which rows stay unknown; null for no limit.</param>
internal sealed class Omissions(PostgresSession session, BackupScope scope, TimeSpan? budget = null)
{
    /// <summary>A table that is a member of an extension, and left out with its definition.</summary>
    public const string ExtensionTable = "extension table";

    /// <summary>A materialised view that is a member of an extension, and left out with its definition.</summary>
    public const string ExtensionView = "extension materialized view";

    /// <summary>A table in a schema of the system.</summary>
    public const string SystemTable = "system table";

    /// <summary>A materialised view that is not populated.</summary>
    public const string MaterializedView = "materialized view";

    /// <summary>The rows of a materialised view that is populated, in the place of which the archive has the statement that computes
    /// them.</summary>
    public const string MaterializedViewRows = "materialized view rows";

    private readonly Stopwatch _clock = Stopwatch.StartNew();

    private const string OnlyByScript = "comes back only as the extension's own script makes it";

    /// <summary>
    /// Finds the objects and counts their rows. If there are none, one query of the catalog is enough. Rows that the role may not count are
    /// unknown, which does not mean none.
    /// </summary>
    /// <param name="tables">The tables as an archive has them: it takes the rows of an extension's configuration table, unless the table
    /// has no file of rows.</param>
    /// <param name="cancellation">Stops counting.</param>
    public async Task<IReadOnlyList<Omission>> ReadAsync(IEnumerable<PostgresTable> tables, CancellationToken cancellation)
    {
        var without = tables.Where(table => table.DataFile is null).Select(table => (table.Schema, table.Name)).ToHashSet();
        var omissions = new List<Omission>();
        foreach (var found in await FindAsync(cancellation))
        {
            if (await DescribeAsync(found, !without.Contains((found.Schema, found.Name)), cancellation)
                is { } omission)
                omissions.Add(omission);
        }

        return omissions;
    }

    /// <summary>The warning of a backup about lost rows, with what to do; null if no rows are lost.</summary>
    public static string? Warning(IReadOnlyList<Omission> omissions)
    {
        var lost = omissions.Where(omission => omission.Lost).ToList();
        if (lost.Count == 0) return null;
        var sentences = new List<string> { $"the backup does NOT contain the rows of {Omission.List(lost)}." };
        if (lost.Find(omission => omission.Extension is not null) is { } member)
        {
            var kind = member.Kind == ExtensionView ? "MATERIALIZED VIEW" : "TABLE";
            sentences
                .Add($"If no script of the extension creates it, remove it from the extension (ALTER EXTENSION " +
                $"{PostgresNames.Display(member.Extension!)} DROP {kind} {member.Name}): then the next backup contains it. "
                + "If a script creates it, mark it in that script with pg_extension_config_dump.");
        }

        if (lost.Find(omission => omission.Kind == SystemTable) is { } misplaced)
            sentences.Add($"Move a table out of the system's schemas: ALTER TABLE {misplaced.Name} SET SCHEMA ... .");
        sentences.Add($"Until then, copy the rows separately (\\copy in psql), or accept their loss with " +
            $"{OptionName.ExcludeTableData}.");
        return string.Join(" ", sentences);
    }

    // A table that is a member of an extension, and what else is stored or shown as rows without being in an archive.
    private sealed record Found(string Schema, string Name, string RelationKind, string? Extension, bool IsConfiguration, string? Condition,
        string? Server, bool IsPopulated)
    {
        public string DisplayName => PostgresNames.Display(Schema, Name);

        public string Sql => PostgresNames.Quote(Schema, Name);
    }

    private async Task<IReadOnlyList<Found>> FindAsync(CancellationToken cancellation)
    {
        var rows = await session.RowsAsync($"""
            SELECT n.nspname::text, c.relname::text, c.relkind::text, x.extname::text, (configuration.present IS NOT NULL)::text,
              configuration.condition, s.srvname::text, c.relispopulated::text
            FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_catalog.pg_depend d
              ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
            LEFT JOIN pg_catalog.pg_extension x ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND x.oid = d.refobjid
            LEFT JOIN LATERAL (
                SELECT NULLIF(x.extcondition[i], '') AS condition, true AS present
                FROM pg_catalog.generate_subscripts(x.extconfig, 1) AS i
                WHERE x.oid >= 16384 AND x.extconfig[i] = c.oid) AS configuration ON true
            LEFT JOIN pg_catalog.pg_foreign_table f ON f.ftrelid = c.oid
            LEFT JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
            WHERE c.relpersistence <> 't' AND {scope.SchemaSql("n.nspname", system: true)}
              AND (c.relkind = 'r' AND NOT {scope.ExcludedDataSql("n.nspname", "c.relname")}
                       AND (x.oid IS NOT NULL OR c.oid >= 16384
                         AND (n.nspname = 'information_schema' OR n.nspname ~ '^pg_' AND n.nspname !~ '^pg_(toast|temp)'))
                   OR c.relkind IN ('p', 'm') AND x.oid IS NOT NULL
                   OR c.relkind = 'S' AND x.oid IS NOT NULL AND configuration.present IS NULL
                   OR c.relkind = 'f' AND {scope.SchemaSql("n.nspname")}
                   OR c.relkind = 'm' AND {scope.SchemaSql("n.nspname")}
                       AND (NOT c.relispopulated OR NOT {scope.ExcludedDataSql("n.nspname", "c.relname")}))
            ORDER BY n.nspname::text COLLATE "C", c.relname::text COLLATE "C"
            """, cancellation);
        return [.. rows.Select(row => new Found(row[0]!, row[1]!, row[2]!, row[3], row[4] == "true", row[5], row[6], row[7] == "true"))];
    }

    private async Task<Omission?> DescribeAsync(Found found, bool taken, CancellationToken cancellation)
    {
        var all = $"(SELECT pg_catalog.count(*) FROM ONLY {found.Sql})";
        switch (found)
        {
            case { RelationKind: "f" }:
                return new Omission("foreign table", found.DisplayName, null,
                    $"a foreign table, whose rows lie on the server {found.Server}", Lost: false);
            case { RelationKind: "m", IsPopulated: false }:
                return new Omission(MaterializedView, found.DisplayName, 0,
                    "a materialized view that is not populated, and is restored unpopulated",
                    Lost: false);
            case { RelationKind: "m", Extension: null }:
                return await CountedAsync(MaterializedViewRows,
                    "a materialized view, whose rows a restore computes again by its query", all)
            with { Lost = false };
            case { RelationKind: "m" }:
                return await CountedAsync(ExtensionView,
                    $"a materialized view of the extension {found.Extension}, which pg_dump leaves out; it {OnlyByScript}", all);
            case { RelationKind: "S" }:
                return await CountedAsync("extension sequence",
                    $"a sequence of the extension {found.Extension}, whose value {OnlyByScript}",
                    $"(SELECT pg_catalog.count(*) FROM {found.Sql} WHERE is_called)") is { Rows: not 0 } moved
                        ? moved with { Lost = false } : null;
            case { Extension: null }:
                return await CountedAsync(SystemTable, "a table in a schema of the system, which pg_dump leaves out", all);
            case { IsConfiguration: true, Condition: null } when taken:
                return null;
            case { IsConfiguration: true } when taken:
                return await CountedAsync("extension rows",
                    $"outside of the filter by which the extension {found.Extension} marks its configuration; what is there {OnlyByScript}",
                    $"{all} - (SELECT pg_catalog.count(*) FROM ONLY {found.Sql} {found.Condition})")
                        is { Rows: not 0 } outside ? outside with { Lost = false } : null;
            default:
                var why = found.IsConfiguration ? "whose rows the archive does not have"
                    : "that is not marked as its configuration, so that pg_dump leaves it out";
                return await CountedAsync(ExtensionTable, $"a table of the extension {found.Extension} {why}; it {OnlyByScript}", all);
        }

        async Task<Omission> CountedAsync(string kind, string reason, string number)
        {
            var (rows, problem) = await CountAsync($"SELECT ({number})::text", cancellation);
            return new Omission(kind, found.DisplayName, rows, problem is null ? reason
                : $"{reason}; the rows could not be counted: {problem}", Lost: rows != 0, found.Extension);
        }
    }

    // An error must not end the transaction, and somebody else's lock must not hold up the backup: such rows are unknown.
    private async Task<(long? Rows, string? Problem)> CountAsync(string query, CancellationToken cancellation)
    {
        (long?, string?) count;
        var timeout = budget is { } whole ? (int)Math.Max(1, (whole - _clock.Elapsed).TotalMilliseconds) : 0;
        var limits = string.Create(CultureInfo.InvariantCulture,
            $"SET LOCAL lock_timeout = 1000; SET LOCAL statement_timeout = {timeout}");
        await session.ExecuteAsync($"SAVEPOINT before_count; {limits}", cancellation);
        try
        {
            count = (await session.NumberAsync(query, cancellation), null);
        }
        catch (PostgresException e)
        {
            count = (null, e.MessageText);
        }

        await session.ExecuteAsync("ROLLBACK TO SAVEPOINT before_count; RELEASE SAVEPOINT before_count", cancellation);
        return count;
    }
}
