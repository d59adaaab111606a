using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The decision of a retention policy on a backup.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RetentionAction>))]
public enum RetentionAction : long
{
    /// <summary>The backup stays.</summary>
    Keep,

    /// <summary>No rule keeps the backup.</summary>
    Remove,
}

/// <summary>The decision of a retention policy on one backup, with every reason.</summary>
/// <param name="BackupId">The backup's id. The property is not called Id, so that the decision never binds to a parameter that names a
/// backup to remove.</param>
/// <param name="Database">Logical name of the database.</param>
/// <param name="Mode">The engine.</param>
/// <param name="SnapshotAt">The moment whose data the backup holds, in UTC.</param>
/// <param name="SizeBytes">Size of the backup in bytes, with its runtime files.</param>
/// <param name="Status">The status of the backup in the catalogue.</param>
/// <param name="BackupFile">Full path of the backup.</param>
/// <param name="Action">Keep or Remove.</param>
/// <param name="Reasons">Every rule that keeps the backup, such as "daily 2026-11-18" or "newest good"; for a backup that is removed, why
/// nothing keeps it.</param>
/// <param name="IsRemoved">True once the backup has been removed.</param>
/// <param name="Problem">The reason why a backup could not be removed; null where it was, or was to stay.</param>
public sealed record RetentionVerdict(
    [property: JsonPropertyName("id")] string BackupId, string Database, DatabaseMode Mode, DateTime SnapshotAt, long SizeBytes,
    BackupStatus Status, string BackupFile, RetentionAction Action, IReadOnlyList<string> Reasons, bool IsRemoved = false,
    string? Problem = null)
{
    /// <inheritdoc cref="RetentionVerdict"/>
    public IReadOnlyList<string> Reasons { get; init => field = Indexable.Of(value); } = Indexable.Of(Reasons);

    /// <summary>The reason why nothing of the whole database is removed, which an operator has to look at; null where there is
    /// none.</summary>
    public string? Stopped { get; init; }
}

/// <summary>The decision of a retention policy on a copy that a restore or an undo kept.</summary>
/// <param name="RestoreId">The restore that kept it, by itself or by its undo.</param>
/// <param name="Target">The database that the copy was made of.</param>
/// <param name="Path">Full path of the copy, or its name on a server.</param>
/// <param name="SizeBytes">Size of the copy with its side files, in bytes.</param>
/// <param name="TakenAt">The time of the copy, in UTC.</param>
/// <param name="Action">Keep or Remove.</param>
/// <param name="Reasons">The reasons why the copy is kept or removed.</param>
/// <param name="IsRemoved">True once the copy has been removed.</param>
/// <param name="Problem">The reason why a copy could not be removed; null where it was, or was to stay.</param>
public sealed record PreviousCopyVerdict(string RestoreId, string Target, string Path, long SizeBytes, DateTime TakenAt,
    RetentionAction Action, IReadOnlyList<string> Reasons, bool IsRemoved = false, string? Problem = null)
{
    /// <inheritdoc cref="PreviousCopyVerdict"/>
    public IReadOnlyList<string> Reasons { get; init => field = Indexable.Of(value); } = Indexable.Of(Reasons);
}

/// <summary>The decisions of a retention policy on all backups that it was asked about, and on the copies that restores kept.</summary>
/// <param name="Policy">The rules in words.</param>
/// <param name="Sets">A decision for each backup: by database, the newest first.</param>
/// <param name="Copies">A decision for each copy, the oldest first.</param>
/// <param name="Bytes">The space in bytes of what no rule keeps.</param>
/// <param name="Summary">The text of the question.</param>
public sealed record RetentionReport(string Policy, IReadOnlyList<RetentionVerdict> Sets, IReadOnlyList<PreviousCopyVerdict> Copies,
    long Bytes, string Summary)
{
    /// <inheritdoc cref="RetentionReport"/>
    public IReadOnlyList<RetentionVerdict> Sets { get; init => field = Indexable.Of(value); } = Indexable.Of(Sets);

    /// <inheritdoc cref="RetentionReport"/>
    public IReadOnlyList<PreviousCopyVerdict> Copies { get; init => field = Indexable.Of(value); } = Indexable.Of(Copies);

    /// <summary>True where something is to be removed, or was.</summary>
    public static bool Removes(RetentionReport report) => report.Sets.Any(set => set.Action == RetentionAction.Remove)
        || report.Copies.Any(copy => copy.Action == RetentionAction.Remove);

    /// <summary>The databases of which nothing is removed because of a doubt, each with the doubt.</summary>
    public static IReadOnlyList<(string Database, string Why)> Stops(RetentionReport report) =>
        [.. (from set in report.Sets where set.Stopped is not null select (set.Database, set.Stopped!)).Distinct()];

    /// <summary>The problems of all that could not be removed, each with what it is.</summary>
    public static IReadOnlyList<(string Name, string Problem)> Problems(RetentionReport report) =>
    [
        .. from set in report.Sets where set.Problem is not null select (set.BackupId, set.Problem),
        .. from copy in report.Copies where copy.Problem is not null select (copy.Path, copy.Problem),
    ];
}

/// <summary>A backup that was made to be followed by a prune.</summary>
/// <param name="Backup">The backup.</param>
/// <param name="Test">The test of the backup; null where it was Suspicious, so that no test could have made a prune follow.</param>
/// <param name="Pruned">The decisions of the policy; null where nothing was pruned, of which a warning was given.</param>
public sealed record PrunedBackup(BackupSet Backup, VerificationReport? Test, RetentionReport? Pruned);
