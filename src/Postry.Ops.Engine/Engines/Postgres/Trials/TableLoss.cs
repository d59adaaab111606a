using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using static System.FormattableString;

namespace Postry.Ops.Engine.Engines.Postgres.Trials;

/// <summary>The loss of all rows of a database, as a wrong statement causes it. Only tables that store their rows in this database are
/// touched: a foreign table below one of them stands for rows on another server.</summary>
internal static class TableLoss
{
    // One statement locks all of its tables, and a server has a limited number of locks.
    private const int TablesAtOnce = 500;

    // The tables of extensions belong to the extensions; a partitioned table has no rows of its own.
    private const string Tables = """
        SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
          AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
        ORDER BY 1
        """;

    /// <summary>Deletes all rows, or where there are none all tables, and makes sure that none is left. Returns what was done, as a
    /// sentence.</summary>
    public static async Task<string> SimulateAsync(PostgresAddress address, CancellationToken cancellation)
    {
        await using var session = await PostgresConnector.OpenAsync(address, cancellation);
        await session.ExecuteAsync("SET default_transaction_read_only = off", cancellation);
        var tables = await session.TextsAsync(Tables, cancellation);
        var held = await WithRowsAsync(session, tables, cancellation);
        // Rows that are not there cannot be lost, and a restore that did nothing would then look like one that brought them back.
        if (held.Count == 0) return await DropAsync(session, tables, address, cancellation);
        foreach (var some in tables.Chunk(TablesAtOnce))
        {
            // A trigger of the application may refuse to empty its table.
            foreach (var table in some)
                await session.ExecuteAsync($"ALTER TABLE ONLY {table} DISABLE TRIGGER USER", cancellation);
            await session.ExecuteAsync($"TRUNCATE {string.Join(", ", some.Select(table => $"ONLY {table}"))} CASCADE", cancellation);
        }

        var left = await WithRowsAsync(session, tables, cancellation);
        return left.Count == 0 ? Invariant($"All rows of {Counted(held.Count)} were deleted.") : throw new InvalidOperationException(
            $"{string.Join(", ", left)} of {address.Name} still have rows after they were emptied.");
    }

    private static async Task<string> DropAsync(PostgresSession session, IReadOnlyList<string> tables, PostgresAddress address,
        CancellationToken cancellation)
    {
        foreach (var some in tables.Chunk(TablesAtOnce))
            await session.ExecuteAsync($"DROP TABLE IF EXISTS {string.Join(", ", some)} CASCADE", cancellation);
        var left = await session.TextsAsync(Tables, cancellation);
        return left.Count == 0 ? Invariant($"There were no rows, so {Counted(tables.Count)} were dropped.")
            : throw new InvalidOperationException($"{string.Join(", ", left)} of {address.Name} are there after they were dropped.");
    }

    private static string Counted(int tables) => Invariant($"{tables} {(tables == 1 ? "table" : "tables")}");

    private static async Task<List<string>> WithRowsAsync(PostgresSession session, IReadOnlyList<string> tables,
        CancellationToken cancellation)
    {
        var held = new List<string>();
        foreach (var table in tables)
        {
            if (await session.TextAsync($"SELECT 'row' FROM ONLY {table} LIMIT 1", cancellation) is not null) held.Add(table);
        }

        return held;
    }
}
