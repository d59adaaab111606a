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
    string? Problem = null);

/// <summary>The decisions of a retention policy on all backups that it was asked about.</summary>
/// <param name="Policy">The rules in words.</param>
/// <param name="Sets">A decision for each backup: by database, the newest first.</param>
/// <param name="Bytes">The space in bytes of the backups that no rule keeps.</param>
/// <param name="Summary">The text of the question.</param>
public sealed record RetentionReport(string Policy, IReadOnlyList<RetentionVerdict> Sets, long Bytes, string Summary);
