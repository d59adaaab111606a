using System.Globalization;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Source;

/// <summary>Other sessions go on working while a capture runs, and a capture that ends early leaves nothing behind.</summary>
public sealed class CaptureConcurrencyTests
{
    private static PostgresServer Server => PostgresServer.Shared;

    [PostgresFact]
    public async Task A_TRUNCATE_during_the_dump_is_in_the_archive_with_all_that_it_belongs_to_or_not_at_all()
    {
        using var work = new Workspace();
        var address = await FilledAsync(100_000);
        var other = await Server.ConnectAsync(address.Database);
        Task? truncate = null;
        var observer = new DumpStartObserver(() => truncate ??= Task.Run(async () =>
        {
            await using var command = new Npgsql.NpgsqlCommand("BEGIN; TRUNCATE filled; INSERT INTO marker VALUES (1); COMMIT", other);
            await command.ExecuteNonQueryAsync();
        }));
        // The dump begins when the statement waits for its lock, and so stands in the way of whoever comes later.
        observer.Wait = () =>
            WaitAsync(address,
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%TRUNCATE filled%' AND pid <> " +
            "pg_backend_pid() AND wait_event_type = 'Lock'").GetAwaiter().GetResult();
        var capture = await Captures.TakeAsync(address, work["a"], FingerprintKind.Live, observer: observer);
        await truncate!;
        await other.DisposeAsync();
        var tables = Captures.ByName(capture.Contents.Tables);
        Assert.Contains((tables["public.filled"].Rows, tables["public.marker"].Rows), new (long?, long?)[] { (100_000, 0), (0, 1) });
        Assert.Equal("0 1", Server.Psql(address.Database, "SELECT (SELECT count(*) FROM filled) || ' ' || (SELECT count(*) FROM marker)"));
        Assert.True(File.Exists(Path.Combine(work["a"], "toc.dat")));
    }

    [PostgresFact]
    public async Task Who_waits_for_a_table_that_the_snapshot_has_locked_does_not_keep_it_from_being_read()
    {
        using var work = new Workspace();
        var address = await FilledAsync(1000);
        var capture = await Captures.TakeAsync(address, work["a"]);
        Task<NpgsqlSession> Open(CancellationToken cancellation) => PostgresConnector.OpenAsync(address, cancellation);
        var holder = await Open(default);
        await holder.ExecuteAsync($"{ServerSnapshot.Begin}; LOCK TABLE public.filled, public.marker IN ACCESS SHARE MODE",
            default);
        var snapshot = await ServerSnapshot.ExportAsync(holder, default);
        var truncate = Task.Run(() => Server.Psql(address.Database, "TRUNCATE filled"));
        await WaitAsync(address,
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND query = 'TRUNCATE filled' AND " +
            "wait_event_type = 'Lock'");
        var read = await new ServerContents(Open, FingerprintKind.Live, 2, _ => { })
            .ReadTablesAsync(snapshot, capture.Postgres!.Tables, default).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(Captures.ByName(capture.Contents.Tables), Captures.ByName(read));
        Assert.False(truncate.IsCompleted);
        await snapshot.DisposeAsync();
        await truncate;
    }

    [PostgresFact]
    public async Task Whoever_holds_a_lock_for_too_long_is_named()
    {
        using var work = new Workspace();
        var address = await FilledAsync(10);
        await using var other = await Server.ConnectAsync(address.Database);
        await using (var command = new Npgsql.NpgsqlCommand(
            "BEGIN; SET application_name = 'the migration'; LOCK TABLE marker IN ACCESS EXCLUSIVE MODE", other)) await command
            .ExecuteNonQueryAsync();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var busy = await Assert.ThrowsAsync<DatabaseBusyException>(() =>
            Captures.TakeAsync(address, work["a"], patience: TimeSpan.FromSeconds(1)));
        Assert.InRange(clock.Elapsed.TotalSeconds, 1, 30);
        Assert.Contains($"public.marker is locked by process {other.ProcessID} of postgres (the migration), idle in transaction.",
            busy.Message);
        Assert.False(Directory.Exists(work["a"]));
        await using (var command = new Npgsql.NpgsqlCommand("ROLLBACK", other)) await command.ExecuteNonQueryAsync();
        await Captures.TakeAsync(address, work["a"], patience: TimeSpan.FromSeconds(1));
    }

    [PostgresTheory]
    [InlineData("Dumping", 0)]
    [InlineData("Dumping", 300)]
    [InlineData("Proving the archive", 0)]
    public async Task A_cancelled_capture_leaves_no_session_and_no_child(string step, int milliseconds)
    {
        using var work = new Workspace();
        var address = await FilledAsync(400_000);
        using var cancel = new CancellationTokenSource();
        work.Reporter.OnProgress = progress =>
        {
            if (progress.Step == step) cancel.CancelAfter(milliseconds);
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Captures.TakeAsync(address, work["a"], FingerprintKind.Live, observer: work.Reporter, cancellation: cancel.Token));
        Assert.DoesNotContain(Processes.Tree(Environment.ProcessId), id => IsClientOf(id, address.Database));
        await WaitAsync(address,
            "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        Directory.Delete(work["a"], recursive: true);
    }

    [PostgresFact]
    public async Task A_lost_connection_ends_the_capture_and_leaves_no_session_and_no_child()
    {
        using var work = new Workspace();
        var address = await FilledAsync(400_000);
        var done = false;
        work.Reporter.OnProgress = progress =>
        {
            if (progress.Step != "Dumping" || done) return;
            done = true;
            _ = Task.Run(async () =>
            {
                await WaitAsync(address,
                    "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND pid <> " +
                    "pg_backend_pid()");
                Server.Psql("postgres",
                    $"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{address.Database}'");
            });
        };
        await Assert.ThrowsAsync<DatabaseUnreachableException>(() =>
            Captures.TakeAsync(address, work["a"], FingerprintKind.Live, observer: work.Reporter));
        Assert.DoesNotContain(Processes.Tree(Environment.ProcessId), id => IsClientOf(id, address.Database));
        await WaitAsync(address,
            "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    }

    [PostgresFact]
    public async Task Writers_that_keep_a_balance_find_it_kept_in_the_archive()
    {
        using var work = new Workspace();
        var address = await Server.CreateDatabaseAsync();
        Server.Psql(address.Database,
            "CREATE TABLE one AS SELECT i, 100 AS v FROM generate_series(1, 2000) i; CREATE TABLE two AS SELECT i, 100 AS v FROM " +
            "generate_series(1, 2000) i; CREATE INDEX ON one (i); CREATE INDEX ON two (i)");
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            await using var connection = await Server.ConnectAsync(address.Database);
            for (var i = 1; !stop.IsCancellationRequested; i = i % 2000 + 1)
            {
                await using var command = new Npgsql
                    .NpgsqlCommand(
                    $"BEGIN; UPDATE one SET v = v - {i % 7} WHERE i = {i}; UPDATE two SET v = v + {i % 7} WHERE i = {i}; COMMIT",
                    connection);
                await command.ExecuteNonQueryAsync();
            }
        });
        for (var round = 0; round < 3; round++)
        {
            await Captures.TakeAsync(address, work[$"{round}"], FingerprintKind.Live);
            var sums = Server.Tool("pg_restore", ["--data-only", "-f", "-", work[$"{round}"]], "postgres").Split('\n')
                .Where(line => line.Count(c => c == '\t') == 1).Sum(line => long.Parse(line.Split('\t')[1], CultureInfo.InvariantCulture));
            Assert.Equal(400_000, sums);
        }

        await stop.CancelAsync();
        await writer;
    }

    private static async Task<PostgresAddress> FilledAsync(int rows)
    {
        var address = await Server.CreateDatabaseAsync();
        Server.Psql(address.Database,
            $"CREATE TABLE filled AS SELECT i, md5(i::text) AS m, md5((-i)::text) AS n FROM generate_series(1, {rows}) i; CREATE TABLE " +
            $"marker (a int)");
        return address;
    }

    private static bool IsClientOf(int id, string database)
    {
        try
        {
            var line = File.ReadAllText($"/proc/{id}/cmdline");
            return Processes.IsAlive(id) && line.Contains("pg_", StringComparison.Ordinal)
                && line.Contains(database, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task WaitAsync(PostgresAddress address, string condition)
    {
        await using var connection = await Server.ConnectAsync(address.Database);
        for (var patience = 200; patience > 0; patience--)
        {
            await using var command = new Npgsql.NpgsqlCommand(condition, connection);
            if (await command.ExecuteScalarAsync() is true) return;
            await Task.Delay(50);
        }

        Assert.Fail($"It did not come to be: {condition}");
    }

    /// <summary>Does something, once, between the snapshot and the dump.</summary>
    private sealed class DumpStartObserver(Action act) : IOperationObserver
    {
        private bool _done;

        public Action Wait { get; set; } = () => { };

        public void Report(OperationEvent happened)
        {
            if (_done || happened is not OperationDetail detail || !detail.Message.StartsWith("Dumping", StringComparison.Ordinal)) return;
            _done = true;
            act();
            Wait();
        }
    }
}
