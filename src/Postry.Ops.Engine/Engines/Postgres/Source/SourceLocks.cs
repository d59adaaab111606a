using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Source;

/// <summary>
/// Takes the snapshot of a backup. TRUNCATE empties a table for older snapshots, too, so every table is locked against it before the
/// snapshot is taken.
/// </summary>
internal sealed class SourceLocks(Func<CancellationToken, Task<NpgsqlSession>> open, BackupScope scope, TimeSpan timeout,
    string target)
{
    private const int AtOnce = 500;
    private const int Attempts = 5;
    private const int MostNames = 3;
    private const int LocksPerTable = 2;
    private const int Step = 64;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private Dictionary<long, string>? _files;

    /// <summary>
    /// Checks that the role sees everything, locks, and exports the snapshot. Errors: AccessDenied, DatabaseBusy (it says who holds a
    /// lock), ServerLimit (the server cannot hold so many locks).
    /// </summary>
    /// <param name="withLocks">False where pg_dump's own locks have to do: then <see cref="RequireSameFilesAsync"/> says whether a table
    /// was emptied before them.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<ServerSnapshot> TakeSnapshotAsync(bool withLocks, CancellationToken cancellation)
    {
        var session = await open(cancellation);
        try
        {
            await new SourceAccess(session, scope, target).RequireAsync(cancellation);
            if (!withLocks) return await WithoutLocksAsync(session, cancellation);
            var clock = Stopwatch.StartNew();
            for (var attempt = 1; ; attempt++)
            {
                if (await TryAsync(session, attempt >= Attempts, cancellation) is { } snapshot) return snapshot;
                await session.ExecuteAsync("ROLLBACK", cancellation);
                if (attempt >= Attempts && clock.Elapsed > timeout) throw Busy("Tables are dropped all the time.", null);
            }
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Looks whether every table of a snapshot that was taken without locks still has its file: TRUNCATE gives a table another one, and
    /// readers of older snapshots then find it empty. Errors: DatabaseBusy, which names those that have another one.
    /// </summary>
    public async Task RequireSameFilesAsync(CancellationToken cancellation)
    {
        if (_files is null) return;
        await using var session = await open(cancellation);
        var now = await FilesAsync(session, cancellation);
        var changed = _files.Where(table => now.GetValueOrDefault(table.Key) != table.Value).Select(table => table.Key).ToList();
        if (changed.Count == 0) return;
        var names = await session.RowsAsync(
            "SELECT c.oid::pg_catalog.regclass::text FROM pg_catalog.pg_class c WHERE c.oid::text = ANY (pg_catalog.string_to_array($1, " +
            "','))", cancellation, string.Join(',', changed));
        throw new DatabaseBusyException(target,
            $"Tables of {target} were emptied, rewritten or dropped while they were dumped: " +
                $"{string.Join(", ", names.Take(MostNames).Select(row => row[0]).DefaultIfEmpty("they are gone"))}.",
            "Run the command again when nobody truncates, clusters or drops tables.");
    }

    /// <summary>The setting max_locks_per_transaction as it is, and one that is enough for a backup with all its sessions and for everybody
    /// else.</summary>
    public async Task<LockSetting> SettingAsync(CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ReadSettingAsync(cancellation);
            }
            catch (Exception e) when (IsFull(e) && attempt < Attempts)
            {
                // Npgsql closes a session for this error, and pg_dump its own: the server is still giving their locks back.
                await Task.Delay(Interval, cancellation);
            }
        }
    }

    /// <summary>
    /// True for the error of a server whose table of locks is full. The text may be in any language, but names the setting in each.
    /// </summary>
    public static bool IsFull(Exception e) => (e is ServerLimitException or PostgresException { SqlState: PostgresErrorCodes.OutOfMemory })
        && $"{e.Message} {(e as PostgresException)?.Hint}".Contains("max_locks_per_transaction", StringComparison.Ordinal);

    private async Task<LockSetting> ReadSettingAsync(CancellationToken cancellation)
    {
        await using var session = await open(cancellation);
        var tables = (await NamesAsync(session, cancellation)).Count;
        var row = (await session.RowsAsync(
            "SELECT pg_catalog.current_setting('max_locks_per_transaction'), pg_catalog.current_setting('max_connections'), " +
                "pg_catalog.current_setting('max_prepared_transactions')",
            cancellation))[0].Select(text => long.Parse(text!, CultureInfo.InvariantCulture)).ToArray();
        var (now, sessions) = (row[0], row[1] + row[2]);
        return new LockSetting(tables, now, Math.Max(now, ((LocksPerTable * tables / sessions) + Step) / Step * Step));
    }

    /// <summary>The error for a server whose table of locks is too small even for pg_dump alone.</summary>
    public ServerLimitException TooFew(LockSetting setting, Exception cause) => new(target,
        string.Create(CultureInfo.InvariantCulture,
            $"The server has no room for a lock on each of the {setting.Tables:N0} tables of {target}, which pg_dump needs: " +
            $"max_locks_per_transaction is {setting.Now}."),
        string.Create(CultureInfo.InvariantCulture,
            $"Set max_locks_per_transaction = {setting.Enough} in postgresql.conf, restart the server, then run the command again. " +
            $"Without a restart, schemas can be backed up one by one ({OptionName.Schema})."), cause);

    /// <summary>Names the sessions that hold or wait for a lock which blocks readers, as a sentence; null if there are none now.</summary>
    public async Task<string?> NameHoldersAsync(NpgsqlSession session, CancellationToken cancellation)
    {
        var rows = await session.RowsAsync($"""
            SELECT n.nspname::text, c.relname::text, l.pid::text, a.usename::text, a.application_name, a.state, l.granted::text
            FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
            WHERE l.mode = 'AccessExclusiveLock' AND c.relkind IN ('r', 'p') AND {scope.SchemaSql("n.nspname")}
              AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
            ORDER BY l.granted DESC, 1, 2 LIMIT {MostNames}
            """, cancellation);
        return rows.Count == 0 ? null : string.Join("; ", rows.Select(row =>
            $"{PostgresNames.Display(row[0]!, row[1]!)} {(row[6] == "true" ? "is locked by" : "is waited for by")} "
            + (row[2] is null ? "a prepared transaction"
                : $"process {row[2]} of {row[3] ?? "another role"}{(string.IsNullOrEmpty(row[4]) ? "" : $" ({row[4]})")}" +
                $"{(row[5] is null ? "" : $", {row[5]}")}"))) + ".";
    }

    /// <summary>The error for locks that were not given in time.</summary>
    public DatabaseBusyException Busy(string? holders, Exception? inner) => new(target,
        $"Tables of {target} could not be locked for reading. {holders}".TrimEnd(),
        "Wait until that session has finished its transaction (or end it with pg_terminate_backend), then run the command again.", inner);

    // Null where tables came or went meanwhile.
    private async Task<ServerSnapshot?> TryAsync(NpgsqlSession session, bool last, CancellationToken cancellation)
    {
        var locked = await NamesAsync(session, cancellation);
        // None of these statements takes a snapshot: the export is the first that does.
        await session.ExecuteAsync(ServerSnapshot.Begin, cancellation);
        try
        {
            await LockAsync(session, locked.Values, cancellation);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            return null;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            await session.ExecuteAsync("ROLLBACK", cancellation);
            throw Busy(await NameHoldersAsync(session, cancellation), e);
        }

        var snapshot = await ServerSnapshot.ExportAsync(session, cancellation);
        var seen = await NamesAsync(session, cancellation);
        var missed = seen.Where(table => !locked.ContainsKey(table.Key)).Select(table => table.Value).ToList();
        if (missed.Count == 0) return snapshot;
        if (!last) return null;
        // An application may create tables all the time. A table that was truncated in this instant is a new, empty one.
        await LockAsync(session, missed, cancellation);
        return snapshot;
    }

    private async Task<ServerSnapshot> WithoutLocksAsync(NpgsqlSession session, CancellationToken cancellation)
    {
        await session.ExecuteAsync(ServerSnapshot.Begin, cancellation);
        var snapshot = await ServerSnapshot.ExportAsync(session, cancellation);
        await snapshot.MarkAsync(cancellation);
        _files = await FilesAsync(session, cancellation);
        await snapshot.ReleaseAsync(cancellation);
        return snapshot;
    }

    private async Task<Dictionary<long, string>> FilesAsync(NpgsqlSession session, CancellationToken cancellation) =>
        (await session.RowsAsync($"""
            SELECT c.oid::text, c.relfilenode::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND {scope.SchemaSql("n.nspname")}
            """, cancellation))
        .ToDictionary(row => long.Parse(row[0]!, CultureInfo.InvariantCulture), row => row[1]!);

    // All that pg_dump locks, also where it takes no rows.
    private async Task<Dictionary<long, string>> NamesAsync(NpgsqlSession session, CancellationToken cancellation) =>
        (await session.RowsAsync($"""
            SELECT c.oid::text, n.nspname::text, c.relname::text FROM pg_catalog.pg_class c
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND {scope.SchemaSql("n.nspname")}
              AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
            ORDER BY c.oid
            """, cancellation))
        .ToDictionary(row => long.Parse(row[0]!, CultureInfo.InvariantCulture), row => PostgresNames.Quote(row[1]!, row[2]!));

    private async Task LockAsync(NpgsqlSession session, IEnumerable<string> tables, CancellationToken cancellation)
    {
        await session.ExecuteAsync($"SET LOCAL lock_timeout = {(long)Math.Max(timeout.TotalMilliseconds, 1)}",
            cancellation);
        foreach (var chunk in tables.Chunk(AtOnce))
            await session.ExecuteAsync(
                $"LOCK TABLE {string.Join(", ", chunk.Select(table => $"ONLY {table}"))} IN ACCESS SHARE MODE", cancellation);
        await session.ExecuteAsync("SET LOCAL lock_timeout = 0", cancellation);
    }
}

/// <summary>The number of locks that a server has room for.</summary>
/// <param name="Tables">The number of tables that a backup locks.</param>
/// <param name="Now">The present value of max_locks_per_transaction.</param>
/// <param name="Enough">A sufficient value.</param>
internal sealed record LockSetting(int Tables, long Now, long Enough);
