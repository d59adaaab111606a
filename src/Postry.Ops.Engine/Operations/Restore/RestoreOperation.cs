using System.Diagnostics;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Storage;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Restore;

/// <summary>
/// Runs a restore as a transaction: stage, verify, swap, check, commit. The live database does not change before the swap.
/// </summary>
internal sealed class RestoreOperation(OpsSettings settings, IDatabase database, IOperationObserver observer)
{
    private readonly IReadOnlyList<IRestoreParticipant> _parts = RestoreParticipants.Of(database, settings, observer);
    private string? _recordFile;

    /// <summary>Called after every durable step; tests kill the process there.</summary>
    internal Action<JournalStep>? OnStep { get; init; }

    /// <summary>Checks of the live database right after the swap, any failure of which undoes the restore.</summary>
    internal IReadOnlyList<Func<BackupManifest, CancellationToken, Task<Check>>> LiveChecks { get; init; } = [database.CheckLiveAsync];

    /// <summary>Restores, and returns the record. Errors: BackupCorrupt, DatabaseBusy, NotEnoughSpace, TargetPending, RestoreUndone,
    /// RestoreRefused where a smoke check of the staged copy does not pass, and those of the plan.</summary>
    public async Task<RestoreRecord> RunAsync(RestorePlan plan, CancellationToken cancellation)
    {
        try
        {
            var record = await TransactAsync(plan, cancellation);
            observer.Report(RestoreEnd.Of(record));
            return record;
        }
        catch (Exception e)
        {
            // The record on disk tells how it ended: an error may come after the swap, and a failed commit may have committed.
            var (record, error) = (_recordFile is null ? null : RestoreRecords.TryRead(_recordFile),
                OperationNet.Explain(e, plan.Request.Target));
            observer.Report(record is null ? new RestoreFailed(plan.Target, null, error) : RestoreEnd.Of(record, error));
            throw;
        }
    }

    private async Task<RestoreRecord> TransactAsync(RestorePlan plan, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        await using var held = await database.LockAsync(plan.ResolvedTarget, cancellation);
        // From the record on, the record keeps the backup; until then this does.
        using var lease = BackupLease.Take(settings, plan.Backup);
        await new RestoreRecovery(settings, database, observer).RecoverAsync(plan.ResolvedTarget, cancellation);
        using var files = await RuntimeLock.TakeAsync(plan.Runtime?.Root, plan.ResolvedTarget, cancellation);
        var backup = await RecheckAsync(plan, cancellation);
        var hooks = new HookRunner(plan.Request.Hooks, plan.Request.Target, observer);
        var smoke = new SmokeGate(settings, plan.Request, observer);
        await smoke.AskBeforeAsync(backup, cancellation);
        var record = Begin(plan);
        _recordFile = record.RecordFile;
        var journal = RestoreJournal.Begin(JournalKind.Restore, record, plan.ResolvedTarget, plan.TargetExists, record.StartedAt);
        var log = new SwapLog(database.AllocateNames(journal, record), OnStep);
        // The journal comes before the record, so that recovery finds every restore that has a record.
        log.Begin();
        SwapResult swap;
        try
        {
            RestoreRecords.Save(record);
            lease?.Dispose();
            log.Started();
            record = await StageAsync(afterCommand: false, plan, backup,
                record with { Checks = ChecksBefore(plan.Backup, backup.Manifest) }, log, cancellation);
            record = record with { Checks = [.. record.Checks, .. ArtefactReaders.For(backup.Manifest, observer).Unprovable] };
            log.Step(JournalStep.Staged);
            observer.Report(new RestoreStaged(record));
            // An application is not stopped for a copy that will not go live.
            var asked = await smoke.AskStagedAsync(database.StagedAddress(log.Journal), backup, cancellation);
            record = record with { Checks = [.. record.Checks, .. asked] };
            SmokeGate.RequirePassed(plan, asked);
            await hooks.BeforeSwapAsync(plan.Target, cancellation);
            record = await StageAsync(afterCommand: true, plan, backup, record, log, cancellation);
            swap = await database.SwapAsync(plan, backup, log, cancellation);
        }
        catch (Exception e)
        {
            var explained = await Failed().RollBackAsync(e, log.Journal, record, clock);
            await hooks.StartAgainAsync(plan.Target);
            throw explained;
        }

        try
        {
            record = Swapped(record, swap, log.Journal);
            return await FinishAsync(plan, backup.Manifest, record, log, hooks,
                () => smoke.AskAfterAsync(token => database.FindPreviousDamageAsync(plan, record, token), cancellation), clock);
        }
        catch (Exception e) when (RestoreRecords.IsUnwritten(e))
        {
            // The application that was stopped for the swap must run again, even if the record cannot be written.
            await hooks.StartAgainAsync(plan.Target);
            throw new TargetPendingException(plan.Target,
                $"The backup {plan.Backup.Id} is live at {plan.Target}, but the journal or the record could not be written: {e.Message}",
                $"Free space in {settings.BackupRoot} and beside the database, look at the data, then run {CommandName.CompleteRestore} " +
                    $"{OptionName.RestoreId} {record.RestoreId}, or " +
                    $"{CommandName.UndoRestore} {OptionName.RestoreId} {record.RestoreId}.", e);
        }
    }

    /// <summary>All that comes after the swap: the runtime files, the checks, and the verdict.</summary>
    private async Task<RestoreRecord> FinishAsync(RestorePlan plan, BackupManifest manifest, RestoreRecord record, SwapLog log,
        HookRunner hooks, Func<Task<IReadOnlyList<Check>>> askSmoke, Stopwatch clock)
    {
        log.Step(JournalStep.Swapped);
        IReadOnlyList<Check> live = [.. Follow(log.Journal), .. await CheckAsync(manifest, hooks)];
        // An application on data that failed a check is not asked.
        if (live.All(check => check.Status != CheckStatus.Failed)) live = [.. live, .. await askSmoke()];
        record = _parts.Aggregate(record with { Checks = [.. record.Checks, .. live] }, (known, part) => part.Restored(known, log.Journal));
        if (record.Checks.Any(check => check.Status == CheckStatus.Failed))
            throw await Failed().UndoAsync(record, log, clock);

        record = RestoreRecords.Save(Decide(record, live) with { Duration = clock.Elapsed });
        log.End();
        await new RestoreRecovery(settings, database, observer).TrySweepAsync(plan.ResolvedTarget);
        record = record with { DataLoss = await ExactLossAsync(plan, manifest, record), Duration = clock.Elapsed };
        try
        {
            RestoreRecords.Save(record);
        }
        catch (Exception e) when (RestoreRecords.IsUnwritten(e))
        {
            observer.Warning($"The record of {record.RestoreId} does not say exactly what was lost: {e.Message}");
        }

        observer.Detail(
            Invariant($"Restore {record.RestoreId}: {plan.Backup.Id} is live at {plan.Target} after {clock.Elapsed.TotalSeconds:F1} s."));
        return record;
    }

    private FailedRestore Failed() => new(settings, database, observer, OnStep);

    // An operator must decide on a restore that could not be checked after the swap.
    private RestoreRecord Decide(RestoreRecord record, IReadOnlyList<Check> live)
    {
        if (live.FirstOrDefault(check => check.Status == CheckStatus.Inconclusive) is not { } unsure)
            return record with { Status = RestoreStatus.Committed, EndedAt = DateTime.UtcNow };
        var detail = $"The backup is live, but the check {unsure.Name} is undecided: {Sentence.End(unsure.Actual)}";
        observer.Warning($"{record.RestoreId}: {detail} Look at the data. Then confirm the restore with {CommandName.CompleteRestore}, " +
            $"or undo it with {CommandName.UndoRestore}.");
        return record with { Status = RestoreStatus.AwaitingVerdict, Detail = detail };
    }

    /// <summary>The checks that need only the manifest: its signature and its plausibility.</summary>
    private static IReadOnlyList<Check> ChecksBefore(BackupSet set, BackupManifest manifest)
    {
        var signature = new Check("Signature", set.DatabaseStatus == BackupStatus.Complete ? CheckStatus.Passed : CheckStatus.Inconclusive,
            Detail: set.DatabaseStatusDetail);
        return manifest.Plausibility is { IsSuspicious: true } doubts ? [signature, doubts.ToCheck()] : [signature];
    }

    /// <summary>Prepares the parts that go live and checks all of them; what fails refuses the backup.</summary>
    private async Task<RestoreRecord> StageAsync(bool afterCommand, RestorePlan plan, LoadedBackup backup, RestoreRecord record,
        SwapLog log, CancellationToken cancellation)
    {
        foreach (var part in _parts.Where(part => part.StagesAfterCommand == afterCommand))
        {
            var prepared = await part.PrepareAsync(plan, backup, log, cancellation);
            ArtefactChecks.Require(plan.Backup, prepared);
            if (part.NeedsSafetyBackup(plan)) await new SafetyBackup(settings, database, observer).MakeAsync(log, cancellation);
            var staged = await part.StageAsync(plan, backup, log, cancellation);
            ArtefactChecks.Require(plan.Backup, staged.Checks);
            record = record with { Checks = [.. record.Checks, .. prepared, .. staged.Checks], Runtime = staged.Runtime ?? record.Runtime };
        }

        // The record tells what becomes of runtime files, and must be durable before the swap: an undo after a crash reads it there.
        return record.Runtime is null ? record : RestoreRecords.Save(record);
    }

    /// <summary>Makes live what the swap itself did not. A part that cannot follow is a failed check, which undoes all of the
    /// restore.</summary>
    private IEnumerable<Check> Follow(RestoreJournal journal) =>
        _parts.Select(part => part.CheckFollowed(journal, part.Follow(journal))).OfType<Check>();

    /// <summary>Runs the checks while the restore can still be undone automatically.</summary>
    private async Task<IReadOnlyList<Check>> CheckAsync(BackupManifest manifest, HookRunner hooks)
    {
        var checks = new List<Check>();
        foreach (var check in LiveChecks) checks.Add(await check(manifest, CancellationToken.None));
        if (await hooks.AfterSwapAsync(database.Name) is { } started) checks.Add(started);
        return checks;
    }

    /// <summary>Checks again everything that can have changed since the plan was made.</summary>
    private async Task<LoadedBackup> RecheckAsync(RestorePlan plan, CancellationToken cancellation)
    {
        var backup = ManifestReader.Read(plan.Backup.ManifestFile, settings.Keys);
        var set = backup.Set;
        if (BackupTrust.FindProblem(set, plan.AllowUnverified, settings.Keys) is { } distrust) throw distrust;
        if (set.Id != plan.Backup.Id || backup.ReadableManifest is not { } manifest)
            throw new BackupCorruptException(plan.Backup.ManifestFile,
                $"{plan.Backup.ManifestFile} was replaced by another backup after the restore was planned.", "Plan the restore again.");
        if (await database.ExistsAsync(cancellation) != plan.TargetExists)
            throw new RestoreRefusedException(plan.Target,
                $"{plan.Target} has {(plan.TargetExists ? "gone" : "appeared")} since the restore was planned.", "Plan the restore again.");
        if (new RestoreRecords(settings).All().FirstOrDefault(record => record.Status == RestoreStatus.AwaitingVerdict
            && plan.ResolvedTarget.Matches(record)) is { } open)
            throw UndoOperation.AwaitsVerdict(open);
        return (await ArtefactReaders.For(manifest, observer).ReadAsync(backup, check: false, cancellation)).Backup;
    }

    private RestoreRecord Begin(RestorePlan plan)
    {
        var (id, now) = (BackupKeys.NewId(), DateTime.UtcNow);
        return new RestoreRecord
        {
            RestoreId = id,
            BackupId = plan.Backup.Id,
            Database = plan.Backup.Database,
            Mode = database.Mode,
            Target = plan.Target,
            TargetIdentity = plan.ResolvedTarget.Identity,
            TargetDatabase = (plan.Request.Target as PostgresAddress)?.Database,
            Status = RestoreStatus.InProgress,
            BackupFile = plan.Backup.BackupFile,
            SnapshotAt = plan.Backup.SnapshotAt,
            Tags = plan.Backup.Tags,
            Deployed = plan.Backup.Deployed,
            StartedAt = now,
            DataLoss = plan.Comparison,
            NotHeld = plan.Backup.NotHeld,
            NoTablespaces = plan.Request.Postgres.NoTablespaces,
            Unverified = plan.Backup.DatabaseStatus != BackupStatus.Complete
            || plan.Runtime is { Set.DatabaseStatus: not BackupStatus.Complete },
            RecordFile = new RestoreRecords(settings).FileFor(id, now),
        };
    }

    private static RestoreRecord Swapped(RestoreRecord record, SwapResult swap, RestoreJournal journal) => record with
    {
        SwappedAt = DateTime.UtcNow,
        Strategy = swap.Strategy,
        Unavailable = swap.Unavailable,
        PreviousCopy = swap.PreviousCopy,
        PreviousCopyBytes = swap.PreviousBytes,
        WritesFrozen = journal.Server?.Frozen ?? false,
        BrokenObjects = swap.Broken,
    };

    /// <summary>
    /// Compares with the copy that was taken under the swap's own lock: other sessions could still write during the plan's comparison.
    /// </summary>
    private async Task<DatabaseComparison?> ExactLossAsync(RestorePlan plan, BackupManifest manifest, RestoreRecord record)
    {
        if (plan.Comparison is not { Compared: true } planned) return plan.Comparison;
        // The record is read when nobody can write to what was replaced any more.
        var known = planned with
        {
            Summary = planned.Summary.Replace(RestorePlanner.OthersCanWrite, OthersCouldWrite, StringComparison.Ordinal),
        };
        try
        {
            return database.Live is { } live && await live.ReadReplacedAsync(record, manifest, CancellationToken.None) is { } replaced
                ? Comparer.Compare(manifest, plan.Target, replaced)
                : known;
        }
        catch (OpsException)
        {
            return known;
        }
    }

    private const string OthersCouldWrite = ". Differences when the plan was made; others could write until the swap";
}
