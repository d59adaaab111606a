using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Events;

/// <summary>A backup is in the backup root, signed and whole. Its status tells whether it is Suspicious.</summary>
public sealed record BackupCompleted(BackupSet Backup) : OperationEvent;

/// <summary>A backup was copied to a destination, or could not be: the status of the copy tells.</summary>
/// <param name="Backup">The backup.</param>
/// <param name="Copy">The outcome.</param>
public sealed record BackupCopied(BackupSet Backup, BackupCopy Copy) : OperationEvent;

/// <summary>A backup ended with an error, or was stopped; nothing is left of it.</summary>
/// <param name="Source">The database or folder: a full path, or an address without user and password; null where the attempt failed before
/// that was known.</param>
/// <param name="Error">The error that the caller gets.</param>
public sealed record BackupFailed(string? Source, Exception Error) : OperationEvent
{
    /// <summary>Logical name of the database, as the caller gave it; null where the caller gave none.</summary>
    public string? Database { get; init; }
}

/// <summary>The new contents are prepared and checked; the live database has not changed.</summary>
public sealed record RestoreStaged(RestoreRecord Restore) : OperationEvent;

/// <summary>The backup is live and accepted: by the checks of the restore, or by an operator.</summary>
public sealed record RestoreCommitted(RestoreRecord Restore) : OperationEvent;

/// <summary>The backup is live, and an operator must accept or undo the restore.</summary>
public sealed record RestoreAwaitingVerdict(RestoreRecord Restore) : OperationEvent;

/// <summary>The database that a restore had replaced is live again.</summary>
/// <param name="Restore">The record of the restore.</param>
/// <param name="Error">The error with which a restore undid itself; null where an operator undid it.</param>
public sealed record RestoreUndone(RestoreRecord Restore, Exception? Error) : OperationEvent;

/// <summary>A restore ended before its swap; the live database has not changed.</summary>
/// <param name="Target">The target: a full path, or an address without user and password.</param>
/// <param name="Restore">The record of the restore; null where it ended before there was one.</param>
/// <param name="Error">The error that the caller gets; null where the process that restored had died.</param>
public sealed record RestoreFailed(string Target, RestoreRecord? Restore, Exception? Error) : OperationEvent;

/// <summary>An undo ended with an error, or was stopped; what the restore brought is still live.</summary>
/// <param name="Restore">The record of the restore.</param>
/// <param name="Error">The error that the caller gets.</param>
public sealed record UndoFailed(RestoreRecord Restore, Exception Error) : OperationEvent;

/// <summary>A backup was tested. Whether it passed or failed is in the report.</summary>
public sealed record TestCompleted(VerificationReport Report) : OperationEvent;

/// <summary>A test ended with an error, or was stopped, which says nothing of the backup.</summary>
/// <param name="Backup">The backup.</param>
/// <param name="Error">The error that the caller gets.</param>
public sealed record TestAborted(BackupSet Backup, Exception Error) : OperationEvent;

/// <summary>The signed evidence of a drill or a test is in the backup root.</summary>
/// <param name="Drill">The evidence as it was written.</param>
public sealed record EvidenceWritten(RestoreDrill Drill) : OperationEvent;

/// <summary>A backup was removed.</summary>
/// <param name="Backup">The backup as it was.</param>
/// <param name="RuntimeFile">The runtime archive that went with it, or null.</param>
/// <param name="Bytes">Bytes that became free.</param>
public sealed record BackupRemoved(BackupSet Backup, string? RuntimeFile, long Bytes) : OperationEvent;

/// <summary>The events that tell how a restore ended.</summary>
internal static class RestoreEnd
{
    /// <summary>The event for a record as it was made durable.</summary>
    /// <param name="record">The record.</param>
    /// <param name="error">The error that the caller of the restore gets, or null.</param>
    public static OperationEvent Of(RestoreRecord record, Exception? error = null) => (record.Status, error) switch
    {
        (_, RestoreUndoneException) or (RestoreStatus.Undone, _) => new RestoreUndone(record, error),
        (RestoreStatus.Committed, _) => new RestoreCommitted(record),
        // A restore that cannot write down that it has gone live ends with this error, and its record is still that of its beginning.
        (RestoreStatus.AwaitingVerdict, _) or (RestoreStatus.InProgress, TargetPendingException) => new RestoreAwaitingVerdict(record),
        _ => new RestoreFailed(record.Target, record, error),
    };
}
