using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The kinds of smoke checks.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SmokeKind>))]
public enum SmokeKind : long
{
    /// <summary>An address that must answer.</summary>
    Http,

    /// <summary>A page of a front end, with the scripts and styles that it names.</summary>
    Page,

    /// <summary>A port that must accept a connection.</summary>
    Tcp,

    /// <summary>A command that must end with an exit code.</summary>
    Process,

    /// <summary>A query that must work, with its value or its rows.</summary>
    Sql,

    /// <summary>A table that must be there, with columns and rows.</summary>
    Table,

    /// <summary>The operational summary of an application, which must have no new critical alert.</summary>
    Monitoring,

    /// <summary>The newest value of a column, or the newest backup, which must not be too old.</summary>
    Freshness,
}

/// <summary>Facts of the kinds of smoke checks.</summary>
public static class SmokeKinds
{
    /// <summary>True for checks that ask a database or the backups, false for those that ask an application.</summary>
    public static bool AsksData(this SmokeKind kind) => kind is SmokeKind.Sql or SmokeKind.Table or SmokeKind.Freshness;
}

/// <summary>The result of one smoke check.</summary>
/// <param name="Name">The name of the check.</param>
/// <param name="Kind">The kind of the check.</param>
/// <param name="Target">The address, file, table or command that was asked, without secrets.</param>
/// <param name="Status">Passed; Failed where the answer was wrong, or the application did not answer; Inconclusive where the check could
/// not ask; Skipped where a check that must pass before did not.</param>
/// <param name="Expected">The answer that was expected.</param>
/// <param name="Actual">The answer; null if there was none.</param>
/// <param name="Detail">The reason of a status other than Passed, and the next step.</param>
/// <param name="Duration">From the first attempt to the end of the last.</param>
/// <param name="Attempts">How often the check asked; 0 if it was skipped.</param>
public sealed record SmokeResult(string Name, SmokeKind Kind, string Target, CheckStatus Status, string? Expected, string? Actual,
    string? Detail, TimeSpan Duration, int Attempts);

/// <summary>The results of smoke checks that ran side by side.</summary>
/// <param name="Status">Failed if a check failed; otherwise Inconclusive if one could not ask; otherwise Passed. Skipped if there was no
/// check, which is so only of a copy of a database.</param>
/// <param name="StartedAt">The time (UTC) at which the checks began.</param>
/// <param name="Duration">The duration of all checks together.</param>
/// <param name="Checks">The results, in the order in which the checks are named.</param>
public sealed record SmokeReport(CheckStatus Status, DateTime StartedAt, TimeSpan Duration, IReadOnlyList<SmokeResult> Checks)
{
    /// <inheritdoc cref="SmokeReport"/>
    public IReadOnlyList<SmokeResult> Checks { get; init => field = Indexable.Of(value); } = Indexable.Of(Checks);
}
