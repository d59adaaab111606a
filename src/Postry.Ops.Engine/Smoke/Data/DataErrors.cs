using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Model;
using SQLitePCL;

namespace Postry.Ops.Engine.Smoke.Data;

/// <summary>
/// The answer of a check for an error of a database. A database that does not answer, and one that cannot run the query, has failed; where
/// this command lacks a password, a right or a setting, nobody knows.
/// </summary>
internal static class DataErrors
{
    private const string OneQuery =
        "A check runs one statement that only reads: a SELECT, or a WITH that ends in one. Nothing was changed.";

    /// <summary>The answer for an error; null for a bug.</summary>
    public static SmokeAnswer? Answer(Exception error, DatabaseAddress address, TimeSpan timeout) => error switch
    {
        OperationCanceledException or PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => Silent(address, timeout),
        QueryRefusedException refused => Wrong($"{refused.Message} {OneQuery}"),
        SqliteException sqlite => Answer(sqlite, address.Name),
        PostgresException server => Answer(server, (PostgresAddress)address),
        OpsException known => Answer(known),
        NpgsqlException or InvalidOperationException { Source: "Npgsql" } or TimeoutException
            when PostgresErrors.Explain(error, (PostgresAddress)address) is { } explained => Answer(explained),
        IOException or UnauthorizedAccessException => Unknown(error.Message),
        _ => null,
    };

    private static SmokeAnswer Silent(DatabaseAddress address, TimeSpan timeout) => new(CheckStatus.Failed, null,
        $"{address.Name} did not answer within {Durations.Write(timeout)}. Look for a slow query or a lock, or give the check a longer " +
            "timeout.");

    private static SmokeAnswer Answer(SqliteException e, string path) => e.Primary switch
    {
        raw.SQLITE_READONLY when e.Code == raw.SQLITE_READONLY_ROLLBACK => new(CheckStatus.Inconclusive, null,
            $"A process that wrote to {path} ended in the middle of a transaction, and a check does not roll it back. Start the " +
                "application, or open the file once with sqlite3, then run the check again."),
        raw.SQLITE_READONLY when e.Code == raw.SQLITE_READONLY => Wrong($"The query writes. {OneQuery}"),
        raw.SQLITE_ERROR or raw.SQLITE_MISMATCH or raw.SQLITE_RANGE or raw.SQLITE_TOOBIG or raw.SQLITE_SCHEMA =>
            Wrong($"SQLite does not accept the query: {Sentence.End(e.Message)} Correct the query, or the database."),
        _ => Answer(e.Explain(path)),
    };

    private static SmokeAnswer Answer(PostgresException e, PostgresAddress address)
    {
        var explained = PostgresErrors.Explain(e, address)!;
        if (e.SqlState == PostgresErrorCodes.InsufficientPrivilege && e.MessageText.Contains("row-level", StringComparison.Ordinal))
            return Unknown($"{explained.Message} Rows that this role does not see would be missing in the answer: ask with a role that " +
                "sees all rows.");
        if (e.SqlState is PostgresErrorCodes.SyntaxError or PostgresErrorCodes.ReadOnlySqlTransaction
            or PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.InvalidCursorDefinition)
            return Wrong($"{explained.Message} {OneQuery}");
        // Locks, limits and a server that stops pass by.
        var passes = e.SqlState.StartsWith("08", StringComparison.Ordinal) || e.SqlState.StartsWith("40", StringComparison.Ordinal)
            || e.SqlState.StartsWith("53", StringComparison.Ordinal) || e.SqlState.StartsWith("55", StringComparison.Ordinal)
            || e.SqlState.StartsWith("57", StringComparison.Ordinal);
        return new(CheckStatus.Failed, null, $"{explained.Message} {explained.Hint}", passes);
    }

    private static SmokeAnswer Answer(OpsException e)
    {
        var detail = $"{e.Message} {e.Hint}";
        return e switch
        {
            DatabaseUnreachableException or DatabaseBusyException or SourceNotFoundException or ServerLimitException =>
                new(CheckStatus.Failed, null, detail),
            NotADatabaseException or DatabaseDamagedException or ServerErrorException => Wrong(detail),
            _ => Unknown(detail),
        };
    }

    private static SmokeAnswer Wrong(string detail) => new(CheckStatus.Failed, null, detail, MayChange: false);

    private static SmokeAnswer Unknown(string detail) => new(CheckStatus.Inconclusive, null, detail, MayChange: false);
}
