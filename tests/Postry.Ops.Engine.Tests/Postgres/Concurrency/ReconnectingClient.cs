using System.Diagnostics;
using Npgsql;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Concurrency;

/// <summary>A client that connects, reads all tables, and connects again; after an error it tries again at once. Every reading must be one
/// whole database.</summary>
internal sealed class ReconnectingClient : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;
    private long _readings;

    public ReconnectingClient(PostgresServer server, string database, string readings) =>
        _work = Task.Run(() => WorkAsync(server, database, readings));

    /// <summary>The readings, each of which differs from the one before it.</summary>
    public List<string> Readings { get; } = [];

    /// <summary>Errors met, by their SQLSTATE or kind.</summary>
    public Dictionary<string, int> Errors { get; } = [];

    /// <summary>The longest time between two readings with an error in between.</summary>
    public TimeSpan LongestGap { get; private set; }

    /// <summary>The longest time that connecting took by itself.</summary>
    public TimeSpan LongestWait { get; private set; }

    /// <summary>Waits for some more readings.</summary>
    public async Task GoOnAsync()
    {
        var (wanted, waited) = (Interlocked.Read(ref _readings) + 3, Stopwatch.StartNew());
        while (Interlocked.Read(ref _readings) < wanted)
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), $"A client no longer gets through: {string.Join(", ", Errors)}");
            if (_work.IsFaulted) await _work;
            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        _stop.Dispose();
    }

    private async Task WorkAsync(PostgresServer server, string database, string sql)
    {
        var (last, failing) = (Stopwatch.GetTimestamp(), false);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var began = Stopwatch.GetTimestamp();
                await using var connection = await server.ConnectAsync(database);
                if (Stopwatch.GetElapsedTime(began) is var wait && wait > LongestWait) LongestWait = wait;
                await using var command = new NpgsqlCommand(sql, connection);
                await using var reader = await command.ExecuteReaderAsync();
                // Two statements in one session: they must not see two databases either.
                var values = new List<string>();
                do
                {
                    while (await reader.ReadAsync()) values.Add(reader.GetString(0));
                }
                while (await reader.NextResultAsync());
                var read = string.Join('/', values);
                if (Readings.Count == 0 || Readings[^1] != read) Readings.Add(read);
                if (failing && Stopwatch.GetElapsedTime(last) is var gap && gap > LongestGap) LongestGap = gap;
                (last, failing) = (Stopwatch.GetTimestamp(), false);
                Interlocked.Increment(ref _readings);
            }
            catch (Exception e) when (e is NpgsqlException or IOException)
            {
                var kind = e is PostgresException server1 ? server1.SqlState : e.GetType().Name;
                Errors[kind] = Errors.GetValueOrDefault(kind) + 1;
                failing = true;
            }
        }
    }
}
