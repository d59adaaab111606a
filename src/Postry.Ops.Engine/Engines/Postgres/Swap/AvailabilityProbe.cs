using System.Diagnostics;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.Swap;

/// <summary>
/// Measures for how long a database's name does not answer: opens a session on it again and again, as clients that reconnect do, and ends
/// it at once. The result is the longest time between two answers with a failure or a moment of the rename in between, or the longest wait
/// for one answer; so the result is never too short.
/// </summary>
internal sealed class AvailabilityProbe : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(6);
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWaitAtEnd = TimeSpan.FromSeconds(10);

    private readonly NpgsqlDataSource _source;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _work;
    private long? _answeredAt;
    private long _renamedFrom = long.MaxValue;
    private long _renamedUntil = long.MaxValue;
    private long _stoppedAt = long.MaxValue;
    private bool _failing;
    private TimeSpan _longest;
    private TimeSpan _fastest = TimeSpan.MaxValue;
    private int _attempts;
    private int _failures;

    private AvailabilityProbe(PostgresAddress address)
    {
        // The encoding does not matter, because nothing is read.
        var settings = ConnectionSettings.For(address, address.Hosts[0], "postry probe", "SQL_ASCII");
        settings.Timeout = 1;
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        if (ConnectionSettings.Protocols(address) is { } protocols) builder.UseSslClientAuthenticationOptionsCallback(protocols);
        // The session only has to open: nothing of the database is looked at.
        _source = builder.ConfigureTypeLoading(loading => loading.EnableTypeLoading(false)).Build();
        _work = Task.Run(WorkAsync, CancellationToken.None);
    }

    /// <summary>The number of attempts to open a session.</summary>
    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>The number of failed attempts.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>Begins, and returns after the first answer.</summary>
    /// <param name="address">The live name, with the one host that is worked on.</param>
    public static async Task<AvailabilityProbe> StartAsync(PostgresAddress address)
    {
        var probe = new AvailabilityProbe(address);
        await probe._first.Task;
        return probe;
    }

    /// <summary>
    /// Begins a rename at a moment when no session of the probe is on the database: one that is makes the server wait 100 ms before it
    /// looks again. The probe goes on as soon as the rename is on its way.
    /// </summary>
    public async Task RenameBetweenProbesAsync(Func<Task> rename)
    {
        Task renaming;
        await _turn.WaitAsync();
        try
        {
            // The server process of the last session takes a moment to leave.
            await Task.Delay(Farewell);
            Volatile.Write(ref _renamedFrom, Stopwatch.GetTimestamp());
            renaming = rename();
            await Task.WhenAny(renaming, Task.Delay(Farewell));
        }
        finally
        {
            _turn.Release();
        }

        await renaming;
        Volatile.Write(ref _renamedUntil, Stopwatch.GetTimestamp());
    }

    /// <summary>Ends it as soon as the name answers (or has not for 10 s), and tells for how long it did not; zero where nothing was
    /// renamed and it always did within a moment, or never had.</summary>
    public async Task<TimeSpan> StopAsync()
    {
        _stoppedAt = Stopwatch.GetTimestamp();
        await _work;
        if (_failing && _answeredAt is { } last) Note(Stopwatch.GetElapsedTime(last));
        return _longest;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        await _source.DisposeAsync();
        _stop.Dispose();
        _turn.Dispose();
    }

    private async Task WorkAsync()
    {
        while (!_stop.IsCancellationRequested && !IsOver())
        {
            await _turn.WaitAsync();
            try
            {
                await TryAsync();
            }
            finally
            {
                _turn.Release();
            }

            _first.TrySetResult();
            await Task.Delay(Pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _first.TrySetResult();
    }

    // The time is over only after an attempt that began later, because the rename may just have ended.
    private bool IsOver() => Volatile.Read(ref _stoppedAt) is var stopped && stopped != long.MaxValue
        && (_answeredAt > stopped || Stopwatch.GetElapsedTime(stopped) > LongestWaitAtEnd || _answeredAt is null);

    private async Task TryAsync()
    {
        Interlocked.Increment(ref _attempts);
        var began = Stopwatch.GetTimestamp();
        try
        {
            await using var connection = await _source.OpenConnectionAsync(CancellationToken.None);
            var now = Stopwatch.GetTimestamp();
            var took = Stopwatch.GetElapsedTime(began, now);
            if (took < _fastest) _fastest = took;
            // A client that connects while a rename is waiting waits too, and the distance to the server does not count.
            if (took - _fastest > Slow) Note(took - _fastest);
            if (_answeredAt is { } last && (_failing || IsAcrossRename(last, now))) Note(Stopwatch.GetElapsedTime(last, now));
            _failing = false;
            _answeredAt = now;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException
            or InvalidOperationException)
        {
            Interlocked.Increment(ref _failures);
            _failing = true;
        }
    }

    private bool IsAcrossRename(long from, long until) => until >= Volatile.Read(ref _renamedFrom)
        && from <= Volatile.Read(ref _renamedUntil);

    private void Note(TimeSpan gap)
    {
        if (gap > _longest) _longest = gap;
    }
}
