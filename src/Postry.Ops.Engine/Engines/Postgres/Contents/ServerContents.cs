using System.Collections.Concurrent;
using Npgsql;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>
/// Reads rows and fingerprints of a live database's tables and large objects, through as many sessions as there are jobs, all in one
/// snapshot.
/// </summary>
/// <param name="open">Opens a pinned session.</param>
/// <param name="kind">The amount to measure.</param>
/// <param name="jobs">Number of sessions.</param>
/// <param name="progress">Called from many threads with the bytes of COPY text read since the last call.</param>
internal sealed class ServerContents(Func<CancellationToken, Task<NpgsqlSession>> open, FingerprintKind kind, int jobs,
    Action<long> progress)
{
    private const int BufferSize = 256 << 10;
    private const int LargeObjectsAtOnce = 200;

    // A session that waits to change a table which the snapshot's session has locked would stand before every other reader of the table,
    // and neither would ever get on.
    private const string DoNotQueue = "SET LOCAL lock_timeout = 1000";

    private readonly ConcurrentBag<TableContent> _tables = [];
    private readonly ConcurrentBag<PostgresTable> _waitedFor = [];
    private LargeObjectSum _largeObjects;

    private bool Hashes => kind is not (FingerprintKind.None or FingerprintKind.RowCount);

    /// <summary>Reads the tables, the largest first; those that another session is about to change are read last, by the session that holds
    /// the snapshot and may have locked them.</summary>
    /// <param name="snapshot">The snapshot; its session must not be in use.</param>
    /// <param name="tables">The tables, with the columns that count.</param>
    /// <param name="cancellation">Stops reading.</param>
    public async Task<IReadOnlyList<TableContent>> ReadTablesAsync(ServerSnapshot snapshot, IEnumerable<PostgresTable> tables,
        CancellationToken cancellation)
    {
        _tables.Clear();
        _waitedFor.Clear();
        var work = tables.OrderByDescending(t => t.Bytes)
            .Select(table => (Job)((session, token) => ReadTableAsync(session, table, token)));
        await RunAsync(snapshot.Id, work, cancellation);
        foreach (var table in _waitedFor) await ReadTableAsync(snapshot.Session, table, cancellation);
        return [.. _tables.OrderBy(t => t.Name, StringComparer.Ordinal)];
    }

    /// <summary>Reads all large objects.</summary>
    public async Task<PostgresLargeObjects> ReadLargeObjectsAsync(ServerSnapshot snapshot, CancellationToken cancellation)
    {
        if (!Hashes)
        {
            var count = await snapshot.Session.NumberAsync(
                "SELECT pg_catalog.count(*)::text FROM pg_catalog.pg_largeobject_metadata", cancellation);
            return new PostgresLargeObjects(count, null, null);
        }

        _largeObjects = default;
        var objects = (await snapshot.Session.RowsAsync(
            "SELECT oid::text FROM pg_catalog.pg_largeobject_metadata ORDER BY oid", cancellation))
            .Select(row => row[0]!).ToList();
        await RunAsync(snapshot.Id, objects.Chunk(LargeObjectsAtOnce)
            .Select(chunk => (Job)((session, token) => ReadLargeObjectsAsync(session, chunk, token))), cancellation);
        return new PostgresLargeObjects(objects.Count, _largeObjects.Bytes, _largeObjects.Hash.ToString("x32", null));
    }

    private delegate Task Job(NpgsqlSession session, CancellationToken cancellation);

    // The first session to fail stops the others.
    private async Task RunAsync(string snapshot, IEnumerable<Job> work, CancellationToken cancellation)
    {
        var queue = new ConcurrentQueue<Job>(work);
        var workers = Enumerable.Range(0, Math.Clamp(queue.Count, 0, Math.Max(jobs, 1)));
        await Parallel.ForEachAsync(workers, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(jobs, 1), CancellationToken =
            cancellation }, async (_, token) =>
        {
            await using var session = await open(token);
            await ServerSnapshot.JoinAsync(session, snapshot, token);
            await session.ExecuteAsync(DoNotQueue, token);
            while (queue.TryDequeue(out var job)) await job(session, token);
        });
    }

    private async Task ReadTableAsync(NpgsqlSession session, PostgresTable table, CancellationToken cancellation)
    {
        // An error must not end the transaction: the next table is read in it.
        await session.ExecuteAsync("SAVEPOINT before_table", cancellation);
        try
        {
            _tables.Add(await MeasureAsync(session, table, cancellation));
            await session.ExecuteAsync("RELEASE SAVEPOINT before_table", cancellation);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.UndefinedTable)
        {
            _tables.Add(new TableContent(table.DisplayName, null, null, e.MessageText));
            await GoOnAsync();
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedColumn)
        {
            // The live table is not the one that was backed up.
            _tables.Add(new TableContent(table.DisplayName, null, null));
            await GoOnAsync();
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            _waitedFor.Add(table);
            await GoOnAsync();
        }

        Task GoOnAsync() => session.ExecuteAsync("ROLLBACK TO SAVEPOINT before_table; RELEASE SAVEPOINT before_table",
            cancellation);
    }

    private async Task<TableContent> MeasureAsync(NpgsqlSession session, PostgresTable table, CancellationToken cancellation)
    {
        var name = PostgresNames.Quote(table.Schema, table.Name);
        if (kind == FingerprintKind.None) return new TableContent(table.DisplayName, null, null);
        if (kind == FingerprintKind.RowCount)
        {
            var rows = await session.NumberAsync($"SELECT pg_catalog.count(*)::text FROM ONLY {name} {table.Filter}",
                cancellation);
            return new TableContent(table.DisplayName, rows, null);
        }

        using var hasher = new CopyTextHasher(hash: true);
        var columns = string.Join(", ", table.Columns.Select(PostgresNames.Quote));
        // COPY without a list of columns takes those that are not generated: a table without others still has rows.
        var source = table.Filter is null ? $"{name}{(columns.Length == 0 ? "" : $" ({columns})")}"
            : $"(SELECT {columns} FROM ONLY {name} {table.Filter})";
        using var copy = (StreamReader)await session.Connection.BeginTextExportAsync($"COPY {source} TO STDOUT", cancellation);
        var buffer = new byte[BufferSize];
        for (int read; (read = await copy.BaseStream.ReadAtLeastAsync(buffer, buffer.Length / 2, throwOnEndOfStream: false,
            cancellation)) > 0;)
        {
            hasher.Append(buffer.AsSpan(0, read));
            progress(read);
        }

        return new TableContent(table.DisplayName, hasher.Rows, hasher.Fingerprint);
    }

    private async Task ReadLargeObjectsAsync(NpgsqlSession session, string[] objects, CancellationToken cancellation)
    {
        var sum = default(LargeObjectSum);
        var large = new List<(long Oid, LargeObjectHash Hash)>();
        await using (var command = new NpgsqlCommand(
            $"SELECT lo::int8, pg_catalog.lo_get(lo, 0, {BufferSize}) FROM pg_catalog.unnest('{{{string.Join(',', objects)}" +
                $"}}'::pg_catalog.oid[]) AS lo", session.Connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                var (oid, start) = (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1));
                var hash = new LargeObjectHash(oid);
                hash.Append(start);
                progress(start.Length);
                if (start.Length == BufferSize)
                {
                    large.Add((oid, hash));
                    continue;
                }

                sum += hash.Sum();
                hash.Dispose();
            }
        }

        foreach (var (oid, hash) in large)
        {
            await ReadRestAsync(session, oid, hash, cancellation);
            sum += hash.Sum();
            hash.Dispose();
        }

        lock (_tables) _largeObjects += sum;
    }

    private async Task ReadRestAsync(NpgsqlSession session, long oid, LargeObjectHash hash, CancellationToken cancellation)
    {
        while (true)
        {
            await using var command = new NpgsqlCommand($"SELECT pg_catalog.lo_get({oid}, {hash.Bytes}, {BufferSize})", session.Connection);
            var piece = (byte[])(await command.ExecuteScalarAsync(cancellation))!;
            if (piece.Length == 0) return;
            hash.Append(piece);
            progress(piece.Length);
        }
    }
}
