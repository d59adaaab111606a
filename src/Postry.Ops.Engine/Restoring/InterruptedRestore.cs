using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Reporting;

namespace Postry.Ops.Engine.Restoring;

/// <summary>Settles a restore or an undo whose process died. Only for a holder of the target's lock.</summary>
internal sealed class InterruptedRestore(OpsSettings settings, IDatabaseEngine engine, IReporter reporter)
{
    /// <summary>Settles whatever the journal of a target tells of, and sweeps what was half written. Returns which side was found live; null where there was no journal.</summary>
    public async Task<LiveSide?> SettleAsync(string target, CancellationToken cancellation)
    {
        var journal = RestoreJournal.Read(target);
        LiveSide? side = journal is null ? null : await SettleAsync(journal, cancellation).ConfigureAwait(false);
        var records = new RestoreRecords(settings);
        // The journal outlives every swap, so a restore without one changed nothing.
        foreach (var record in records.All().Where(record => record.Target == target && record.Status == RestoreStatus.InProgress))
            RestoreRecords.Save(record with { Status = RestoreStatus.Failed, EndedAt = DateTime.UtcNow, Detail = "The process died, and its journal is gone; the live database was not changed." });
        records.SweepUnfinished(target, journal?.RecordFile);
        SweepStages(target);
        return side;
    }

    /// <summary>Settles one journal: what had not gone live is taken back, what had gone live stays and awaits its verdict.</summary>
    public async Task<LiveSide> SettleAsync(RestoreJournal journal, CancellationToken cancellation)
    {
        var record = RestoreRecords.TryRead(journal.RecordFile);
        if (record?.Status == (journal.Kind == JournalKind.Restore ? RestoreStatus.Committed : RestoreStatus.Undone))
        {
            // It was done; only its journal is left.
            journal.Remove();
            return LiveSide.Restored;
        }

        var side = await SideAsync(journal, cancellation).ConfigureAwait(false);
        if (side == LiveSide.Previous) engine.RollBackSwap(journal);
        else engine.RollForwardSwap(journal);
        if (record is not null) RestoreRecords.Save(Settled(record, journal, side));
        reporter.Warning(Describe(journal, side));
        journal.Remove();
        return side;
    }

    /// <summary>Removes what stages and half-written journals are left beside a target.</summary>
    public static void SweepStages(string target)
    {
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(target)!))
            if (RestoreJournal.IsUnfinished(target, file)) Files.TryDelete(file);
    }

    private async Task<LiveSide> SideAsync(RestoreJournal journal, CancellationToken cancellation)
    {
        if (journal.Step == JournalStep.Swapped) return LiveSide.Restored;
        if (journal.Step < JournalStep.Swapping) return LiveSide.Previous;
        using var scratch = ScratchFolder.Create(settings.BackupRoot, "Recover");
        return await engine.FindSideAsync(journal, scratch.Path, cancellation).ConfigureAwait(false);
    }

    private RestoreRecord Settled(RestoreRecord record, RestoreJournal journal, LiveSide side)
    {
        var previous = engine.SizeOf(journal.Previous) > 0 ? journal.Previous : null;
        return (journal.Kind, side) switch
        {
            (JournalKind.Restore, LiveSide.Previous) => record with
            {
                Status = RestoreStatus.Failed,
                EndedAt = DateTime.UtcNow,
                PreviousCopy = null,
                Detail = $"The process died at step {journal.Step}, before the swap; the live database was not changed.",
            },
            (JournalKind.Restore, _) => record with
            {
                Status = RestoreStatus.AwaitingVerdict,
                SwappedAt = record.SwappedAt ?? DateTime.UtcNow,
                PreviousCopy = previous,
                PreviousCopyBytes = previous is null ? null : engine.SizeOf(previous),
                Strategy = record.Strategy ?? (journal.ReplacesFile ? journal.TargetExisted ? "File" : "New" : "Contents"),
                Detail = side == LiveSide.Unknown
                    ? $"The process died at step {journal.Step}, and so much was written since that it cannot be told whether the swap had happened. Look at the data, then complete or undo."
                    : "The process died after the swap: the backup is live, and nobody has checked it.",
            },
            (_, LiveSide.Previous) => record,
            (_, LiveSide.Unknown) => record with
            {
                Status = RestoreStatus.AwaitingVerdict,
                UndoneCopy = previous,
                Detail = $"The process died undoing it, and so much was written since that it cannot be told whether the earlier database is live again. Look at the data, then complete or undo. {previous} holds what was live before the undo.",
            },
            _ => record with
            {
                Status = RestoreStatus.Undone,
                EndedAt = DateTime.UtcNow,
                UndoneCopy = previous,
                Detail = "Undone; the process died just after.",
            },
        };
    }

    private static string Describe(RestoreJournal journal, LiveSide side)
    {
        var what = $"The {journal.Kind.ToString().ToLowerInvariant()} {journal.RestoreId} of {journal.Target} was interrupted at step {journal.Step}";
        return side switch
        {
            LiveSide.Previous => $"{what} and has been rolled back; the live database had not changed.",
            LiveSide.Restored when journal.Kind == JournalKind.Undo => $"{what}, after the earlier database had gone live again: it counts as undone.",
            LiveSide.Restored => $"{what}, after the backup had gone live. Complete-PostryRestore or Undo-PostryRestore decides.",
            _ => $"{what}, and it cannot be told whether the swap had happened. Look at the data, then Complete-PostryRestore or Undo-PostryRestore decides.",
        };
    }
}
