using Postry.Ops.Engine.BackingUp;
using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Comparing;
using Postry.Ops.Engine.Reporting;
using Postry.Ops.Engine.Restoring;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Engine;

/// <summary>
/// The engine's front door: every operation that a front end offers, over one repo root, backup root and key ring.
/// Methods throw <see cref="Errors.OpsException"/> for what an operator can act on and <see cref="OperationCanceledException"/> when cancelled;
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
        throw new NotSupportedException();

    /// <summary>Backs a database up into the backup root. Errors: SourceNotFound, NotADatabase, DatabaseDamaged, DatabaseBusy, AccessDenied, NotEnoughSpace, IntegrityKeyMissing.</summary>
    public Task<BackupSet> BackUpAsync(BackupRequest request, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    /// <summary>The sets of the backup root that fit, newest first.</summary>
    public IReadOnlyList<BackupSet> ListBackups(BackupQuery query) => throw new NotSupportedException();

    /// <summary>The one set that a selector means. Errors: SourceNotFound, AmbiguousBackup, ManifestInvalid.</summary>
    public BackupSet FindBackup(BackupSelector selector) => throw new NotSupportedException();

    /// <summary>Tests one set up to a level. A bad backup is a report that says Failed, not an exception.</summary>
    public Task<VerificationReport> TestAsync(BackupSelector selector, VerificationLevel level, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    /// <summary>Compares a set with a live database, table by table. Reads only.</summary>
    public Task<DatabaseComparison> CompareAsync(BackupSelector selector, string targetPath, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    /// <summary>Checks everything a restore depends on and says what it would do. Reads only. Problems are raised all at once.</summary>
    public Task<RestorePlan> PlanRestoreAsync(RestoreRequest request, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    /// <summary>Carries a plan out: stage, verify, swap, check, commit.</summary>
    public Task<RestoreRecord> RestoreAsync(RestorePlan plan, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    /// <summary>The records of restores, newest first. Reads only.</summary>
    public IReadOnlyList<RestoreRecord> ListRestores(RestoreSelector? selector = null) => throw new NotSupportedException();

    /// <summary>What undoing a restore would do. Reads only.</summary>
    public Task<UndoPlan> PlanUndoAsync(RestoreSelector selector, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    /// <summary>Puts the database back that was live before a restore, and keeps what it replaces.</summary>
    public Task<RestoreRecord> UndoAsync(UndoPlan plan, CancellationToken cancellation = default) => throw new NotSupportedException();

    /// <summary>Accepts a restore that awaits its verdict.</summary>
    public Task<RestoreRecord> CompleteAsync(RestoreSelector selector, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    /// <summary>The copies that restores and undos have kept, oldest first.</summary>
    public IReadOnlyList<PreviousCopy> ListPreviousCopies(string? targetPath = null) => throw new NotSupportedException();

    /// <summary>Removes one kept copy.</summary>
    public PreviousCopy RemovePreviousCopy(PreviousCopy copy) => throw new NotSupportedException();

    /// <summary>Restores that await a verdict, or that a dead process left unfinished: what every command warns of.</summary>
    public IReadOnlyList<string> PendingWarnings() => throw new NotSupportedException();

    /// <summary>Takes away the lock that a process on another host left on the backup root. Returns what the lock said, or null where there was none.</summary>
    public string? UnlockBackupRoot() => throw new NotSupportedException();
}
