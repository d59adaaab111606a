using System.Diagnostics;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Backups;

/// <summary>Writes how a backup, or the copy of one, ended into the history, as soon as that is durable.</summary>
internal sealed class HistoryObserver(IOperationObserver inner, HistoryLog history) : IOperationObserver
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <inheritdoc/>
    public void Report(OperationEvent happened)
    {
        if (EntryOf(happened) is { } entry) history.TryAppend(entry, inner);
        inner.Report(happened);
    }

    /// <summary>The id of an error in the history.</summary>
    public static string IdOf(Exception error) => error switch
    {
        OpsException known => known.ErrorId,
        OperationCanceledException => "Interrupted",
        _ => "UnexpectedFailure",
    };

    /// <summary>An entry of an operation that has just ended.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="duration">The duration.</param>
    public static HistoryEntry EntryOf(string operation, TimeSpan duration) => new()
    {
        At = DateTime.UtcNow,
        Operation = operation,
        Result = HistoryResult.Succeeded,
        Duration = TimeSpan.FromMilliseconds(Math.Round(duration.TotalMilliseconds)),
        By = $"{Environment.UserName}@{Environment.MachineName}",
    };

    private HistoryEntry? EntryOf(OperationEvent happened) => happened switch
    {
        BackupCompleted { Backup: var set } => EntryOf(HistoryEntry.Backup, _clock.Elapsed) with
        {
            Database = set.Database,
            Target = set.Source,
            Outcome = set.Status.ToString(),
            BackupId = set.Id,
            SizeBytes = set.SizeBytes,
            SourceBytes = set.SourceBytes,
        },
        BackupCopied(var set, var copy) => EntryOf(HistoryEntry.Copy, copy.Duration) with
        {
            Database = set.Database,
            Target = set.Source,
            Result = copy.Status == CopyStatus.Failed ? HistoryResult.Failed : HistoryResult.Succeeded,
            Outcome = copy.Status.ToString(),
            BackupId = set.Id,
            Destination = copy.DestinationName ?? copy.Destination,
            ErrorId = copy.ErrorId,
            SizeBytes = copy.SizeBytes,
        },
        BackupFailed failed => EntryOf(HistoryEntry.Backup, _clock.Elapsed) with
        {
            Database = failed.Database,
            Target = failed.Source,
            Result = HistoryResult.Failed,
            ErrorId = IdOf(failed.Error),
        },
        _ => null,
    };
}
