using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Restore;

/// <summary>Recovers from a restore or an undo whose process died. The caller must hold the target's lock.</summary>
internal sealed class RestoreRecovery(OpsSettings settings, IRestorable database, IOperationObserver observer)
{
    private readonly IReadOnlyList<IRestoreParticipant> _parts = RestoreParticipants.Of(database, settings, observer);

    /// <summary>Recovers from what the journal of a target records, and sweeps what was half written. Returns which side was found live;
    /// null where there was no journal.</summary>
    public async Task<LiveSide?> RecoverAsync(RestoreTarget target, CancellationToken cancellation)
    {
        var journal = RestoreJournal.Read(target);
        LiveSide? side = null;
        if (journal is not null)
        {
            using var files = await RuntimeLock.TakeAsync(journal.Runtime?.Root, target, cancellation);
            side = await RecoverAsync(journal, cancellation);
        }

        var records = new RestoreRecords(settings);
        // The journal outlives every swap, so a restore without one changed nothing.
        foreach (var record in records.All().Where(record => target.Matches(record) && record.Status == RestoreStatus.InProgress))
            observer.Report(RestoreEnd.Of(RestoreRecords.Save(record with
            {
                Status = RestoreStatus.Failed,
                EndedAt = DateTime.UtcNow,
                Detail = "The process died, and its journal is gone; the live database was not changed.",
            })));
        records.SweepUnfinished(target, journal?.RecordFile);
        await database.SweepAsync(target, cancellation);
        BackupStores.Of(settings).SweepLeases();
        // A restore in place makes a whole backup first, and may have died of it.
        if (journal is not null) BackupStores.Of(settings).TrySweep();
        return side;
    }

    /// <summary>Recovers from one journal: what had not gone live is rolled back, what had gone live stays and awaits its
    /// verdict.</summary>
    public async Task<LiveSide> RecoverAsync(RestoreJournal journal, CancellationToken cancellation)
    {
        var record = RestoreRecords.TryRead(journal.RecordFile);
        if (record?.Status == (journal.Kind == JournalKind.Restore ? RestoreStatus.Committed : RestoreStatus.Undone))
        {
            // The work was done; only the journal is left.
            journal.Remove();
            return LiveSide.Restored;
        }

        var side = await SideAsync(journal, cancellation);
        foreach (var part in _parts)
        {
            if (side == LiveSide.Previous) await part.RollBackAsync(journal, cancellation);
            else foreach (var problem in await part.RollForwardAsync(journal, cancellation)) observer
                .Warning($"A runtime file could not be replaced: {problem} What was to take its place lies beside it.");
        }

        var kept = journal.Previous.Length == 0 ? 0 : await database.SizeOfCopyAsync(journal.Previous, cancellation);
        if (record is not null)
        {
            var recovered = RestoreRecords.Save(Recovered(record, journal, side, kept));
            if (recovered.Status != record.Status) observer.Report(RestoreEnd.Of(recovered));
        }

        observer.Warning(Describe(journal, side));
        journal.Remove();
        return side;
    }

    /// <summary>Sweeps after all was done. A file that cannot be swept now is left for the next command.</summary>
    public async Task TrySweepAsync(RestoreTarget target)
    {
        try
        {
            await database.SweepAsync(target, CancellationToken.None);
        }
        catch (OpsException e)
        {
            observer.Warning(
                $"Files that are no longer needed could not be removed ({e.Message}); the next restore of {target.Name} removes them.");
        }
    }

    private async Task<LiveSide> SideAsync(RestoreJournal journal, CancellationToken cancellation)
    {
        if (journal.Step == JournalStep.Swapped) return LiveSide.Restored;
        if (journal.Step < JournalStep.Swapping) return LiveSide.Previous;
        return await database.FindSideAsync(journal, cancellation);
    }

    private RestoreRecord Recovered(RestoreRecord record, RestoreJournal journal, LiveSide side, long kept)
    {
        var previous = kept > 0 ? journal.Previous : null;
        return (journal.Kind, side) switch
        {
            (JournalKind.Restore, LiveSide.Previous) => record with
            {
                Runtime = null,
                Status = RestoreStatus.Failed,
                EndedAt = DateTime.UtcNow,
                PreviousCopy = null,
                Detail = $"The process died at step {journal.Step}, before the swap; the live database was not changed.",
            },
            (JournalKind.Restore, _) => _parts.Aggregate(record, (known, part) => part.Restored(known, journal)) with
            {
                Status = RestoreStatus.AwaitingVerdict,
                SwappedAt = record.SwappedAt ?? DateTime.UtcNow,
                PreviousCopy = previous,
                PreviousCopyBytes = previous is null ? null : kept,
                Strategy = record.Strategy ?? database.StrategyOf(journal),
                Detail = side == LiveSide.Unknown
                    ? $"The process died at step {journal.Step}, and so much was written since then that nobody can tell " +
                        "whether the swap was done. Look at the data, then confirm or undo the restore."
                    : "The process died after the swap: the backup is live and was not checked.",
            },
            // If even the failure that led to the undo could not be recorded, no operator has judged the restore yet.
            (_, LiveSide.Previous) => record.Status != RestoreStatus.InProgress ? record : record with
            {
                Status = RestoreStatus.AwaitingVerdict,
                SwappedAt = record.SwappedAt ?? DateTime.UtcNow,
                Detail = "A check had failed, and the process died during the undo: the backup is still live.",
            },
            (_, LiveSide.Unknown) => _parts.Aggregate(record, (known, part) => part.Undone(known, journal)) with
            {
                Status = RestoreStatus.AwaitingVerdict,
                UndoneCopy = previous,
                UndoneCopyBytes = previous is null ? null : kept,
                Detail =
                    $"The process died during the undo, and so much was written since then that nobody can tell whether the " +
                    $"earlier database is live again. Look at the data, then confirm or undo the restore. {previous} holds what was live " +
                    "before the undo.",
            },
            _ => _parts.Aggregate(record, (known, part) => part.Undone(known, journal)) with
            {
                Status = RestoreStatus.Undone,
                EndedAt = DateTime.UtcNow,
                PreviousCopy = journal.TakesKeptCopy ? null : record.PreviousCopy,
                PreviousCopyBytes = journal.TakesKeptCopy ? null : record.PreviousCopyBytes,
                UndoneCopy = previous,
                UndoneCopyBytes = previous is null ? null : kept,
                Detail = "Undone; the process died after that.",
            },
        };
    }

    private static string Describe(RestoreJournal journal, LiveSide side)
    {
        var what =
            $"The {journal.Kind.ToString().ToLowerInvariant()} {journal.RestoreId} of {journal.TargetName} was interrupted at step " +
            $"{journal.Step}";
        return side switch
        {
            LiveSide.Previous => $"{what} and has been rolled back; the live database had not changed.",
            LiveSide.Restored when journal.Kind == JournalKind.Undo =>
                $"{what}, after the earlier database had gone live again: it counts as undone.",
            LiveSide.Restored => $"{what}, after the backup had gone live. Confirm the restore with {CommandName.CompleteRestore}, or " +
                $"undo it with {CommandName.UndoRestore}.",
            _ => $"{what}, and nobody can tell whether the swap was done. Look at the data. Then confirm the restore with " +
                $"{CommandName.CompleteRestore}, or undo it with {CommandName.UndoRestore}.",
        };
    }
}
