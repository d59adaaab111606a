using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The result of an operation.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HistoryResult>))]
public enum HistoryResult : long
{
    /// <summary>The operation did what it was asked, and what it checked is good.</summary>
    Succeeded,

    /// <summary>The operation ended with an error or was stopped, or what it checked is bad.</summary>
    Failed,

    /// <summary>The operation ended, and something could not be checked, or waits for a decision.</summary>
    Inconclusive,
}

/// <summary>A finished operation: one line of the history in the backup root. docs/history.md describes each member. A line never holds a
/// secret.</summary>
public sealed record HistoryEntry
{
    /// <summary>The operation that makes a backup.</summary>
    public const string Backup = "Backup";

    /// <summary>The operation that copies a backup to a destination.</summary>
    public const string Copy = "Copy";

    /// <summary>Every operation that leaves a line.</summary>
    public static readonly IReadOnlyList<string> Operations =
    [
        Backup, Copy, "Test", "Drill", "Restore", "Undo", "Complete", "Compare", "Smoke", "Prune", "Remove", "RemovePreviousCopy", "Pin",
        "Unpin", "RepairCatalog", "AddDrillNote", "Unlock", "Job",
    ];

    /// <summary>The number of the line, from 1; 0 in lines of earlier versions.</summary>
    public long Number { get; init; }

    /// <summary>The end of the operation, in UTC.</summary>
    public required DateTime At { get; init; }

    /// <summary>The operation, for example "Backup".</summary>
    public required string Operation { get; init; }

    /// <summary>Logical name of the database; null where it was not known yet when the operation failed, or where it is about
    /// several.</summary>
    public string? Database { get; init; }

    /// <summary>The database or folder: a full path, or an address without user and password; null where it was not known yet when the
    /// operation failed, or where there is none.</summary>
    public string? Target { get; init; }

    /// <summary>Succeeded, Failed or Inconclusive.</summary>
    public required HistoryResult Result { get; init; }

    /// <summary>The result in the words of the operation, for example "Suspicious" of a backup or "AwaitingVerdict" of a restore; null
    /// after an error.</summary>
    public string? Outcome { get; init; }

    /// <summary>More about the operation for people, in a few words; or null.</summary>
    public string? Detail { get; init; }

    /// <summary>Id of the backup that was made or used; null where there is none.</summary>
    public string? BackupId { get; init; }

    /// <summary>Id of the restore; null where there is none.</summary>
    public string? RestoreId { get; init; }

    /// <summary>Id of the evidence; null where there is none.</summary>
    public string? DrillId { get; init; }

    /// <summary>Of a job its name; null otherwise.</summary>
    public string? Job { get; init; }

    /// <summary>Of a copy the destination: its name in postry.json, or else its full path; null otherwise.</summary>
    public string? Destination { get; init; }

    /// <summary>The stable id of the error, for example "DatabaseBusy", or Interrupted; null where there was none.</summary>
    public string? ErrorId { get; init; }

    /// <summary>The duration of the operation.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Size in bytes of the backup that was made or copied, or of what was removed; null otherwise.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Size of the database in bytes when it was backed up; null otherwise.</summary>
    public long? SourceBytes { get; init; }

    /// <summary>The user and host of the command.</summary>
    public string? By { get; init; }

    /// <summary>The SHA-256 of the line before this one, in lower-case hexadecimal digits; null in the first line.</summary>
    public string? Previous { get; init; }

    /// <summary>Id of the key that signed the line; null where there was no key.</summary>
    public string? KeyId { get; init; }

    /// <summary>
    /// The verdict on the line when it was read: Passed, Failed (it was changed, or the line before it is not the one that it names), or
    /// Inconclusive (it is not signed, or there is no key to check it with). Not in the file.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CheckStatus? Integrity { get; init; }

    /// <summary>The reason why <see cref="Integrity"/> is not Passed, or null. Not in the file.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IntegrityDetail { get; init; }

    /// <summary>The place of the line among all that were read, from 1. Not in the file.</summary>
    [JsonIgnore]
    internal int Line { get; init; }

    /// <summary>The entry without what is not in its file.</summary>
    internal HistoryEntry AsWritten() => this with { Integrity = null, IntegrityDetail = null };
}

/// <summary>The kinds of damage to a history.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HistoryProblemKind>))]
public enum HistoryProblemKind : long
{
    /// <summary>A line was changed after it was written.</summary>
    Changed,

    /// <summary>Lines were removed, or lines were moved.</summary>
    Missing,

    /// <summary>A line cannot be read.</summary>
    Unreadable,

    /// <summary>A line is not signed, so that anybody can have added it.</summary>
    Unsigned,

    /// <summary>A line is signed with a key that is not known here.</summary>
    Unverified,
}

/// <summary>Damage to a history.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Line">The place of the line among all lines, from 1.</param>
/// <param name="Detail">The problem as a sentence.</param>
public sealed record HistoryProblem(HistoryProblemKind Kind, int Line, string Detail);

/// <summary>The history of a backup root.</summary>
/// <param name="BackupRoot">Full path of the backup root.</param>
/// <param name="Entries">The entries that fit, newest first.</param>
/// <param name="Problems">The damage to the whole history, in its order; empty if every line is as it was written.</param>
public sealed record HistoryReport(string BackupRoot, IReadOnlyList<HistoryEntry> Entries, IReadOnlyList<HistoryProblem> Problems)
{
    /// <inheritdoc cref="HistoryReport"/>
    public IReadOnlyList<HistoryEntry> Entries { get; init => field = Indexable.Of(value); } = Indexable.Of(Entries);

    /// <inheritdoc cref="HistoryReport"/>
    public IReadOnlyList<HistoryProblem> Problems { get; init => field = Indexable.Of(value); } = Indexable.Of(Problems);

    /// <summary>True where a line is not, or cannot be shown to be, as it was written.</summary>
    public static bool IsDoubtful(HistoryReport report) => report.Problems.Count > 0;
}

/// <summary>A choice of entries of the history.</summary>
public sealed record HistoryQuery
{
    /// <summary>Logical name of the database; * and ? are wildcards.</summary>
    public string? Database { get; init; }

    /// <summary>Selects these operations; null for all.</summary>
    public IReadOnlyList<string>? Operations { get; init => field = value is null ? null : Indexable.Of(value); }

    /// <summary>Selects operations with this result.</summary>
    public HistoryResult? Result { get; init; }

    /// <summary>Selects operations that have to do with this backup.</summary>
    public string? BackupId { get; init; }

    /// <summary>Selects operations that ended at or after this time (UTC).</summary>
    public DateTime? After { get; init; }

    /// <summary>Selects operations that ended before this time (UTC).</summary>
    public DateTime? Before { get; init; }

    /// <summary>Selects at most so many, the newest.</summary>
    public int? Last { get; init; }
}
