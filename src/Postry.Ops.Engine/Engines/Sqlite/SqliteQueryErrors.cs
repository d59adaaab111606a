using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using SQLitePCL;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>The meaning of SQLite's errors for a query that only reads.</summary>
internal static class SqliteQueryErrors
{
    /// <summary>The problem that an error is.</summary>
    public static QueryProblem Of(SqliteException e, string path) => e.Primary switch
    {
        raw.SQLITE_READONLY when e.Code == raw.SQLITE_READONLY_ROLLBACK => new(QueryVerdict.Unknown,
            $"A process that wrote to {path} ended in the middle of a transaction, and a check does not roll it back. Start the " +
                "application, or open the file once with sqlite3, then run the check again."),
        raw.SQLITE_READONLY when e.Code == raw.SQLITE_READONLY =>
            new(QueryVerdict.Wrong, $"The query writes. {QueryProblem.OneQuery}"),
        raw.SQLITE_ERROR or raw.SQLITE_MISMATCH or raw.SQLITE_RANGE or raw.SQLITE_TOOBIG or raw.SQLITE_SCHEMA => new(QueryVerdict.Wrong,
            $"SQLite does not accept the query: {Sentence.End(e.Message)} Correct the query, or the database."),
        _ => QueryProblem.Of(e.Explain(path)),
    };
}
