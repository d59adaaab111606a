using Npgsql;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>Which sessions of a database this role may end, and ending them.</summary>
internal static class SessionEnder
{
    /// <summary>
    /// A condition on pg_stat_activity as "session": true for sessions that the connected role may end. The server raises an error for any
    /// other, so that one would save them all. Processes without a role are the server's own.
    /// </summary>
    public const string MayEnd = """
        (EXISTS (SELECT FROM pg_catalog.pg_roles AS me WHERE me.rolname = CURRENT_USER AND me.rolsuper)
         OR EXISTS (SELECT FROM pg_catalog.pg_roles AS its WHERE its.oid = session.usesysid AND NOT its.rolsuper
                    AND (pg_catalog.pg_has_role(its.oid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE'))))
        """;

    /// <summary>
    /// A condition on pg_stat_activity as "session": true for sessions of clients. Of other roles' sessions the server tells only whose
    /// they are.
    /// </summary>
    public const string IsClient = "session.usesysid IS NOT NULL AND coalesce(session.backend_type, 'client backend') = 'client backend'";

    private const string End = $"""
        SELECT count(*) FILTER (WHERE pg_catalog.pg_terminate_backend(session.pid)) FROM pg_catalog.pg_stat_activity AS session
        WHERE session.datid = $1 AND session.pid <> pg_catalog.pg_backend_pid() AND session.pid <> ALL ($2) AND {MayEnd}
        """;

    /// <summary>Ends all sessions of a database that this role may end, but for some; returns how many were told to end.</summary>
    /// <param name="connection">A session that is not among them, or is the one that is spared.</param>
    /// <param name="database">The database's number.</param>
    /// <param name="except">Server processes that stay.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<int> EndAsync(NpgsqlConnection connection, uint database, IReadOnlyCollection<int> except,
        CancellationToken cancellation) =>
        (int)await TypedQuery.ValueAsync<long>(connection, End, cancellation, database, except.ToArray());

    /// <summary>The same for the sessions of clients that began at or before a time of the server's clock, or of which that is not
    /// told.</summary>
    public static async Task<int> EndClientsAsync(NpgsqlConnection connection, uint database, IReadOnlyCollection<int> except,
        DateTime startedBefore, CancellationToken cancellation) =>
        (int)await TypedQuery.ValueAsync<long>(connection, $"{End} AND {IsClient} AND coalesce(session.backend_start <= $3, true)",
            cancellation,
            database, except.ToArray(), startedBefore);
}
