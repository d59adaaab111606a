using System.Diagnostics;
using Npgsql;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.Postgres.Contents;

namespace Postry.Ops.Engine.Postgres.BackingUp;

/// <summary>
/// Takes the snapshot of a backup. TRUNCATE empties a table for older snapshots, too, so every table is locked against it before the snapshot is taken.
/// </summary>
internal sealed class SourceLocks(Func<CancellationToken, Task<NpgsqlConnection>> open, BackupScope scope, TimeSpan patience, string operation, string target)
{
    private const int AtOnce = 500;
    private const int Attempts = 5;
    private const int MostNames = 3;

    /// <summary>Checks that the role sees everything, locks, and exports the snapshot. Errors: AccessDenied, DatabaseBusy (it says who holds a lock).</summary>
    public async Task<ServerSnapshot> TakeSnapshotAsync(CancellationToken cancellation)
    {
        var connection = await open(cancellation).ConfigureAwait(false);
        try
        {
            await new SourceAccess(connection, scope, operation, target).RequireAsync(cancellation).ConfigureAwait(false);
            var clock = Stopwatch.StartNew();
            for (var attempt = 1; ; attempt++)
            {
                if (await TryAsync(connection, attempt >= Attempts, cancellation).ConfigureAwait(false) is { } snapshot) return snapshot;
                await ServerQuery.ExecuteAsync(connection, "ROLLBACK", cancellation).ConfigureAwait(false);
                if (attempt >= Attempts && clock.Elapsed > patience) throw Busy("Tables are dropped all the time.", null);
            }
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Who holds or waits for a lock that keeps readers out, as a sentence; null where nobody does now.</summary>
    public async Task<string?> NameHoldersAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var rows = await ServerQuery.RowsAsync(connection, $"""
            SELECT n.nspname::text, c.relname::text, l.pid::text, a.usename::text, a.application_name, a.state, l.granted::text
            FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
            WHERE l.mode = 'AccessExclusiveLock' AND c.relkind IN ('r', 'p') AND {scope.SchemaSql("n.nspname")}
              AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
            ORDER BY l.granted DESC, 1, 2 LIMIT {MostNames}
            """, cancellation).ConfigureAwait(false);
        return rows.Count == 0 ? null : string.Join("; ", rows.Select(row =>
            $"{PostgresNames.Display(row[0]!, row[1]!)} {(row[6] == "true" ? "is locked by" : "is waited for by")} "
            + (row[2] is null ? "a prepared transaction" : $"process {row[2]} of {row[3] ?? "another role"}{(string.IsNullOrEmpty(row[4]) ? "" : $" ({row[4]})")}{(row[5] is null ? "" : $", {row[5]}")}"))) + ".";
    }

    /// <summary>The error for locks that were not given in time.</summary>
    public DatabaseBusyException Busy(string? holders, Exception? inner) => new(operation, target,
        $"Tables of {target} could not be locked for reading. {holders}".TrimEnd(),
        "Wait until that session has finished its transaction (or end it with pg_terminate_backend), then run the command again.", inner);

    // Null where tables came or went meanwhile.
    private async Task<ServerSnapshot?> TryAsync(NpgsqlConnection connection, bool last, CancellationToken cancellation)
    {
        var locked = await NamesAsync(connection, cancellation).ConfigureAwait(false);
        // None of these statements takes a snapshot: the first that does is the export.
        await ServerQuery.ExecuteAsync(connection, ServerSnapshot.Begin, cancellation).ConfigureAwait(false);
        try
        {
            await LockAsync(connection, locked.Values, cancellation).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            return null;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            await ServerQuery.ExecuteAsync(connection, "ROLLBACK", cancellation).ConfigureAwait(false);
            throw Busy(await NameHoldersAsync(connection, cancellation).ConfigureAwait(false), e);
        }

        var snapshot = await ServerSnapshot.ExportAsync(connection, cancellation).ConfigureAwait(false);
        var seen = await NamesAsync(connection, cancellation).ConfigureAwait(false);
        var missed = seen.Where(table => !locked.ContainsKey(table.Key)).Select(table => table.Value).ToList();
        if (missed.Count == 0) return snapshot;
        if (!last) return null;
        // Somebody makes tables all the time. One that was truncated in this instant is a new, empty one.
        await LockAsync(connection, missed, cancellation).ConfigureAwait(false);
        return snapshot;
    }

    // All that pg_dump locks, also where it takes no rows.
    private async Task<Dictionary<long, string>> NamesAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        (await ServerQuery.RowsAsync(connection, $"""
            SELECT c.oid::text, n.nspname::text, c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND {scope.SchemaSql("n.nspname")}
              AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
            ORDER BY c.oid
            """, cancellation).ConfigureAwait(false))
        .ToDictionary(row => long.Parse(row[0]!), row => PostgresNames.Quote(row[1]!, row[2]!));

    private async Task LockAsync(NpgsqlConnection connection, IEnumerable<string> tables, CancellationToken cancellation)
    {
        await ServerQuery.ExecuteAsync(connection, $"SET LOCAL lock_timeout = {(long)Math.Max(patience.TotalMilliseconds, 1)}", cancellation).ConfigureAwait(false);
        foreach (var chunk in tables.Chunk(AtOnce))
            await ServerQuery.ExecuteAsync(connection, $"LOCK TABLE {string.Join(", ", chunk.Select(table => $"ONLY {table}"))} IN ACCESS SHARE MODE", cancellation).ConfigureAwait(false);
        await ServerQuery.ExecuteAsync(connection, "SET LOCAL lock_timeout = 0", cancellation).ConfigureAwait(false);
    }
}
