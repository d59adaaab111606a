using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>The meaning of PostgreSQL's errors for a query that only reads.</summary>
internal static class PostgresQueryErrors
{
    // Connections, conflicts of transactions, resources, locks, operators who stop the server.
    private static readonly string[] PassingClasses = ["08", "40", "53", "55", "57"];

    /// <summary>The problem that an error is; null where it is none of the server's or its connection's.</summary>
    public static QueryProblem? Of(Exception error, PostgresAddress address) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => new(QueryVerdict.Silent),
        PostgresException server => OfServer(server, address),
        NpgsqlException or InvalidOperationException { Source: "Npgsql" } or TimeoutException
            when PostgresErrors.Explain(error, address) is { } explained => QueryProblem.Of(explained),
        _ => null,
    };

    private static QueryProblem OfServer(PostgresException e, PostgresAddress address)
    {
        var explained = PostgresErrors.Explain(e, address)!;
        if (e.SqlState == PostgresErrorCodes.InsufficientPrivilege && e.MessageText.Contains("row-level", StringComparison.Ordinal))
            return new(QueryVerdict.Unknown, $"{explained.Message} Rows that this role does not see would be missing in the answer: ask " +
                "with a role that sees all rows.");
        if (e.SqlState is PostgresErrorCodes.SyntaxError or PostgresErrorCodes.ReadOnlySqlTransaction
            or PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.InvalidCursorDefinition)
            return new(QueryVerdict.Wrong, $"{explained.Message} {QueryProblem.OneQuery}");
        return new(PassingClasses.Any(passing => e.SqlState.StartsWith(passing, StringComparison.Ordinal)) ? QueryVerdict.Passing
            : QueryVerdict.Wrong, $"{explained.Message} {explained.Hint}");
    }
}
