using System.Diagnostics;
using Postry.Ops.Engine.Comparing;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Reporting;

namespace Postry.Ops.Engine.Restoring;

/// <summary>Puts the database back that a restore replaced, by the same kind of swap, and keeps what it replaces in turn.</summary>
internal sealed class UndoOperation(OpsSettings settings, IDatabaseEngine engine, IReporter reporter)
{
    private const string Operation = "Undo";
    private readonly RestoreRecords _records = new(settings);

    /// <summary>Hears of every durable step; tests kill the process there.</summary>
    internal Action<JournalStep>? OnStep { get; init; }

    /// <summary>What undoing a restore would do. Reads only.</summary>
    public async Task<UndoPlan> PlanAsync(RestoreSelector selector, CancellationToken cancellation)
    {
        var record = _records.Find(selector, Operation, IsOpen);
        Require(record);
        var manifest = ManifestOf(record);
        var written = manifest is null || !File.Exists(record.Target)
            ? null
            : await new Comparer(engine).TryCompareAsync(manifest, record.Target, TimeSpan.FromSeconds(30), cancellation).ConfigureAwait(false);
        if (written is { Compared: true, Status: TableDifference.Equal }) written = written with { Summary = "nothing was written since the restore" };
        return new UndoPlan { Restore = record, WrittenSince = written, Summary = Summarise(record, written) };
    }

    /// <summary>Carries an undo out.</summary>
    public async Task<RestoreRecord> RunAsync(UndoPlan plan, CancellationToken cancellation)
    {
        var target = plan.Restore.Target;
        using var held = await RestoreOperation.LockTargetAsync(target, Operation, cancellation).ConfigureAwait(false);
        await new InterruptedRestore(settings, engine, reporter).SettleAsync(target, cancellation).ConfigureAwait(false);
        var record = RestoreRecords.TryRead(plan.Restore.RecordFile!) ?? throw Gone(plan.Restore);
        // An interrupted restore may just have been settled as one that never went live, or an interrupted undo as done.
        if (record.Status is RestoreStatus.Failed or RestoreStatus.Undone && plan.Restore.Status != record.Status) return record;
        Require(record);
        return await SwapBackAsync(record with { UndoLoss = plan.WrittenSince }, cancellation).ConfigureAwait(false);
    }

    /// <summary>The swap back. Only for a holder of the target's lock.</summary>
    public async Task<RestoreRecord> SwapBackAsync(RestoreRecord record, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        RequireSpace(record);
        var now = DateTime.UtcNow;
        var journal = new RestoreJournal
        {
            Kind = JournalKind.Undo,
            RestoreId = record.RestoreId,
            Step = JournalStep.Started,
            RecordFile = record.RecordFile!,
            Target = record.Target,
            Stage = StageFor(record),
            Previous = RestoreJournal.PreviousFor(record.Target, now, record.RestoreId, JournalKind.Undo),
            TargetExisted = File.Exists(record.Target),
            StartedAt = now,
        };
        journal.Save();
        OnStep?.Invoke(JournalStep.Started);
        SwapResult swap;
        try
        {
            if (IsByteCopy(record)) CopyBytes(record.PreviousCopy!, journal.Stage);
            journal = Step(journal, JournalStep.Staged);
            swap = await engine.SwapAsync(
                new SwapRequest
                {
                    Target = record.Target,
                    Stage = journal.Stage,
                    Previous = journal.Previous,
                    KeepStage = !IsByteCopy(record),
                    Source = ManifestOf(record)?.Source,
                    AsBytes = IsByteCopy(record),
                    Remove = record.Strategy == "New",
                    Mark = version => journal = journal with { SchemaVersion = version },
                    Step = (step, replaces) => journal = Step(journal with { ReplacesFile = replaces }, step),
                },
                cancellation).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await new InterruptedRestore(settings, engine, SilentReporter.Instance).SettleAsync(journal, CancellationToken.None).ConfigureAwait(false);
            InterruptedRestore.SweepStages(record.Target);
            if (Files.IsDiskFull(e)) throw new NotEnoughSpaceException(Operation, record.Target, $"The disk became full while undoing the restore of {record.Target}; nothing changed.", "Free space there, then undo again.", e);
            throw;
        }

        journal = Step(journal, JournalStep.Swapped);
        record = RestoreRecords.Save(record with
        {
            Status = RestoreStatus.Undone,
            EndedAt = DateTime.UtcNow,
            UndoneCopy = swap.PreviousTaken ? journal.Previous : null,
            Detail = FormattableString.Invariant($"Undone in {clock.Elapsed.TotalSeconds:F2} s, of which others were locked out for {swap.Unavailable.TotalSeconds:F2} s; what it replaced is kept."),
        });
        journal.Remove();
        InterruptedRestore.SweepStages(record.Target);
        return record;
    }

    /// <summary>Accepts a restore that awaits its verdict.</summary>
    public async Task<RestoreRecord> CompleteAsync(RestoreSelector selector, CancellationToken cancellation)
    {
        const string operation = "Complete";
        var found = _records.Find(selector, operation, record => record.Status is RestoreStatus.AwaitingVerdict or RestoreStatus.InProgress);
        using var held = await RestoreOperation.LockTargetAsync(found.Target, operation, cancellation).ConfigureAwait(false);
        var side = await new InterruptedRestore(settings, engine, reporter).SettleAsync(found.Target, cancellation).ConfigureAwait(false);
        var record = RestoreRecords.TryRead(found.RecordFile!) ?? throw Gone(found);
        return record.Status switch
        {
            // Nobody could know what they were accepting: the warning says so, and the next Complete is the verdict.
            RestoreStatus.AwaitingVerdict when side == LiveSide.Unknown => record,
            RestoreStatus.AwaitingVerdict => RestoreRecords.Save(record with { Status = RestoreStatus.Committed, EndedAt = DateTime.UtcNow, Detail = "Accepted by hand." }),
            // It turned out that the swap had not happened: there is nothing to accept, and the record says so.
            RestoreStatus.Failed when found.Status == RestoreStatus.InProgress => record,
            _ => throw new InvalidRequestException(operation, record.RestoreId, $"The restore {record.RestoreId} awaits no verdict: it is {record.Status}.", "Get-PostryRestore lists those that do."),
        };
    }

    /// <summary>The error for a target whose last restore nobody has judged yet.</summary>
    public static TargetPendingException AwaitsVerdict(RestoreRecord record) => new(Operation, record.Target,
        $"The restore {record.RestoreId} of {record.Target} awaits its verdict.",
        $"Look at the data, then run Complete-PostryRestore -RestoreId {record.RestoreId}, or Undo-PostryRestore -RestoreId {record.RestoreId}.");

    /// <summary>True where a restore can still be undone, or where that is yet to be found out.</summary>
    private static bool IsOpen(RestoreRecord record) => record.Status is RestoreStatus.Committed or RestoreStatus.AwaitingVerdict or RestoreStatus.InProgress;

    private void Require(RestoreRecord record)
    {
        if (FileLock.IsHeld(RestoreJournal.LockFor(record.Target)) && FileLock.ReadOwner(RestoreJournal.LockFor(record.Target))?.ProcessId != Environment.ProcessId)
            throw new DatabaseBusyException(Operation, record.Target, $"{record.Target} is being worked on: {FileLock.ReadOwner(RestoreJournal.LockFor(record.Target))}.", "Wait until that has finished.");
        if (!IsOpen(record))
        {
            throw new InvalidRequestException(Operation, record.RestoreId, $"The restore {record.RestoreId} cannot be undone: it is {record.Status}.",
                record.UndoneCopy is { } undone ? $"What it had brought is kept at {undone}." : "Get-PostryRestore lists the restores and how each ended.");
        }

        if (_records.All().FirstOrDefault(later => later.Target == record.Target && later.StartedAt > record.StartedAt
                && later.Status is (RestoreStatus.Committed or RestoreStatus.AwaitingVerdict)) is { } newer)
        {
            throw new InvalidRequestException(Operation, record.RestoreId, $"{record.Target} was restored again later, by {newer.RestoreId}.", $"Undo that one first: Undo-PostryRestore -RestoreId {newer.RestoreId}.");
        }

        if (record.Status != RestoreStatus.InProgress && record.Strategy != "New" && (record.PreviousCopy is null || engine.SizeOf(record.PreviousCopy) == 0))
        {
            throw new SourceNotFoundException(Operation, record.RestoreId, $"The copy of what was live before {record.RestoreId} is gone{(record.PreviousCopy is null ? "" : $": {record.PreviousCopy}")}.",
                "It was removed. Restore a backup from before instead: Restore-PostryDatabase -Before.");
        }
    }

    private void RequireSpace(RestoreRecord record)
    {
        var live = engine.SizeOf(record.Target);
        var needed = record.Strategy == "Contents" ? engine.SwapSpace(live, record.PreviousCopyBytes ?? 0) : record.PreviousCopyBytes ?? 0;
        var free = Files.FreeSpace(record.Target);
        if (free < needed)
            throw new NotEnoughSpaceException(Operation, record.Target, $"The undo needs {needed:N0} bytes beside {record.Target}, and {free:N0} are free.", "Free space there; Remove-PostryPreviousCopy drops older copies.");
    }

    /// <summary>The manifest of the backup that was restored; null where it is gone.</summary>
    private BackupManifest? ManifestOf(RestoreRecord record)
    {
        var path = record.BackupFile + BackupManifest.FileSuffix;
        return File.Exists(path) ? ManifestFile.Read(path, settings.Keys).Manifest : null;
    }

    private static bool IsByteCopy(RestoreRecord record) => record.Strategy == "File" && record.PreviousCopy is not null;

    private static string StageFor(RestoreRecord record) =>
        record.Strategy == "New" ? "" : IsByteCopy(record) ? RestoreJournal.StageFor(record.Target, record.RestoreId) : record.PreviousCopy!;

    private static void CopyBytes(string kept, string stage)
    {
        // The kept bytes stay: what goes live is a copy of them, side files included.
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(kept)!, Path.GetFileName(kept) + "*")) File.Copy(file, stage + file[kept.Length..]);
    }

    private RestoreJournal Step(RestoreJournal journal, JournalStep step)
    {
        var next = journal with { Step = step };
        next.Save();
        OnStep?.Invoke(step);
        return next;
    }

    private static SourceNotFoundException Gone(RestoreRecord record) => new(Operation, record.RestoreId, $"The record of the restore {record.RestoreId} is gone.", "Get-PostryRestore lists the restores.");

    private static string Summarise(RestoreRecord record, DatabaseComparison? written)
    {
        var lines = new List<string>
        {
            FormattableString.Invariant($"Undo the restore {record.RestoreId} of {record.Target} (backup {record.BackupId}, {record.StartedAt:yyyy-MM-dd HH:mm:ss} UTC)."),
            record.Status == RestoreStatus.InProgress ? "It was interrupted: first it is settled, and if the backup never went live there is nothing to undo."
            : record.Strategy == "New" ? "There was no database before: the live one is taken away and kept beside its place."
            : $"The database that was live before comes back from {record.PreviousCopy}; what is live now is kept beside it.",
        };
        if (written is not null) lines.Add($"Written since the restore: {written.Summary}.");
        return string.Join(Environment.NewLine, lines);
    }
}
