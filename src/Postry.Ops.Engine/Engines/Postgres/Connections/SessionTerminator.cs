using Npgsql;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>
/// The one place that ends sessions of others: once, by a condition on pg_stat_activity as "session"; or, as an object, those of a database
/// again and again until it is stopped, so that a rename finds a moment without any. The database stays open meanwhile: a door that was
/// closed first would stay closed after a crash.
/// </summary>
internal sealed class SessionTerminator : IAsyncDisposable
{
    /// <summary>
    /// A condition: true for sessions that the connected role may end. The server raises an error for any other, so that one would save
    /// them all. Processes without a role are the server's own.
    /// </summary>
    public const string MayEnd = """
        (EXISTS (SELECT FROM pg_catalog.pg_roles AS me WHERE me.rolname = CURRENT_USER AND me.rolsuper)
         OR EXISTS (SELECT FROM pg_catalog.pg_roles AS its WHERE its.oid = session.usesysid AND NOT its.rolsuper
                    AND (pg_catalog.pg_has_role(its.oid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE'))))
        """;

    /// <summary>A condition that is true for sessions of clients. The server shows only the role of other roles' sessions.</summary>
    public const string IsClient = "session.usesysid IS NOT NULL AND coalesce(session.backend_type, 'client backend') = 'client backend'";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop;
    private readonly Task _work;
    private long _ended;

    private SessionTerminator(NpgsqlSession session, uint database, IReadOnlyCollection<int> except, CancellationToken cancellation)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _work = Task.Run(() => WorkAsync(session, Of(database, except)), CancellationToken.None);
    }

    /// <summary>The number of times that sessions were told to end.</summary>
    public long Ended => Interlocked.Read(ref _ended);

    /// <summary>The server's error of the last failed round, or null.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>A condition: true for the sessions of a database, but for some.</summary>
    /// <param name="database">The number of the database, which stays the same when it is renamed.</param>
    /// <param name="except">Server processes that are let live.</param>
    public static string Of(uint database, IReadOnlyCollection<int> except) =>
        $"session.datid = {database} AND session.pid <> ALL ('{{{string.Join(',', except)}}}'::pg_catalog.int4[])";

    /// <summary>Ends the sessions of which a condition is true and that this role may end, but for the asking one; returns how many were
    /// told to end.</summary>
    public static Task<long> EndAsync(PostgresSession session, string condition, CancellationToken cancellation) =>
        EndAllAsync(session, $"{condition} AND {MayEnd}", cancellation);

    /// <summary>Ends all sessions of which a condition is true, but for the asking one; returns how many were told to end.</summary>
    /// <exception cref="PostgresException">This role may not end one of them.</exception>
    public static Task<long> EndAllAsync(PostgresSession session, string condition, CancellationToken cancellation) =>
        session.NumberAsync(
            $"""
            SELECT (count(*) FILTER (WHERE pg_catalog.pg_terminate_backend(session.pid)))::text
            FROM pg_catalog.pg_stat_activity AS session WHERE session.pid <> pg_catalog.pg_backend_pid() AND {condition}
            """, cancellation);

    /// <summary>Begins to end the sessions of a database that this role may end, again and again.</summary>
    /// <param name="session">A session on another database that nothing else uses until this is disposed; it stays the caller's.</param>
    /// <param name="database">The number of the database.</param>
    /// <param name="except">Server processes that are let live.</param>
    /// <param name="cancellation">Stops it.</param>
    public static SessionTerminator Start(NpgsqlSession session, uint database, IReadOnlyCollection<int> except,
        CancellationToken cancellation) =>
        new(session, database, except, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        _stop.Dispose();
    }

    private async Task WorkAsync(NpgsqlSession session, string condition)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                // A round is not cancelled half-way: the session must be good for the next one, or for its owner.
                Interlocked.Add(ref _ended, await EndAsync(session, condition, CancellationToken.None));
            }
            catch (Exception e) when (e is NpgsqlException or OpsException or InvalidOperationException)
            {
                // A single failed round does not matter, because a role or a session may just have gone. If the connection is lost, there
                // is no next round.
                Failure = e;
                if (session.Connection.State != System.Data.ConnectionState.Open) return;
            }

            await Task.Delay(Pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
