using System.Diagnostics;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Restore;

/// <summary>Puts the database back that a restore replaced, by the same kind of swap, and keeps what it replaces in turn.</summary>
internal sealed class UndoOperation(OpsSettings settings, Func<RestoreRecord, IDatabase> databases, IOperationObserver observer)
{
    private readonly RestoreRecords _records = new(settings);
    private bool _isUndone;

    /// <summary>Called after every durable step; tests kill the process there.</summary>
    internal Action<JournalStep>? OnStep { get; init; }

    /// <summary>Plans the undo of a restore. The method only reads.</summary>
    public async Task<UndoPlan> PlanAsync(RestoreSelector selector, CancellationToken cancellation)
    {
        var record = _records.Find(selector, IsOpen);
        await using var database = databases(record);
        var target = await LocateAsync(database, record, cancellation);
        await target.WaitUntilFreeAsync(cancellation);
        record = RestoreRecords.TryRead(record.RecordFile!) ?? throw Gone(record);
        await RequireAsync(record, database, target, cancellation);
        var restored = await LoadRestoredAsync(record, cancellation);
        var written = restored is null || database.Live is not { } live || !await database.ExistsAsync(cancellation)
            ? null
            : await new Comparer(live, record.BackupFile) { ContentsOnly = LeavesProperties(record) }.TryCompareAsync(restored.Manifest,
                TimeSpan.FromSeconds(30), cancellation);
        if (written is { Compared: true, Status: TableDifference.Equal })
            written =
                written with { Summary =
                $"no changes since the restore{(written.NotCompared.Count == 0 ? "" : " in what was compared")}" +
                $"{ComparisonText.NotCompared(written)}" };
        return new UndoPlan { Restore = record, Selector = selector, WrittenSince = written, Summary = Summarise(record, written) };
    }

    // Properties that a restore did not change do not count as written since then.
    private static bool LeavesProperties(RestoreRecord record) =>
        record.Strategy is RestoreStrategy.Schema or RestoreStrategy.InPlace;

    /// <summary>Carries an undo out.</summary>
    public async Task<RestoreRecord> RunAsync(UndoPlan plan, CancellationToken cancellation)
    {
        try
        {
            return await PutBackAsync(plan, cancellation);
        }
        catch (Exception e) when (!_isUndone)
        {
            observer.Report(new UndoFailed(plan.Restore, OperationNet.Explain(e, plan.Selector.Connection)));
            throw;
        }
    }

    private async Task<RestoreRecord> PutBackAsync(UndoPlan plan, CancellationToken cancellation)
    {
        await using var database = databases(plan.Restore);
        var target = await LocateAsync(database, plan.Restore, cancellation);
        await using var held = await database.LockAsync(target, cancellation);
        await new RestoreRecovery(settings, database, observer).RecoverAsync(target, cancellation);
        var record = RestoreRecords.TryRead(plan.Restore.RecordFile!) ?? throw Gone(plan.Restore);
        // The recovery may have found that an interrupted restore never went live, or that an interrupted undo was done.
        if (record.Status is RestoreStatus.Failed or RestoreStatus.Undone && plan.Restore.Status != record.Status) return record;
        await RequireAsync(record, database, target, cancellation);
        var (undone, unwritten) = await SwapBackAsync(record with { UndoLoss = plan.WrittenSince }, database, target, isAutomatic: false,
            cancellation);
        _isUndone = true;
        observer.Report(RestoreEnd.Of(undone));
        return unwritten is null ? undone : throw unwritten;
    }

    /// <summary>Swaps back. The caller must hold the target's lock.</summary>
    /// <param name="record">The restore.</param>
    /// <param name="database">The database.</param>
    /// <param name="target">The target whose lock is held.</param>
    /// <param name="isAutomatic">True if a failed restore undoes itself: it holds the lock of the runtime files as well, and puts back as
    /// many files as possible.</param>
    /// <param name="cancellation">Stops the undo before the swap.</param>
    /// <returns>The record after the undo, and the error if the undo is done but could not be recorded.</returns>
    public async Task<(RestoreRecord Record, OpsException? Unwritten)> SwapBackAsync(RestoreRecord record, IDatabase database,
        RestoreTarget target, bool isAutomatic, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        if (await (isAutomatic ? database.FindUndoObstacleAsync(record, cancellation) : FindObstacleAsync(record, database,
            cancellation)) is { } problem)
            throw problem;
        using var files = isAutomatic ? null : await RuntimeLock.TakeAsync(record.Runtime?.Root, target, cancellation);
        var journal = RestoreJournal.Begin(JournalKind.Undo, record, target, await database.ExistsAsync(cancellation), DateTime.UtcNow);
        var log = new SwapLog(database.AllocateNames(journal, record), OnStep);
        log.Begin();
        log.Started();
        SwapResult swap;
        var parts = RestoreParticipants.Of(database, settings, observer);
        IReadOnlyList<string> leftOut = [];
        try
        {
            leftOut = [.. parts.SelectMany(part => part.StageBack(record, log))];
            var safety = new SafetyBackup(settings, database, observer);
            var replaced = safety.Of(record);
            if (replaced is not null)
            {
                // A damaged set is found before a whole backup is made for nothing.
                var bytes = await ArtefactReaders.For(replaced.Manifest, observer).CheckBytesAsync(replaced, cancellation);
                ArtefactChecks.Require(replaced.Set, bytes);
                await safety.MakeAsync(log, cancellation);
            }

            swap = await database.SwapBackAsync(record, await LoadRestoredAsync(record, cancellation), replaced, log, cancellation);
        }
        catch (Exception e)
        {
            try
            {
                await new RestoreRecovery(settings, database, SilentObserver.Instance).RecoverAsync(log.Journal, CancellationToken.None);
                await database.SweepAsync(target, CancellationToken.None);
            }
            catch (OpsException notCleaned)
            {
                observer.Warning(
                    $"The failed undo could not be cleaned up ({notCleaned.Message}); the next undo or restore of {record.Target} " +
                    "does that.");
            }

            if (Files.IsDiskFull(e))
                throw new NotEnoughSpaceException(record.Target,
                    $"The disk became full while undoing the restore of {record.Target}; nothing changed.",
                    "Free space there, then undo again.", e);
            if (e is UnauthorizedAccessException)
                throw new AccessDeniedException(record.Target,
                    $"The restore of {record.Target} cannot be undone: {e.Message} Nothing changed.", "Run as the user who restored it.",
                    e);
            throw;
        }

        try
        {
            log.Step(JournalStep.Swapped);
        }
        catch (Exception e) when (RestoreRecords.IsUnwritten(e))
        {
            // The database itself tells on which side it is.
            observer.Warning($"The journal of {record.RestoreId} could not be written: {e.Message}");
        }

        IReadOnlyList<string> problems = [.. parts.SelectMany(part => part.Follow(log.Journal))];
        if (problems.Count > 0) foreach (var part in parts) part.DiscardStage(log.Journal);
        problems = [.. leftOut, .. problems];
        foreach (var file in problems)
            observer.Warning(
                $"A runtime file could not be put back: {file}{(file.EndsWith('.') ? "" : ".")} The file from before the restore is in " +
                $"{record.Runtime?.KeptFolder}.");
        record = parts.Aggregate(record, (known, part) => part.Undone(known, log.Journal));
        if (record.Runtime is { } runtime) record = record with { Runtime = runtime with { NotPutBack = problems } };
        record = record with
        {
            Status = RestoreStatus.Undone,
            EndedAt = DateTime.UtcNow,
            PreviousCopy = log.Journal.TakesKeptCopy ? null : record.PreviousCopy,
            PreviousCopyBytes = log.Journal.TakesKeptCopy ? null : record.PreviousCopyBytes,
            UndoneCopy = swap.PreviousCopy,
            UndoneCopyBytes = swap.PreviousBytes,
            Detail = FormattableString
                .Invariant(
                $"Undone in {clock.Elapsed.TotalSeconds:F2} s; others were blocked for {swap.Unavailable.TotalSeconds:F2} s; ")
                + $"the replaced data is kept.{RuntimeParticipant.NotPutBack(record)}",
        };
        try
        {
            RestoreRecords.Save(record);
            log.End();
        }
        catch (Exception e) when (RestoreRecords.IsUnwritten(e))
        {
            return (record, new TargetPendingException(record.Target,
                $"What was live at {record.Target} before the restore {record.RestoreId} is live again, but the record could not be " +
                    $"written: {e.Message}",
                $"Free space in {settings.BackupRoot}: the next command that restores, undoes or completes there writes it.", e));
        }

        await new RestoreRecovery(settings, database, observer).TrySweepAsync(target);
        return (record, null);
    }

    /// <summary>Confirms a restore that could not be checked.</summary>
    public async Task<RestoreRecord> CompleteAsync(RestoreSelector selector, CancellationToken cancellation)
    {
        var found = _records.Find(selector, record =>
            record.Status is RestoreStatus.AwaitingVerdict or RestoreStatus.InProgress);
        await using var database = databases(found);
        var target = await LocateAsync(database, found, cancellation);
        await using var held = await database.LockAsync(target, cancellation);
        var side = await new RestoreRecovery(settings, database, observer).RecoverAsync(target, cancellation);
        var record = RestoreRecords.TryRead(found.RecordFile!) ?? throw Gone(found);
        return record.Status switch
        {
            // The operator could not know what would be accepted: the warning says so, and the next Complete is the verdict.
            RestoreStatus.AwaitingVerdict when side == LiveSide.Unknown => record,
            RestoreStatus.AwaitingVerdict => Accept(record),
            // The swap had not happened: there is nothing to accept, and the record says so.
            RestoreStatus.Failed when found.Status == RestoreStatus.InProgress => record,
            _ => throw new InvalidRequestException(record.RestoreId,
                $"The restore {record.RestoreId} needs no decision: it is {record.Status}.",
                $"{CommandName.ListRestores} shows the status of every restore."),
        };
    }

    private RestoreRecord Accept(RestoreRecord record)
    {
        record = RestoreRecords
            .Save(record with { Status = RestoreStatus.Committed, EndedAt = DateTime.UtcNow, Detail = "Confirmed by the operator." });
        observer.Report(RestoreEnd.Of(record));
        return record;
    }

    /// <summary>
    /// Returns the target of a record, after making sure that the database at the address is the one that the record is about.
    /// </summary>
    public static async Task<RestoreTarget> LocateAsync(IAddressable database, RestoreRecord record,
        CancellationToken cancellation)
    {
        var target = await database.LocateAsync(cancellation);
        return target.Matches(record)
            ? target
            : throw new DifferentSourceException(record.RestoreId,
                $"The restore {record.RestoreId} was of {record.Target}; {target.Name} is another database.",
                $"Name the server of that restore with {OptionName.DatabaseUrl}.");
    }

    /// <summary>The error for a target whose last restore nobody has judged yet.</summary>
    public static TargetPendingException AwaitsVerdict(RestoreRecord record) => new(record.Target,
        $"The restore {record.RestoreId} of {record.Target} needs your decision.",
        $"Look at the data. Then confirm the restore with {CommandName.CompleteRestore} {OptionName.RestoreId} {record.RestoreId}, " +
            $"or undo it with {CommandName.UndoRestore} {OptionName.RestoreId} {record.RestoreId}.");

    /// <summary>True where a restore can still be undone, or where that is yet to be found out.</summary>
    private static bool IsOpen(RestoreRecord record) =>
        record.Status is RestoreStatus.Committed or RestoreStatus.AwaitingVerdict or RestoreStatus.InProgress;

    private async Task RequireAsync(RestoreRecord record, IRestorable database, RestoreTarget target, CancellationToken cancellation)
    {
        if (target.Busy() is { } busy) throw busy;
        if (!IsOpen(record))
        {
            throw new InvalidRequestException(record.RestoreId,
                $"The restore {record.RestoreId} cannot be undone: it is {record.Status}.",
                record.UndoneCopy is { } undone ? $"The data that it restored is kept at {undone}."
                    : $"{CommandName.ListRestores} lists the restores and how each ended.");
        }

        if (_records.All().FirstOrDefault(later =>
            (target.Matches(later) || (record.Runtime is { } files && later.Runtime?.Root == files.Root))
                && later.StartedAt > record.StartedAt
                && later.Status is (RestoreStatus.Committed or RestoreStatus.AwaitingVerdict)) is { } newer)
        {
            throw new InvalidRequestException(record.RestoreId,
                $"{newer.Target} was restored again later, by {newer.RestoreId}.",
                $"Undo that one first: {CommandName.UndoRestore} {OptionName.RestoreId} {newer.RestoreId}.");
        }

        // After an interruption it is not known yet whether there is anything to undo.
        var interrupted = record.Status == RestoreStatus.InProgress || RestoreJournal.Read(target)?.RestoreId == record.RestoreId;
        if (!interrupted && await FindObstacleAsync(record, database, cancellation) is { } problem) throw problem;
    }

    private static async Task<OpsException?> FindObstacleAsync(RestoreRecord record, IRestorable database,
        CancellationToken cancellation) =>
        await database.FindUndoObstacleAsync(record, cancellation)
            ?? (record.Runtime is { } runtime ? RuntimeStage.FindReturnObstacle(runtime, record.RestoreId) : null);

    /// <summary>The backup that was restored; null where it is gone or cannot be read.</summary>
    private async Task<LoadedBackup?> LoadRestoredAsync(RestoreRecord record, CancellationToken cancellation)
    {
        if (ManifestReader.TryReadBeside(record.BackupFile, settings.Keys) is not { ReadableManifest: { } manifest } backup) return null;
        var reading = await ArtefactReaders.For(manifest, observer).ReadAsync(backup, check: true, cancellation);
        return reading.Failed is null ? reading.Backup : null;
    }

    private static SourceNotFoundException Gone(RestoreRecord record) =>
        new(record.RestoreId, $"The record of the restore {record.RestoreId} is gone.",
            $"{CommandName.ListRestores} lists the restores.");

    private static string Summarise(RestoreRecord record, DatabaseComparison? written)
    {
        var lines = new List<string>
        {
            FormattableString
                .Invariant(
                $"Undo the restore {record.RestoreId} of {record.Target} (backup {record.BackupId}, ")
                + FormattableString.Invariant($"{record.StartedAt:yyyy-MM-dd HH:mm:ss} UTC)."),
            record.Status == RestoreStatus.InProgress
                ? "The restore was interrupted: recovery runs first, and if the backup never went live there is nothing to undo."
            : record.Strategy == RestoreStrategy.New
                ? "There was no database before the restore: the live one is moved away and kept."
            : record.Mode == DatabaseMode.Runtime ? "The runtime files that it replaced come back; the live ones are kept."
            : $"The database that was live before comes back from {record.PreviousCopy}; what is live now is kept.",
        };
        if (record.Mode != DatabaseMode.Runtime && record.Runtime is { } runtime
            && runtime.Files.Count(file => file.Change != RuntimeChange.Same && file.Kind != RuntimeEntryKind.Folder) is > 0 and var files)
            lines.Add($"{(files == 1 ? "The runtime file" : $"The {files} runtime files")} that it replaced in {runtime.Root} " +
                $"{(files == 1 ? "comes" : "come")} back, too.");
        if (written is not null) lines.Add($"Compared with the backup: {written.Summary}.");
        return string.Join(Environment.NewLine, lines);
    }
}
