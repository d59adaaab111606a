using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The levels of a test. Each level includes those before it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<VerificationLevel>))]
public enum VerificationLevel : long
{
    /// <summary>The manifest's signature and metadata.</summary>
    Signature,

    /// <summary>The size and SHA-256 of the stored bytes.</summary>
    Artefact,

    /// <summary>The artefact decompresses, opens, passes the database's own full check, and every table equals the manifest.</summary>
    Contents,

    /// <summary>Restored to a scratch place through the code of a real restore, compared again, cleaned up.</summary>
    Restore,
}

/// <summary>The verdict of a check. "Could not check" is Inconclusive, never Passed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckStatus>))]
public enum CheckStatus : long
{
    Passed,
    Failed,
    Inconclusive,
    Skipped,
}

/// <summary>A check and its verdict.</summary>
/// <param name="Name">The name of the check, for example "Signature" or "Table posts".</param>
/// <param name="Status">The verdict.</param>
/// <param name="Expected">The value that was expected.</param>
/// <param name="Actual">The value that was found.</param>
/// <param name="Detail">More for the reader who has to act on it.</param>
/// <param name="Duration">The duration of the check.</param>
public sealed record Check(string Name, CheckStatus Status, string? Expected = null, string? Actual = null, string? Detail = null,
    TimeSpan Duration = default)
{
    /// <summary>The table that the check compared, as the manifest has it and as it was found; null for any other check.</summary>
    internal CheckedTable? Table { get; init; }

    /// <summary>The verdict over several checks: any failure fails, any doubt is inconclusive, and nothing checked is nothing
    /// proven.</summary>
    public static CheckStatus Worst(IEnumerable<Check> checks) => Worst(checks.Select(check => check.Status));

    /// <summary>The verdict over several verdicts.</summary>
    public static CheckStatus Worst(IEnumerable<CheckStatus> statuses)
    {
        var worst = CheckStatus.Skipped;
        foreach (var status in statuses)
        {
            worst = (worst, status) switch
            {
                (CheckStatus.Failed, _) or (_, CheckStatus.Failed) => CheckStatus.Failed,
                (CheckStatus.Inconclusive, _) or (_, CheckStatus.Inconclusive) => CheckStatus.Inconclusive,
                (CheckStatus.Passed, _) or (_, CheckStatus.Passed) => CheckStatus.Passed,
                _ => CheckStatus.Skipped,
            };
        }

        return worst;
    }
}

/// <summary>A table that was compared.</summary>
/// <param name="Expected">The table in the manifest of the backup; null for a table that the manifest does not name.</param>
/// <param name="Found">The table that was found; null where there is none.</param>
internal sealed record CheckedTable(TableContent? Expected, TableContent? Found);

/// <summary>The result of testing one backup.</summary>
/// <param name="Id">The backup's id; null where its manifest cannot be read.</param>
/// <param name="BackupFile">Full path of the artefact.</param>
/// <param name="Level">The level that was asked for.</param>
/// <param name="Status">The verdict over all checks.</param>
/// <param name="Checks">Every check in the order it was made.</param>
/// <param name="Duration">The duration of the test.</param>
public sealed record VerificationReport(
    string? Id,
    string BackupFile,
    VerificationLevel Level,
    CheckStatus Status,
    IReadOnlyList<Check> Checks,
    TimeSpan Duration)
{
    /// <inheritdoc cref="VerificationReport"/>
    public IReadOnlyList<Check> Checks { get; init => field = Indexable.Of(value); } = Indexable.Of(Checks);

    /// <summary>Logical name of the database that the backup came from; null where its manifest cannot be read.</summary>
    public string? Database { get; init; }

    /// <summary>
    /// The parts that were left out when the backup was made, in words, so that nothing is proven of them; null if the backup is whole.
    /// </summary>
    public string? Scope { get; init; }

    /// <summary>
    /// The objects of the database that the backup does not hold, because pg_dump leaves them out by design: nothing is proven of them.
    /// </summary>
    public IReadOnlyList<Omission> NotHeld { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The id of the evidence of a test at level Restore; null where none was written.</summary>
    public string? DrillId { get; init; }

    /// <summary>The runtime files of the set in words: how many, or why there are none.</summary>
    public string? Runtime { get; init; }
}
