using System.Diagnostics;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Backups;

/// <summary>Writes how an attempt to make or to copy a backup ended into the history. A history that cannot be written never fails a
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
        BackupCopied(var set, var copy) =>
            Attempt(set.Source, copy.Status == CopyStatus.Failed ? AttemptResult.Failed : AttemptResult.Succeeded) with
        {
            Operation = BackupAttempt.Copy,
            Database = set.Database,
            BackupId = set.Id,
            Destination = copy.DestinationName ?? copy.Destination,
            ErrorId = copy.ErrorId,
            DurationSeconds = Math.Round(copy.Duration.TotalSeconds, 3),
        },
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
            var problem = $"How this {attempt.Operation.ToLowerInvariant()} ended could not be written into the history. {e.Message}";
            // A machine that fetches copies may only read here.
            if (attempt.Operation == BackupAttempt.Copy) inner.Detail(problem);
            else inner.Warning(problem);
        }
    }
}
