using Npgsql;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>
/// Keeps ending the sessions of a database until it is stopped, so that a rename finds a moment without any. The database stays open
/// meanwhile: a door that was closed first would stay closed after a crash.
/// </summary>
internal sealed class SessionTerminator : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop;
    private readonly Task _work;
    private int _ended;

    private SessionTerminator(NpgsqlConnection connection, uint database, IReadOnlyCollection<int> except, CancellationToken cancellation)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _work = Task.Run(() => WorkAsync(connection, database, except), CancellationToken.None);
    }

    /// <summary>How often a session was told to end.</summary>
    public int Ended => Volatile.Read(ref _ended);

    /// <summary>What the server said last when a round failed, or null.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Begins.</summary>
    /// <param name="connection">A session on another database that nothing else uses until this is disposed; it stays the caller's.</param>
    /// <param name="database">The number of the database, which stays the same when it is renamed.</param>
    /// <param name="except">Server processes that are let live.</param>
    /// <param name="cancellation">Stops it.</param>
    public static SessionTerminator Start(NpgsqlConnection connection, uint database, IReadOnlyCollection<int> except,
        CancellationToken cancellation) =>
        new(connection, database, except, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        _stop.Dispose();
    }

    private async Task WorkAsync(NpgsqlConnection connection, uint database, IReadOnlyCollection<int> except)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                // Not cancelled half-way: the connection must be good for the next round or its owner.
                Interlocked.Add(ref _ended, await SessionEnder.EndAsync(connection, database, except, CancellationToken.None));
            }
            catch (Exception e) when (e is NpgsqlException or OpsException or InvalidOperationException)
            {
                // One round is nothing: a role or a session may just have gone. Without a connection there is no next.
                Failure = e;
                if (connection.State != System.Data.ConnectionState.Open) return;
            }

            await Task.Delay(Pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
