using Postry.Ops.Engine.BackingUp;
using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Comparing;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Reporting;
using Postry.Ops.Engine.Restoring;
using Postry.Ops.Engine.Sqlite;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Engine;

/// <summary>
/// The engine's front door: every operation that a front end offers, over one repo root, backup root and key ring.
/// Methods throw <see cref="OpsException"/> for what an operator can act on and <see cref="OperationCanceledException"/> when cancelled;
/// both leave nothing half written. Long work runs on worker threads and reports through <see cref="IReporter"/>.
/// </summary>
public sealed class OpsEngine(OpsSettings settings, IReporter reporter)
{
    /// <summary>Roots and keys that the operations use.</summary>
    public OpsSettings Settings => settings;

    /// <summary>Hears what the operations say.</summary>
    public IReporter Reporter => reporter;

    /// <summary>What a backup of the request's source would do. Reads only.</summary>
    public Task<BackupPlan> PlanBackupAsync(BackupRequest request, CancellationToken cancellation = default) =>
        Task.Run(() => Backup(request).Plan(request), cancellation);

    /// <summary>Backs a database up into the backup root. Errors: SourceNotFound, NotADatabase, DatabaseDamaged, DatabaseBusy, AccessDenied, NotEnoughSpace, IntegrityKeyMissing.</summary>
    public Task<BackupSet> BackUpAsync(BackupRequest request, CancellationToken cancellation = default) =>
        Task.Run(() => Backup(request).RunAsync(request, cancellation), cancellation);

    /// <summary>The sets of the backup root that fit, newest first. Errors: AmbiguousBackup.</summary>
    public IReadOnlyList<BackupSet> ListBackups(BackupQuery query) => new BackupCatalog(settings).List(query);

    /// <summary>The one set that a selector means. Errors: SourceNotFound, AmbiguousBackup.</summary>
    public BackupSet FindBackup(BackupSelector selector) => new BackupCatalog(settings).Find(selector, "Find", null);

    /// <summary>Tests one set up to a level. A bad backup is a report that says Failed, not an exception.</summary>
    public Task<VerificationReport> TestAsync(BackupSelector selector, VerificationLevel level, CancellationToken cancellation = default) => Task.Run(
        () =>
        {
            var set = new BackupCatalog(settings).Find(selector, "Test", null);
            var named = Named($"Testing {set.Id}");
            // Of a manifest that is not what was signed nothing is believed, not even which engine it needs; the test ends at its signature.
            DatabaseMode? mode = set.Status is BackupStatus.Tampered or BackupStatus.Invalid ? null : set.Mode;
            return new VerificationOperation(settings, EngineFor(mode, set.BackupFile, named), named).RunAsync(set, level, cancellation);
        },
        cancellation);

    /// <summary>Compares a set with a live database, table by table. Reads only. Errors: SourceNotFound, NotADatabase, ManifestInvalid, SignatureMismatch.</summary>
    public Task<DatabaseComparison> CompareAsync(BackupSelector selector, string targetPath, CancellationToken cancellation = default) => Task.Run(
        async () =>
        {
            var target = Files.RealPath(targetPath);
            var set = new BackupCatalog(settings).Find(selector, "Compare", target);
            var named = Named($"Comparing {set.Id} with {target}");
            var engine = EngineFor(set.Mode, set.BackupFile, named);
            engine.Describe(target, "Compare");
            if (set.Status is not (BackupStatus.Complete or BackupStatus.Damaged) && new RestorePlanner(settings, engine, named).Distrust(set, allowUnverified: true) is { } distrust) throw distrust;
            if (set.Status == BackupStatus.Unverified) reporter.Warning($"{set.Id}: {set.StatusDetail} What it says of its contents is taken on trust.");
            return await new Comparer(engine).CompareAsync(ManifestFile.Read(set.ManifestFile, settings.Keys).Manifest!, target, cancellation).ConfigureAwait(false);
        },
        cancellation);

    /// <summary>Checks everything a restore depends on and says what it would do. Reads only. Problems are raised all at once.</summary>
    public Task<RestorePlan> PlanRestoreAsync(RestoreRequest request, CancellationToken cancellation = default)
    {
        var named = Named($"Planning the restore of {request.TargetPath}");
        return Task.Run(() => new RestorePlanner(settings, EngineFor(null, request.TargetPath, named), named).PlanAsync(request, cancellation), cancellation);
    }

    /// <summary>Carries a plan out: stage, verify, swap, check, commit.</summary>
    public Task<RestoreRecord> RestoreAsync(RestorePlan plan, CancellationToken cancellation = default)
    {
        var named = Named($"Restoring {plan.Target}");
        return Task.Run(() => new RestoreOperation(settings, EngineFor(plan.Backup.Mode, plan.Target, named), named).RunAsync(plan, cancellation), cancellation);
    }

    /// <summary>The records of restores, newest first. Reads only.</summary>
    public IReadOnlyList<RestoreRecord> ListRestores(RestoreSelector? selector = null) => new RestoreRecords(settings).List(selector ?? new RestoreSelector());

    /// <summary>What undoing a restore would do. Reads only.</summary>
    public Task<UndoPlan> PlanUndoAsync(RestoreSelector selector, CancellationToken cancellation = default) =>
        Task.Run(() => Undo("Planning an undo").PlanAsync(selector, cancellation), cancellation);

    /// <summary>Puts the database back that was live before a restore, and keeps what it replaces.</summary>
    public Task<RestoreRecord> UndoAsync(UndoPlan plan, CancellationToken cancellation = default) =>
        Task.Run(() => Undo($"Undoing the restore of {plan.Restore.Target}").RunAsync(plan, cancellation), cancellation);

    /// <summary>Accepts a restore that awaits its verdict.</summary>
    public Task<RestoreRecord> CompleteAsync(RestoreSelector selector, CancellationToken cancellation = default) =>
        Task.Run(() => Undo("Completing a restore").CompleteAsync(selector, cancellation), cancellation);

    /// <summary>The copies that restores and undos have kept, oldest first.</summary>
    public IReadOnlyList<PreviousCopy> ListPreviousCopies(string? targetPath = null) => Copies().List(targetPath is null ? null : Files.RealPath(targetPath));

    /// <summary>Removes one kept copy. Errors: TargetPending, DatabaseBusy, SourceNotFound.</summary>
    public PreviousCopy RemovePreviousCopy(PreviousCopy copy) => Copies().Remove(copy);

    /// <summary>Restores that await a verdict, or that a dead process left unfinished: what every command warns of.</summary>
    public IReadOnlyList<string> PendingWarnings() => [.. new RestoreRecords(settings).All().Select(PendingWarning).OfType<string>()];

    /// <summary>Takes away the lock that a process on another host left on the backup root. Returns what the lock said, or null where there was none.</summary>
    public string? UnlockBackupRoot()
    {
        var path = new BackupLayout(settings.BackupRoot).LockFile;
        if (!File.Exists(path)) return null;
        var owner = FileLock.ReadOwner(path)?.ToString() ?? "an unknown process";
        if (FileLock.IsHeld(path))
            throw new DatabaseBusyException("Unlock", settings.BackupRoot, $"A living process of this host holds the lock: {owner}.", "Wait until it has finished.");
        File.Delete(path);
        return owner;
    }

    private static string? PendingWarning(RestoreRecord record) => record.Status switch
    {
        RestoreStatus.AwaitingVerdict => $"The restore {record.RestoreId} of {record.Target} awaits its verdict: Complete-PostryRestore or Undo-PostryRestore decides.",
        RestoreStatus.InProgress when !FileLock.IsHeld(RestoreJournal.LockFor(record.Target)) =>
            $"The restore {record.RestoreId} of {record.Target} was interrupted: the next restore, Undo-PostryRestore or Complete-PostryRestore settles it.",
        _ => null,
    };

    private BackupOperation Backup(BackupRequest request)
    {
        var named = Named($"Backing up {request.Database ?? request.Path}");
        return new BackupOperation(settings, EngineFor(request.Mode, request.Path, named), named);
    }

    private UndoOperation Undo(string activity)
    {
        var named = Named(activity);
        return new UndoOperation(settings, EngineFor(null, settings.BackupRoot, named), named);
    }

    private PreviousCopies Copies() => new(settings, EngineFor(null, settings.BackupRoot, reporter));

    private OperationReporter Named(string activity) => new(reporter, activity);

    /// <summary>The one place that knows which engines there are.</summary>
    private SqliteEngine EngineFor(DatabaseMode? mode, string target, IReporter named) => mode is null or DatabaseMode.Sqlite
        ? new SqliteEngine(settings, named)
        : throw new ModeNotSupportedException("Open", target, $"This version of Postry.Ops works with SQLite; it has no engine for {mode} yet.", "Use -Mode sqlite with the path of an SQLite database.");
}
