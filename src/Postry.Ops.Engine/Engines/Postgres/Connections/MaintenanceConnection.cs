using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>Opens sessions on another database of the target's server: from within a database it can neither be made nor renamed.</summary>
internal static class MaintenanceConnection
{
    private const int MostOthers = 20;

    private const string Usual = "postgres";
    private const string Template = "template1";

    /// <summary>
    /// Opens a session on "postgres", or any other database that the role may connect to; null if there is none. template1 is the last
    /// choice, because a session on it blocks the creation of databases. Errors: those of reaching the server.
    /// </summary>
    /// <param name="target">The database that the operation works on. The database may be missing.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<NpgsqlSession?> TryOpenAsync(PostgresAddress target, CancellationToken cancellation)
    {
        if (target.Database != Usual && await TryAsync(target.For(Usual), cancellation) is { } usual)
            return usual;
        foreach (var name in await OthersAsync(target, cancellation))
            if (await TryAsync(target.For(name), cancellation) is { } session) return session;
        return target.Database == Template ? null : await TryAsync(target.For(Template), cancellation);
    }

    private static async Task<IReadOnlyList<string>> OthersAsync(PostgresAddress target, CancellationToken cancellation)
    {
        NpgsqlSession session;
        try
        {
            session = await PostgresConnector.OpenAsync(target, cancellation);
        }
        catch (SourceNotFoundException)
        {
            return [];
        }

        await using (session)
        {
            // Stages and kept copies of ours are renamed and dropped: nobody should sit in them.
            return await session.TextsAsync("""
                SELECT datname FROM pg_catalog.pg_database
                WHERE datallowconn AND datname <> $1 AND datname <> ALL ($2) AND datname NOT LIKE 'postry\_%'
                  AND pg_catalog.has_database_privilege(oid, 'CONNECT')
                ORDER BY pg_catalog.pg_has_role(datdba, 'USAGE') DESC, datname LIMIT
                """ + $" {MostOthers}", cancellation, target.Database, (object)new[] { Usual, Template });
        }
    }

    private static async Task<NpgsqlSession?> TryAsync(PostgresAddress address, CancellationToken cancellation)
    {
        try
        {
            var session = await PostgresConnector.OpenAsync(address, cancellation);
            // The role or this database may be read-only by default; that is not meant for what is done from here.
            await session.ExecuteAsync("SET default_transaction_read_only = off", cancellation);
            return session;
        }
        catch (OpsException e) when (IsAboutTheDatabase(e))
        {
            return null;
        }
    }

    // An error of the server itself, or a missing password, may not occur for another database; if a server cannot be reached, no database
    // of it can.
    private static bool IsAboutTheDatabase(OpsException e) => e is AuthenticationFailedException
        || (e is not PoolerNotSupportedException && IsFromServer(e));

    private static bool IsFromServer(Exception? e) => e is PostgresException || e?.InnerException is { } inner && IsFromServer(inner);
}
