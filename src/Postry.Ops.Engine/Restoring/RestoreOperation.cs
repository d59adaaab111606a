using System.Diagnostics;
using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Comparing;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Reporting;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Engine.Restoring;

/// <summary>Carries a restore out as a transaction: stage, verify, swap, check, commit. Until the swap nothing of the live database changes.</summary>
internal sealed class RestoreOperation(OpsSettings settings, IDatabaseEngine engine, IReporter reporter)
{
    private const string Operation = "Restore";
    private static readonly TimeSpan WaitForOtherRestore = TimeSpan.FromSeconds(5);

    /// <summary>Hears of every durable step; tests kill the process there.</summary>
    internal Action<JournalStep>? OnStep { get; init; }

    /// <summary>Checks of the live database right after the swap, any failure of which undoes the restore.</summary>
    internal IReadOnlyList<Func<BackupManifest, string, Check>> LiveChecks { get; init; } = [(manifest, target) => engine.CheckLive(manifest, target)];

    /// <summary>Restores, and returns the record. Errors: BackupCorrupt, DatabaseBusy, NotEnoughSpace, TargetPending, RestoreUndone, and those of the plan.</summary>
    public async Task<RestoreRecord> RunAsync(RestorePlan plan, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        using var held = await LockTargetAsync(plan.Target, Operation, cancellation).ConfigureAwait(false);
        await new InterruptedRestore(settings, engine, reporter).SettleAsync(plan.Target, cancellation).ConfigureAwait(false);
        var manifest = Recheck(plan);
        var record = Begin(plan);
        var journal = Journal(plan, record);
        // Before the record, so that there is no record of a restore that nothing could settle.
        journal.Save();
        SwapResult swap;
        try
        {
            RestoreRecords.Save(record);
            OnStep?.Invoke(JournalStep.Started);
            record = record with { Checks = await StageAsync(plan.Backup, manifest, journal.Stage, cancellation).ConfigureAwait(false) };
            journal = Step(journal, JournalStep.Staged);
            swap = await engine.SwapAsync(
                new SwapRequest
                {
                    Target = plan.Target,
                    Stage = journal.Stage,
                    Previous = journal.Previous,
                    Source = manifest.Source,
                    Mark = version => journal = journal with { SchemaVersion = version },
                    Step = (step, replaces) => journal = Step(journal with { ReplacesFile = replaces }, step),
                },
                cancellation).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw await RollBackAsync(e, journal, record, clock).ConfigureAwait(false);
        }

        journal = Step(journal, JournalStep.Swapped);
        record = Swapped(record, journal, swap);
        record = record with { Checks = [.. record.Checks, .. LiveChecks.Select(check => check(manifest, plan.Target))] };
        if (record.Checks.Any(check => check.Status == CheckStatus.Failed))
            throw await UndoByItselfAsync(record, journal, clock).ConfigureAwait(false);

        record = RestoreRecords.Save(record with { Status = RestoreStatus.Committed, EndedAt = DateTime.UtcNow, Duration = clock.Elapsed });
        journal.Remove();
        InterruptedRestore.SweepStages(plan.Target);
        record = RestoreRecords.Save(record with { DataLoss = await ExactLossAsync(plan, manifest, record).ConfigureAwait(false), Duration = clock.Elapsed });
        reporter.Verbose($"Restore {record.RestoreId}: {plan.Backup.Id} is live at {plan.Target} after {clock.Elapsed.TotalSeconds:F1} s.");
        return record;
    }

    /// <summary>The error for stored bytes that are not those that were signed.</summary>
    public static BackupCorruptException Corrupt(BackupSet set, Check failed) => new(Operation, set.BackupFile,
        $"{set.BackupFile} is damaged: {failed.Name}: expected {failed.Expected ?? "passed"}, found {failed.Actual ?? failed.Detail}.",
        "Use another backup, or bring this file back from where it is copied to. Test-PostryBackup shows every check.");

    /// <summary>Takes the lock of a target.</summary>
    public static Task<FileLock> LockTargetAsync(string target, string operation, CancellationToken cancellation)
    {
        if (!Directory.Exists(Path.GetDirectoryName(target)))
            throw new SourceNotFoundException(operation, target, $"The folder of {target} does not exist.", "Check the path.");
        return FileLock.AcquireAsync(RestoreJournal.LockFor(target), operation, target, WaitForOtherRestore, cancellation);
    }

    /// <summary>Unpacks a backup into a file and checks all of it; what fails refuses the backup.</summary>
    private async Task<IReadOnlyList<Check>> StageAsync(BackupSet set, BackupManifest manifest, string stage, CancellationToken cancellation)
    {
        var signature = new Check("Signature", set.Status == BackupStatus.Complete ? CheckStatus.Passed : CheckStatus.Inconclusive, Detail: set.StatusDetail);
        var bytes = await engine.UnpackAsync(manifest, set.BackupFile, stage, cancellation).ConfigureAwait(false);
        Require(set, bytes);
        var contents = await engine.CheckContentsAsync(manifest, stage, full: false, cancellation).ConfigureAwait(false);
        Require(set, contents);
        return [signature, .. bytes, .. contents];
    }

    private static void Require(BackupSet set, IReadOnlyList<Check> checks)
    {
        if (checks.FirstOrDefault(check => check.Status == CheckStatus.Failed) is { } failed) throw Corrupt(set, failed);
    }

    /// <summary>What can have changed since the plan was made is looked at again.</summary>
    private BackupManifest Recheck(RestorePlan plan)
    {
        var file = ManifestFile.Read(plan.Backup.ManifestFile, settings.Keys);
        var set = BackupCatalog.Describe(file);
        if (new RestorePlanner(settings, engine, reporter).Distrust(set, plan.AllowUnverified) is { } distrust) throw distrust;
        if (set.Id != plan.Backup.Id || file.Manifest is not { } manifest)
            throw new BackupCorruptException(Operation, plan.Backup.ManifestFile, $"{plan.Backup.ManifestFile} is another backup than when the restore was planned.", "Plan the restore again.");
        if (File.Exists(plan.Target) != plan.TargetExists)
            throw new RestoreRefusedException(Operation, plan.Target, $"{plan.Target} has {(plan.TargetExists ? "gone" : "appeared")} since the restore was planned.", "Plan the restore again.");
        if (new RestoreRecords(settings).All().FirstOrDefault(r => r.Target == plan.Target && r.Status == RestoreStatus.AwaitingVerdict) is { } open)
            throw UndoOperation.AwaitsVerdict(open);
        return manifest;
    }

    private RestoreRecord Begin(RestorePlan plan)
    {
        var (id, now) = (BackupLayout.NewId(), DateTime.UtcNow);
        return new RestoreRecord
        {
            RestoreId = id,
            BackupId = plan.Backup.Id,
            Database = plan.Backup.Database,
            Mode = engine.Mode,
            Target = plan.Target,
            Status = RestoreStatus.InProgress,
            BackupFile = plan.Backup.BackupFile,
            SnapshotAt = plan.Backup.SnapshotAt,
            StartedAt = now,
            DataLoss = plan.Comparison,
            Unverified = plan.Backup.Status != BackupStatus.Complete,
            RecordFile = new RestoreRecords(settings).FileFor(id, now),
        };
    }

    private static RestoreJournal Journal(RestorePlan plan, RestoreRecord record) => new()
    {
        Kind = JournalKind.Restore,
        RestoreId = record.RestoreId,
        Step = JournalStep.Started,
        RecordFile = record.RecordFile!,
        Target = plan.Target,
        Stage = RestoreJournal.StageFor(plan.Target, record.RestoreId),
        Previous = RestoreJournal.PreviousFor(plan.Target, record.StartedAt, record.RestoreId, JournalKind.Restore),
        TargetExisted = plan.TargetExists,
        StartedAt = record.StartedAt,
    };

    private RestoreJournal Step(RestoreJournal journal, JournalStep step)
    {
        var next = journal with { Step = step };
        next.Save();
        OnStep?.Invoke(step);
        return next;
    }

    private RestoreRecord Swapped(RestoreRecord record, RestoreJournal journal, SwapResult swap) => record with
    {
        SwappedAt = DateTime.UtcNow,
        Strategy = swap.Strategy,
        Unavailable = swap.Unavailable,
        PreviousCopy = swap.PreviousTaken ? journal.Previous : null,
        PreviousCopyBytes = swap.PreviousTaken ? engine.SizeOf(journal.Previous) : null,
    };

    /// <summary>Settles a restore that failed on its way to the swap, and returns the error to raise.</summary>
    private async Task<Exception> RollBackAsync(Exception cause, RestoreJournal journal, RestoreRecord record, Stopwatch clock)
    {
        var explained = Explain(cause, journal.Target);
        try
        {
            // Even a failing commit may have committed: which side is live is looked at, not assumed.
            var side = await new InterruptedRestore(settings, engine, SilentReporter.Instance).SettleAsync(journal, CancellationToken.None).ConfigureAwait(false);
            InterruptedRestore.SweepStages(journal.Target);
            if (RestoreRecords.TryRead(record.RecordFile!) is { } settled)
            {
                RestoreRecords.Save(settled with
                {
                    Duration = clock.Elapsed,
                    Checks = record.Checks,
                    Detail = side == LiveSide.Previous ? $"{explained.Message} The live database was not changed." : settled.Detail,
                });
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OpsException)
        {
            reporter.Warning($"The failed restore could not be tidied up ({e.Message}); the next restore of {journal.Target} does it.");
        }

        return explained;
    }

    /// <summary>Puts the database back that was live before, because the one that came in does not hold up.</summary>
    private async Task<Exception> UndoByItselfAsync(RestoreRecord record, RestoreJournal journal, Stopwatch clock)
    {
        var failed = record.Checks.First(check => check.Status == CheckStatus.Failed);
        record = RestoreRecords.Save(record with { Status = RestoreStatus.AwaitingVerdict, Detail = $"{failed.Name} failed: {failed.Actual}" });
        journal.Remove();
        InterruptedRestore.SweepStages(journal.Target);
        record = await new UndoOperation(settings, engine, reporter) { OnStep = OnStep }.SwapBackAsync(record, CancellationToken.None).ConfigureAwait(false);
        RestoreRecords.Save(record with { Duration = clock.Elapsed, Detail = $"Undone by itself, because a check failed: {failed.Name}: {failed.Actual}" });
        return new RestoreUndoneException(Operation, record.Target,
            $"The restore was undone: {failed.Name} failed after the swap ({failed.Actual}). The database that was live before is live again.",
            $"What the backup brought is kept at {record.UndoneCopy}. Use another backup.");
    }

    /// <summary>What was lost, by the copy that was taken under the swap's own lock: the plan's comparison was made while others could still write.</summary>
    private async Task<DatabaseComparison?> ExactLossAsync(RestorePlan plan, BackupManifest manifest, RestoreRecord record)
    {
        if (plan.Comparison is not { Compared: true } || record is not { PreviousCopy: { } copy, Strategy: "Contents" }) return plan.Comparison;
        try
        {
            return Comparer.Compare(manifest, plan.Target, await engine.ReadPrivateAsync(copy, manifest.Contents.Kind, CancellationToken.None).ConfigureAwait(false));
        }
        catch (OpsException)
        {
            return plan.Comparison;
        }
    }

    private static Exception Explain(Exception cause, string target) => cause switch
    {
        _ when Files.IsDiskFull(cause) => new NotEnoughSpaceException(Operation, target,
            $"The disk (or a quota or size limit) became full while restoring to {target}.", "Free space there, then restore again.", cause),
        UnauthorizedAccessException => new AccessDeniedException(Operation, target, cause.Message, "Run as the user who owns the database.", cause),
        _ => cause,
    };
}
