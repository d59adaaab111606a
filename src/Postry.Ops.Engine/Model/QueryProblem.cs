using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Model;

/// <summary>The meaning of an error that a database raised while it was read.</summary>
internal enum QueryVerdict
{
    /// <summary>The database did not answer in time.</summary>
    Silent,

    /// <summary>The database or the query is wrong, and another attempt would find the same.</summary>
    Wrong,

    /// <summary>The database cannot answer now, because of a lock, a limit, or a server that stops.</summary>
    Passing,

    /// <summary>The answer is not known: this command lacks a password, a right or a setting.</summary>
    Unknown,
}

/// <summary>An error of a query.</summary>
/// <param name="Verdict">The meaning of the error.</param>
/// <param name="Detail">The error in words, with the next step; empty for a database that is silent.</param>
internal sealed record QueryProblem(QueryVerdict Verdict, string Detail = "")
{
    /// <summary>The rule for the query of a check.</summary>
    public const string OneQuery =
        "A check runs one statement that only reads: a SELECT, or a WITH that ends in one. Nothing was changed.";

    /// <summary>The problem that an error of this engine is.</summary>
    public static QueryProblem Of(OpsException e) => new(e switch
    {
        DatabaseUnreachableException or DatabaseBusyException or SourceNotFoundException or ServerLimitException => QueryVerdict.Passing,
        NotADatabaseException or DatabaseDamagedException or ServerErrorException => QueryVerdict.Wrong,
        _ => QueryVerdict.Unknown,
    }, $"{e.Message} {e.Hint}");
}
