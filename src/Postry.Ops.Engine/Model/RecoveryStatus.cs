using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>How well a database could be recovered now, and how much a reason for it weighs.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RecoveryState>))]
public enum RecoveryState : long
{
    /// <summary>All that was looked at is known and in order.</summary>
    Healthy,

    /// <summary>Something should be done soon.</summary>
    Warning,

    /// <summary>Something must be done now, or it cannot be known whether the database could be recovered.</summary>
    Critical,
}

/// <summary>How well one database could be recovered now. docs/status.md says what each value means. All times are in UTC.</summary>
public sealed record RecoveryStatus
{
    /// <summary>Logical name of the database.</summary>
    public required string Database { get; init; }

    /// <summary>The database engine; null where neither postry.json nor a backup tells.</summary>
    public DatabaseMode? Mode { get; init; }

    /// <summary>The location of the database: a full path, or an address without user and password; null where nothing tells.</summary>
    public string? Source { get; init; }

    /// <summary>True where postry.json names the database.</summary>
    public bool Configured { get; init; }

    /// <summary>The worst of the reasons; Healthy where there is none.</summary>
    public required RecoveryState Status { get; init; }

    /// <summary>The time of the report.</summary>
    public required DateTime CheckedAt { get; init; }

    /// <summary>The newest backup that is Complete; null where there is none, or none can be checked.</summary>
    public StatusBackup? LastBackup { get; init; }

    /// <summary>The newest proof of a backup by a restore; null where no evidence proves one.</summary>
    public StatusProof? LastProven { get; init; }

    /// <summary>Recovery point: the age of the newest good backup against the objective.</summary>
    public required ObjectiveResult Rpo { get; init; }

    /// <summary>Recovery time: that of the newest restore drill that passed, against the objective.</summary>
    public required ObjectiveResult Rto { get; init; }

    /// <summary>The newest restore drill, whatever its outcome; null where there was none.</summary>
    public StatusDrill? LastDrill { get; init; }

    /// <summary>The time of the next restore drill; null where none has passed yet.</summary>
    public DateTime? NextDrillDue { get; init; }

    /// <summary>Whole days since the next drill was due; 0 where it is not overdue, or where none has passed yet.</summary>
    public int DrillDaysOverdue { get; init; }

    /// <summary>The end of the newest attempt to make a backup, whatever its outcome; null where none is known.</summary>
    public DateTime? LastAttempt { get; init; }

    /// <summary>The newest attempt to make a backup that failed; null where none is known.</summary>
    public StatusFailure? LastFailure { get; init; }

    /// <summary>Attempts that failed since the last backup that succeeded.</summary>
    public int FailuresInRow { get; init; }

    /// <summary>The size of the newest backup; null where there is none.</summary>
    public StatusSize? Size { get; init; }

    /// <summary>The disk with the backups; null where it cannot be measured.</summary>
    public StatusDisk? Disk { get; init; }

    /// <summary>Ids of the backups that are Suspicious, newest first.</summary>
    public IReadOnlyList<string> Suspicious { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Ids of the restores of the database that await a verdict or were interrupted, newest first.</summary>
    public IReadOnlyList<string> PendingRestores { get; init => field = Indexable.Of(value); } = [];

    /// <summary>All that is not in order, in the order in which it should be dealt with; empty where all is well.</summary>
    public IReadOnlyList<StatusReason> Reasons { get; init => field = Indexable.Of(value); } = [];
}

/// <summary>Something that is not in order, or not known.</summary>
/// <param name="Severity">Warning or Critical.</param>
/// <param name="Unknown">True where the reason is that something cannot be known.</param>
/// <param name="Message">The reason, in whole sentences.</param>
/// <param name="NextStep">The command to run, or what to do before it.</param>
public sealed record StatusReason(RecoveryState Severity, bool Unknown, string Message, string NextStep);

/// <summary>A backup in a status.</summary>
/// <param name="Id">The backup's id.</param>
/// <param name="At">The moment whose data the backup holds, in UTC.</param>
/// <param name="Age">The time since then.</param>
public sealed record StatusBackup(string Id, DateTime At, TimeSpan Age);

/// <summary>A proof of a backup in a status.</summary>
/// <param name="Id">The backup's id.</param>
/// <param name="By">The id of the evidence that proves it.</param>
/// <param name="At">The time of the proof, in UTC.</param>
/// <param name="Age">The time since then.</param>
public sealed record StatusProof(string Id, string By, DateTime At, TimeSpan Age);

/// <summary>A restore drill in a status.</summary>
/// <param name="Id">The drill's id.</param>
/// <param name="At">The time at which it began, in UTC.</param>
/// <param name="Status">The outcome.</param>
public sealed record StatusDrill(string Id, DateTime At, DrillStatus Status);

/// <summary>A failed attempt to make a backup in a status.</summary>
/// <param name="ErrorId">The stable id of the error, for example "DatabaseBusy", or Interrupted.</param>
/// <param name="At">The end of the attempt, in UTC.</param>
/// <param name="Age">The time since then.</param>
public sealed record StatusFailure(string ErrorId, DateTime At, TimeSpan Age);

/// <summary>The size of the newest backup of a database.</summary>
/// <param name="Bytes">The bytes of the backup, with those of its runtime files.</param>
/// <param name="MaximumBytes">The bytes that it is expected to stay under.</param>
/// <param name="Status">Met or Missed.</param>
/// <param name="UsualBytes">The median of the backups before it; null where there are none.</param>
/// <param name="GrowthBytesPerDay">The median growth from backup to backup, in bytes per day; null where there are fewer than three, or
/// all are from the same day.</param>
public sealed record StatusSize(long Bytes, long MaximumBytes, ObjectiveStatus Status, long? UsualBytes, long? GrowthBytesPerDay);

/// <summary>The disk with the backups.</summary>
/// <param name="Folder">The backup root.</param>
/// <param name="TotalBytes">The size of the disk in bytes.</param>
/// <param name="FreeBytes">The bytes that this user can still write.</param>
/// <param name="UsedPercent">The share in use, as df shows it.</param>
/// <param name="WarnPercent">The share in use from which the status is Warning.</param>
/// <param name="CriticalPercent">The share in use from which the status is Critical.</param>
/// <param name="MinimumFree">Met where as much is free as objectives.disk.minimumFree says; else Missed.</param>
/// <param name="DaysUntilFull">Days until the disk is full, if backups go on as before, grow as before, and none is removed; null where
/// the backups are too few, or of one day.</param>
public sealed record StatusDisk(string Folder, long TotalBytes, long FreeBytes, double UsedPercent, int WarnPercent, int CriticalPercent,
    ObjectiveStatus MinimumFree, double? DaysUntilFull);
