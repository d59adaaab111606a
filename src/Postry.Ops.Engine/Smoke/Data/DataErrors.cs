using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Data;

/// <summary>
/// The answer of a check for an error of a database. A database that does not answer, and one that cannot run the query, has failed; where
/// this command lacks a password, a right or a setting, nobody knows.
/// </summary>
internal static class DataErrors
{
    /// <summary>The answer for an error; null for a bug.</summary>
    public static SmokeAnswer? Answer(Exception error, ILiveDatabase database, TimeSpan timeout) => Problem(error, database) switch
    {
        null => null,
        { Verdict: QueryVerdict.Silent } => new(CheckStatus.Failed, null,
            $"{database.Name} did not answer within {Durations.Write(timeout)}. Look for a slow query or a lock, or give the check a " +
                "longer timeout."),
        { Verdict: QueryVerdict.Unknown, Detail: var detail } => new(CheckStatus.Inconclusive, null, detail, MayChange: false),
        { Verdict: var verdict, Detail: var detail } => new(CheckStatus.Failed, null, detail, verdict == QueryVerdict.Passing),
    };

    private static QueryProblem? Problem(Exception error, ILiveDatabase database) => error switch
    {
        OperationCanceledException => new(QueryVerdict.Silent),
        QueryRefusedException refused => new(QueryVerdict.Wrong, $"{refused.Message} {QueryProblem.OneQuery}"),
        OpsException known => QueryProblem.Of(known),
        _ => database.Explain(error)
            ?? (error is IOException or UnauthorizedAccessException ? new(QueryVerdict.Unknown, error.Message) : null),
    };
}
