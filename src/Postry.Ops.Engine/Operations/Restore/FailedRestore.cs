using System.Diagnostics;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Restore;

/// <summary>
/// The way back of a restore that failed while its process lives: a rollback before the swap, an undo after it. The caller holds the locks.
/// </summary>
/// <param name="settings">The settings.</param>
/// <param name="database">The database.</param>
/// <param name="observer">Receives warnings.</param>
/// <param name="onStep">Is called after every durable step of the undo; null for no call.</param>
internal sealed class FailedRestore(OpsSettings settings, IDatabase database, IOperationObserver observer, Action<JournalStep>? onStep)
{
    /// <summary>Rolls back a restore that failed on its way to the swap, and returns the error to raise.</summary>
    public async Task<Exception> RollBackAsync(Exception cause, RestoreJournal journal, RestoreRecord record, Stopwatch clock)
    {
        var explained = Explain(cause, journal.TargetName);
        try
        {
            // Even a failing commit may have committed: which side is live is looked at, not assumed.
            var side = await new RestoreRecovery(settings, database, SilentObserver.Instance)
                .RecoverAsync(journal, CancellationToken.None);
            await database.SweepAsync(journal.Target, CancellationToken.None);
            if (RestoreRecords.TryRead(record.RecordFile!) is { } recovered)
            {
                RestoreRecords.Save(recovered with
                {
                    Duration = clock.Elapsed,
                    Checks = record.Checks,
                    BrokenObjects = cause is RestoreRefusedException refused ? refused.Broken : [],
                    Detail = side == LiveSide.Previous ? $"{Problem(explained)} The live database was not changed." : recovered.Detail,
                });
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OpsException)
        {
            observer.Warning(
                $"The failed restore could not be cleaned up ({e.Message}); the next restore of {journal.TargetName} does that.");
        }

        return explained;
    }

    /// <summary>Undoes a restore that is live and failed a check, and returns the error to raise.</summary>
    public async Task<Exception> UndoAsync(RestoreRecord record, SwapLog log, Stopwatch clock)
    {
        var parts = RestoreParticipants.Of(database, settings, observer);
        var failed = record.Checks.First(check => check.Status == CheckStatus.Failed);
        record = record with { Status = RestoreStatus.AwaitingVerdict, Detail = $"{failed.Name} failed: {failed.Actual}" };
        try
        {
            RestoreRecords.Save(record);
            foreach (var part in parts) part.DiscardStage(log.Journal);
            log.End();
        }
        catch (Exception e) when (RestoreRecords.IsUnwritten(e))
        {
            // A failed write of the record must not leave the restore live: the journal of the undo replaces this one.
            observer.Warning(
                $"{record.RestoreId}: {Sentence.End(record.Detail)} The record or the journal could not be written: {e.Message}");
            foreach (var part in parts) part.DiscardStage(log.Journal);
        }

        await database.SweepAsync(log.Journal.Target, CancellationToken.None);
        (record, var unwritten) = await new UndoOperation(settings, _ => database, observer) { OnStep = onStep }.SwapBackAsync(record,
            database, log.Journal.Target, isAutomatic: true, CancellationToken.None);
        var left = RuntimeParticipant.NotPutBack(record);
        try
        {
            if (unwritten is null)
                RestoreRecords.Save(record with { Duration = clock.Elapsed, Detail =
                    $"Undone automatically, because a check failed: {failed.Name}: {Sentence.End(failed.Actual)}{left}" });
        }
        catch (Exception e) when (RestoreRecords.IsUnwritten(e))
        {
            observer.Warning($"The record of {record.RestoreId} does not say that it was undone automatically: {e.Message}");
        }

        return new RestoreUndoneException(record.Target,
            $"The restore was undone: {failed.Name} failed after the swap ({failed.Actual}). The " +
                (record.Mode != DatabaseMode.Runtime ? "database that was live before is live again"
                    : left.Length > 0 ? "other runtime files that were there before are back"
                    : "runtime files that were there before are back") + $".{left}",
            $"{(record.UndoneCopy is { } undone ? $"The restored data is kept at {undone}. " : "")}{After(failed)}" +
                $"{(unwritten is null ? "" : $" {unwritten.Hint}")}");
    }

    // A failed check says something about the backup only if it was a check of the data.
    private static string After(Check failed) => failed.Name switch
    {
        HookRunner.AfterSwapCheck => failed.Detail!,
        _ when SmokeGate.IsSmoke(failed) => "The backup itself failed no check of its data. See why the application did not pass: it may "
            + "not fit this backup, or not have started in time. Then restore again, or restore another backup.",
        RuntimeSwap.InPlaceCheck => "Remove what prevented the replacement of the files, then restore again.",
        _ => "Use another backup.",
    };

    private static string Problem(Exception cause) => cause is OperationCanceledException ? "Interrupted." : cause.Message;

    private static Exception Explain(Exception cause, string targetName) => cause switch
    {
        _ when Files.IsDiskFull(cause) => new NotEnoughSpaceException(targetName,
            $"The disk (or a quota or size limit) became full while restoring to {targetName}.", "Free space there, then restore again.",
            cause),
        UnauthorizedAccessException => new AccessDeniedException(targetName, cause.Message, "Run as the user who owns the database.",
            cause),
        _ => cause,
    };
}
