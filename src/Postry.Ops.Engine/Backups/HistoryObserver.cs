using System.Diagnostics;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Backups;

/// <summary>Writes how one attempt to make a backup ended into the history. A history that cannot be written never fails a
/// backup.</summary>
internal sealed class HistoryObserver(IOperationObserver inner, BackupHistory history) : IOperationObserver
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <inheritdoc/>
    public void Report(OperationEvent happened)
    {
        if (AttemptOf(happened) is { } attempt) Append(attempt);
        inner.Report(happened);
    }

    private BackupAttempt? AttemptOf(OperationEvent happened) => happened switch
    {
        BackupCompleted { Backup: var set } =>
            Attempt(set.Source, AttemptResult.Succeeded) with { Database = set.Database, BackupId = set.Id },
        BackupFailed failed => Attempt(failed.Source, AttemptResult.Failed) with
        {
            Database = failed.Database,
            ErrorId = failed.Error switch
            {
                OpsException known => known.ErrorId,
                OperationCanceledException => "Interrupted",
                _ => "UnexpectedFailure",
            },
        },
        _ => null,
    };

    private BackupAttempt Attempt(string? source, AttemptResult result) => new()
    {
        At = DateTime.UtcNow,
        Operation = BackupAttempt.Backup,
        Source = source,
        Result = result,
        DurationSeconds = Math.Round(_clock.Elapsed.TotalSeconds, 3),
    };

    private void Append(BackupAttempt attempt)
    {
        try
        {
            history.Append(attempt);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException || Files.IsDiskFull(e))
        {
            inner.Warning($"How this backup ended could not be written into the history of backups. {e.Message}");
        }
    }
}
