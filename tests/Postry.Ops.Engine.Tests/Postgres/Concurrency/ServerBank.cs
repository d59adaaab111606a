using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Concurrency;

/// <summary>
/// An application that moves money at full speed in several sessions, and meanwhile empties and fills a table, makes and drops tables, and
/// changes one. In every snapshot the balances add up, the ledger explains each of them, and the emptied table is full.
/// </summary>
internal sealed class ServerBank : IAsyncDisposable
{
    private const int Accounts = 200;
    private const int Refilled = 50;

    private readonly PostgresServer _server;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _work = [];
    private long _transfers;
    private long _changes;

    private ServerBank(PostgresServer server, PostgresAddress address) => (_server, Address) = (server, address);

    public PostgresAddress Address { get; }

    public static async Task<ServerBank> OpenAsync(PostgresServer server, int writers, bool changesTables)
    {
        var bank = new ServerBank(server, await server.CreateDatabaseAsync());
        server.Psql(bank.Address.Database, $"""
            CREATE TABLE accounts(id int PRIMARY KEY, balance bigint NOT NULL DEFAULT 0);
            INSERT INTO accounts SELECT i FROM generate_series(1, {Accounts}) i;
            CREATE TABLE ledger(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payer int, payee int, amount bigint);
            CREATE TABLE refilled(n int);
            INSERT INTO refilled SELECT generate_series(1, {Refilled});
            CREATE TABLE widened(id int PRIMARY KEY);
            INSERT INTO widened SELECT generate_series(1, 500);
            CREATE TABLE ballast AS SELECT i, repeat(md5(i::text), 20) AS body FROM generate_series(1, 6000) i;
            """);
        for (var i = 0; i < writers; i++) bank._work.Add(Task.Run(bank.TransferAsync));
        if (changesTables) bank._work.Add(Task.Run(bank.ChangeTablesAsync));
        await bank.GoOnAsync();
        return bank;
    }

    /// <summary>Waits until the application has got work done.</summary>
    public async Task GoOnAsync()
    {
        var (wanted, waited) = (Interlocked.Read(ref _transfers) + 20, Stopwatch.StartNew());
        while (Interlocked.Read(ref _transfers) < wanted)
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(60), "The application is stuck.");
            if (_work.FirstOrDefault(work => work.IsFaulted) is { } failed) await failed;
            await Task.Delay(10);
        }
    }

    /// <summary>The number of tables that were emptied, created, dropped or changed.</summary>
    public long Changes => Interlocked.Read(ref _changes);

    /// <summary>Ends the application, which must not have met any error.</summary>
    public async Task CloseAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_work);
    }

    /// <summary>Asserts by the stock psql that a database adds up; returns how many transfers it knows of.</summary>
    public static long AssertAddsUp(PostgresServer server, string database)
    {
        var found = server.Psql(database, """
            SELECT (SELECT count(*) FROM accounts), (SELECT sum(balance) FROM accounts), (SELECT count(*) FROM refilled), (SELECT count(*) FROM widened),
              (SELECT count(*) FROM accounts a WHERE balance <> coalesce((SELECT sum(amount) FROM ledger WHERE payee = a.id), 0) - coalesce((SELECT sum(amount) FROM ledger WHERE payer = a.id), 0)),
              (SELECT count(*) FROM ledger)
            """).Split('|');
        Assert.Equal([$"{Accounts}", "0", $"{Refilled}", "500", "0"], found[..^1]);
        return long.Parse(found[^1], CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task TransferAsync()
    {
        await using var connection = await _server.ConnectAsync(Address.Database);
        while (!_stop.IsCancellationRequested)
        {
            var (a, b) = (Random.Shared.Next(1, Accounts + 1), Random.Shared.Next(1, Accounts + 1));
            // Both accounts are locked in one order, so that no two sessions wait for each other.
            await RunAsync(connection, $"""
                BEGIN; UPDATE accounts SET balance = balance {(a < b ? "-" : "+")} 7 WHERE id = {Math.Min(a, b)}; UPDATE accounts SET balance = balance {(a < b ? "+" : "-")} 7 WHERE id = {Math.Max(a, b)};
                INSERT INTO ledger(payer, payee, amount) VALUES ({a}, {b}, 7); COMMIT;
                """);
            Interlocked.Increment(ref _transfers);
        }
    }

    private async Task ChangeTablesAsync()
    {
        await using var connection = await _server.ConnectAsync(Address.Database);
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            await RunAsync(connection, $"BEGIN; TRUNCATE refilled; INSERT INTO refilled SELECT generate_series(1, {Refilled}); COMMIT;");
            await RunAsync(connection, $"CREATE TABLE passing_{i} AS SELECT {i} AS n; CREATE INDEX ON passing_{i}(n);");
            await RunAsync(connection, $"ALTER TABLE widened ADD COLUMN c{i} int DEFAULT {i}; ALTER TABLE widened DROP COLUMN c{i};");
            await RunAsync(connection, $"DROP TABLE passing_{i};");
            Interlocked.Increment(ref _changes);
            await Task.Delay(250);
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }
}
