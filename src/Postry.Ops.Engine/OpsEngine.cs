using System.Text;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations;
using Postry.Ops.Engine.Operations.Backup;
using Postry.Ops.Engine.Operations.Catalog;
using Postry.Ops.Engine.Operations.Comparison;
using Postry.Ops.Engine.Operations.Copying;
using Postry.Ops.Engine.Operations.Drills;
using Postry.Ops.Engine.Operations.Evidence;
using Postry.Ops.Engine.Operations.History;
using Postry.Ops.Engine.Operations.Removal;
using Postry.Ops.Engine.Operations.Restore;
using Postry.Ops.Engine.Operations.Scaffolding;
using Postry.Ops.Engine.Operations.Smoke;
using Postry.Ops.Engine.Operations.Status;
using Postry.Ops.Engine.Operations.Verification;
using Postry.Ops.Engine.Smoke;

namespace Postry.Ops.Engine;

/// <summary>
/// The engine's front door: every operation that a front end offers, over one repo root, backup root and key ring.
/// Methods throw <see cref="OpsException"/> for what an operator can act on and <see cref="OperationCanceledException"/> when cancelled;
/// both leave nothing half written. Operations run on threads of the pool (<see cref="OperationNet"/>) and report through <see
/// cref="IOperationObserver"/>.
/// </summary>
/// <param name="settings">Roots, keys and environment.</param>
/// <param name="observers">Receive the events of all operations.</param>
/// <param name="reported">The warnings that a command of several operations has reported before; null where each operation stands for
/// itself.</param>
public sealed class OpsEngine(OpsSettings settings, IReadOnlyList<IOperationObserver> observers, ReportedWarnings? reported = null)
{
    private readonly ObserverGroup _observers = new(observers);

    /// <summary>Roots and keys that the operations use.</summary>
    public OpsSettings Settings => settings;

    /// <summary>Plans a backup of the request's source. The method only reads.</summary>
    public Task<BackupPlan> PlanBackupAsync(BackupRequest request, CancellationToken cancellation = default) =>
        RunAsync("Backup", request.Source, () =>
            BackupAsync(request, (operation, configured) => operation.PlanAsync(configured, cancellation)), cancellation);

    /// <summary>Plans a backup that is to follow at once: a plan that ends with an error is a failed backup.</summary>
    public Task<BackupPlan> PlanBackupAttemptAsync(BackupRequest request, CancellationToken cancellation = default) =>
        RunAsync("Backup", request.Source, () =>
            BackupAsync(request, (operation, configured) => operation.PlanAttemptAsync(configured, cancellation)), cancellation);

    /// <summary>Backs a database up into the backup root, and copies the backup to the destinations of postry.json. A copy that fails does
    /// not undo the backup: it is in <see cref="BackupSet.Copies"/>. Errors: SourceNotFound, NotADatabase, DatabaseDamaged, DatabaseBusy,
    /// AccessDenied, NotEnoughSpace, IntegrityKeyMissing.</summary>
    public Task<BackupSet> BackUpAsync(BackupRequest request, CancellationToken cancellation = default) => RunAsync(
        "Backup", request.Source,
        async () =>
        {
            new EvidenceFiles(settings, Once()).SettleInterrupted();
            var set = await BackupAsync(request, (operation, configured) => operation.RunAsync(configured, cancellation));
            var copies = await Destinations.CopyNewAsync(settings, set, CopyObserver(set), cancellation);
            return copies.Count == 0 ? set : set with { Copies = copies };
        }, cancellation);

    /// <summary>Looks for what is unfinished, missing or foreign in the backup root. Reads only. Errors: SourceNotFound where there is no
    /// such folder, AccessDenied.</summary>
    public Task<CatalogReport> CheckCatalogAsync(CancellationToken cancellation = default) =>
        RunAsync("CheckCatalog", null, () => Task.FromResult(new CatalogCheck(settings, Once()).Run()), cancellation);

    /// <summary>Removes what killed commands left in the backup root, and reports all else untouched. Errors: those of the check,
    /// DatabaseBusy.</summary>
    public Task<CatalogReport> RepairCatalogAsync(CancellationToken cancellation = default) =>
        RecordedAsync("RepairCatalog", null, _ => new CatalogCheck(settings, Once()).RepairAsync(cancellation), HistoryOutcomes.Repaired,
            cancellation);

    /// <summary>The destinations that a command means. Errors: ConfigurationInvalid, and InvalidRequest where there is none.</summary>
    /// <param name="named">Names in postry.json, or folders; null for all destinations of postry.json.</param>
    /// <param name="fullPath">Makes a full path of a folder that the caller wrote.</param>
    public IReadOnlyList<CopyDestination> FindDestinations(IReadOnlyList<string>? named, Func<string, string> fullPath) =>
        Destinations.Find(settings, named, fullPath);

    /// <summary>Says what a copy of a backup would do. Reads only. Errors: those of the backup and of the destination.</summary>
    public Task<CopyPlan> PlanCopyAsync(BackupSelector selector, CopyDestination destination, CancellationToken cancellation = default) =>
        RunAsync("Copy", null, () => new BackupCopying(settings, destination, Once())
            .PlanAsync(new BackupCatalog(settings).Load(selector, null), cancellation), cancellation);

    /// <summary>Copies a backup to a destination. A copy that fails is a result. Errors: SourceNotFound and AmbiguousBackup for the
    /// backup, and InvalidRequest where the destination is the backup root.</summary>
    public Task<BackupCopy> CopyBackupAsync(BackupSelector selector, CopyDestination destination,
        CancellationToken cancellation = default) => RunAsync("Copy", null, () =>
        {
            var backup = new BackupCatalog(settings).Load(selector, null);
            return new BackupCopying(settings, destination, CopyObserver(backup.Set)).RunAsync(backup, cancellation);
        }, cancellation);

    /// <summary>Backs a database up, tests the backup at level Contents, and if it passes removes the backups and previous copies of this
    /// database that the policy of postry.json does not keep. A prune that fails is a warning. Errors: those of <see cref="BackUpAsync"/>
    /// and <see cref="TestAsync"/>.</summary>
    public Task<PrunedBackup> BackUpAndPruneAsync(BackupRequest request, CancellationToken cancellation = default) =>
        new PruneAfterBackup(_observers, () => BackUpAsync(request, cancellation),
            set => TestAsync(new BackupSelector { BackupFile = set.BackupFile }, VerificationLevel.Contents, null, cancellation),
            rules => PruneAsync(rules, cancellation)).RunAsync();

    /// <summary>Records a backup that failed before its source was known: postry.json is broken, or a variable is not set.</summary>
    /// <param name="database">The name that the caller gave, or null.</param>
    /// <param name="error">The error.</param>
    public void RecordFailedChoice(string? database, Exception error) =>
        new HistoryObserver(_observers, new HistoryLog(settings)).Report(new BackupFailed(null, error) { Database = database });

    /// <summary>The sets of the backup root that fit, newest first; with Latest the newest good one. Errors with Latest: SourceNotFound,
    /// AmbiguousBackup, SuspiciousBackup, IntegrityKeyMissing, WrongKey.</summary>
    public IReadOnlyList<BackupSet> ListBackups(BackupQuery query) => new BackupCatalog(settings).List(query);

    /// <summary>The newest backups, at most a hundred, that a shell can suggest: fast with any number of backups, and good for nothing
    /// else. Errors: UnauthorizedAccessException.</summary>
    public IReadOnlyList<BackupSet> SuggestBackups(SuggestedBackups wanted) => Suggestions().Newest(wanted);

    /// <summary>The newest backup of each database that a shell can suggest. Errors: UnauthorizedAccessException.</summary>
    /// <param name="prefix">The beginning of the database's name, whatever its case.</param>
    public IReadOnlyList<BackupSet> SuggestDatabases(string prefix) => Suggestions().Databases(prefix);

    /// <summary>The labels that a shell can suggest, those of the newest backups first. Errors: UnauthorizedAccessException.</summary>
    /// <param name="prefix">The beginning of the label, whatever its case.</param>
    public IReadOnlyList<SuggestedLabel> SuggestLabels(string prefix) => Suggestions().Labels(prefix);

    /// <summary>The one set that a selector means. Errors: SourceNotFound, AmbiguousBackup.</summary>
    public BackupSet FindBackup(BackupSelector selector) => new BackupCatalog(settings).Load(selector, null).Set;

    /// <summary>Plans the removal of one set. The method only reads. Errors: SourceNotFound, AmbiguousBackup, BackupPinned,
    /// RestoreRefused.</summary>
    /// <param name="selector">The set.</param>
    /// <param name="listed">Every set of the backup root, where the caller plans many removals; null to list them.</param>
    public RemovalPlan PlanRemoval(BackupSelector selector, IReadOnlyCollection<BackupSet>? listed = null) =>
        new BackupRemoval(settings, _observers, listed).Plan(new BackupCatalog(settings).Load(selector, null).Set);

    /// <summary>Refuses removals that together would leave a database without a good backup. Reads only. Errors: LastBackup.</summary>
    public void RequireOtherBackups(IReadOnlyCollection<RemovalPlan> plans) =>
        new BackupRemoval(settings, _observers).RequireOthers([.. plans.Select(plan => plan.Backup)]);

    /// <summary>Removes one set with all that belongs to it. Errors: LastBackup unless that is allowed; BackupPinned; RestoreRefused where
    /// a restore still needs it, DatabaseBusy, AccessDenied.</summary>
    public Task<RemovalPlan> RemoveBackupAsync(RemovalPlan plan, bool allowLast, CancellationToken cancellation = default) =>
        RecordedAsync(HistoryOutcomes.About(HistoryOutcomes.Begun("Remove"), plan.Backup), null,
            _ => new BackupRemoval(settings, _observers).RunAsync(plan.Backup, allowLast, cancellation), HistoryOutcomes.Removed,
            cancellation);

    /// <summary>Removes sets with all that belongs to them, under one lock. One that cannot be removed does not keep the others. Errors:
    /// LastBackup before the first unless that is allowed; DatabaseBusy, AccessDenied.</summary>
    /// <param name="plans">The sets.</param>
    /// <param name="allowLast">True where databases may be left without a good backup.</param>
    /// <param name="done">Hears of each set, with what was done or with what was in the way.</param>
    /// <param name="cancellation">Stops it between two sets.</param>
    public Task RemoveBackupsAsync(IReadOnlyList<RemovalPlan> plans, bool allowLast, Action<BackupSet, RemovalPlan?, OpsException?> done,
        CancellationToken cancellation = default) => RunAsync("Remove", null, async () =>
        {
            await new BackupRemoval(settings, _observers).RunAsync([.. plans.Select(plan => plan.Backup)], allowLast, done, cancellation);
            return plans.Count;
        }, cancellation);

    /// <summary>Says what pinning or unpinning a set would do. Reads only. Errors: SourceNotFound, AmbiguousBackup, InvalidRequest for an
    /// end in the past, IntegrityKeyMissing, WeakKey.</summary>
    public PinPlan PlanPin(PinRequest request) => new BackupPinning(settings).Plan(request);

    /// <summary>Pins a set so that nothing removes it, or unpins it. Errors: those of the plan, AccessDenied, NotEnoughSpace.</summary>
    public Task<BackupSet> PinAsync(PinPlan plan, CancellationToken cancellation = default) =>
        RecordedAsync(HistoryOutcomes.About(HistoryOutcomes.Begun(plan.Request.Pinned ? "Pin" : "Unpin"), plan.Backup), null,
            _ => Task.FromResult(new BackupPinning(settings).Run(plan)), HistoryOutcomes.Pinned, cancellation);

    /// <summary>Says which backups and previous copies a retention policy would keep and remove, and why. Reads only. Errors:
    /// IntegrityKeyMissing, InvalidRequest where no rule keeps anything, ConfigurationInvalid, SourceNotFound.</summary>
    public RetentionReport PlanPruning(RetentionRequest request) => Pruning().Plan(request);

    /// <summary>Removes the backups that a retention policy does not keep. Errors: those of the plan, DatabaseBusy, AccessDenied.</summary>
    public Task<RetentionReport> PruneAsync(RetentionRequest request, CancellationToken cancellation = default) =>
        RecordedAsync("Prune", null, _ => Pruning().RunAsync(request, cancellation), HistoryOutcomes.Pruned, cancellation);

    /// <summary>Tests one set up to a level. A bad backup is a report that says Failed, not an exception.</summary>
    /// <param name="selector">The set.</param>
    /// <param name="level">The level of the test.</param>
    /// <param name="trialServer">PostgreSQL, level Restore: a server where a scratch database may be made, instead of a throw-away one on
    /// this machine; or null.</param>
    /// <param name="cancellation">Stops the test.</param>
    public Task<VerificationReport> TestAsync(BackupSelector selector, VerificationLevel level, DatabaseAddress? trialServer = null,
        CancellationToken cancellation = default) => RecordedAsync(
        HistoryOutcomes.Begun("Test"), trialServer,
        async recorder =>
        {
            var backup = new BackupCatalog(settings).Load(selector, null, allowSuspicious: true);
            recorder.IsAbout(backup.Set);
            using var lease = BackupLease.Take(settings, backup.Set);
            var named = Named($"Testing {backup.Set.Id}");
            new EvidenceFiles(settings, named).SettleInterrupted();
            if (trialServer is PostgresAddress server) WithWarning(server, named);
            BackupTrust.WarnIfSuspicious(backup.Set, named);
            return await new VerificationOperation(settings, (isolated, address) => DatabaseAt(isolated, address, named), named)
            {
                TrialServer = trialServer,
                Evidence = report => new TestEvidence(settings, named).Add(backup, trialServer, report),
            }.RunAsync(backup, level, cancellation);
        }, HistoryOutcomes.Tested, cancellation);

    /// <summary>Plans a restore drill. The method only reads. Errors: InvalidRequest, RestoreRefused, NotEnoughSpace, IntegrityKeyMissing,
    /// and those of reaching the database and of choosing a backup.</summary>
    public Task<DrillPlan> PlanDrillAsync(DrillRequest request, CancellationToken cancellation = default) => RunAsync(
        "Drill", SourceOf(request), () => Drill("Planning a restore drill").PlanAsync(request, cancellation), cancellation);

    /// <summary>Makes a restore drill at a place of its own, and signs the evidence. A drill that did not pass is a result. Errors: those
    /// of the plan.</summary>
    public Task<RestoreDrill> DrillAsync(DrillRequest request, CancellationToken cancellation = default) => RecordedAsync(
        "Drill", SourceOf(request), _ => Drill("Restore drill").RunAsync(request, cancellation), HistoryOutcomes.Drilled, cancellation);

    /// <summary>Compares a set with a live database, table by table. Reads only. Errors: SourceNotFound, NotADatabase, ManifestInvalid,
    /// SignatureMismatch, and those of reaching it.</summary>
    public Task<DatabaseComparison> CompareAsync(BackupSelector selector, DatabaseAddress target, CancellationToken cancellation =
        default) => RecordedAsync(
        "Compare", target,
        async _ =>
        {
            var named = Named($"Comparing a backup with {target}");
            await using var database = DatabaseAt(target, named);
            return await new ComparisonOperation(settings, database, named).RunAsync(selector, cancellation);
        }, HistoryOutcomes.Compared, cancellation);

    /// <summary>The smoke checks that would be made. Asks nothing. Errors: InvalidRequest, SourceNotFound, ConfigurationInvalid.</summary>
    public IReadOnlyList<SmokePlan> PlanSmoke(SmokeRequest request) => new SmokeOperation(settings, _observers).Plan(request);

    /// <summary>Makes smoke checks side by side. A check that does not pass is a result. Errors: those of <see cref="PlanSmoke"/>, and
    /// AccessDenied where the file for a baseline cannot be written.</summary>
    public Task<SmokeReport> SmokeAsync(SmokeRequest request, CancellationToken cancellation = default) =>
        RecordedAsync("Smoke", request.Database,
            _ => new SmokeOperation(settings, Named("Making smoke checks")).RunAsync(request, cancellation), HistoryOutcomes.Smoked,
            cancellation);

    /// <summary>Writes the results of smoke checks as JUnit XML, in place of an older file. Errors: AccessDenied, NotEnoughSpace,
    /// SourceNotFound where the folder is not there.</summary>
    public static void WriteJUnit(SmokeReport report, string path) => ResultFile.Write(path, JUnitReport.Of(report));

    /// <summary>Checks everything a restore depends on and says what it would do. Reads only. Problems are raised all at once.</summary>
    public Task<RestorePlan> PlanRestoreAsync(RestoreRequest request, CancellationToken cancellation = default) => RunAsync(
        "Restore", request.Target,
        async () =>
        {
            var named = Named($"Planning the restore of {request.Target}");
            await using var database = DatabaseAt(request.Target, named);
            return await new RestorePlanner(settings, database, named).PlanAsync(request, cancellation);
        }, cancellation);

    /// <summary>Carries a plan out: stage, verify, swap, check, commit.</summary>
    public Task<RestoreRecord> RestoreAsync(RestorePlan plan, CancellationToken cancellation = default) => RecordedAsync(
        HistoryOutcomes.About(HistoryOutcomes.Begun("Restore", plan.Request.Target), plan.Backup), plan.Request.Target,
        async recorder =>
        {
            var named = new NamedObserver(recorder, $"Restoring {plan.Target}");
            await using var database = DatabaseAt(plan.Request.Target, named);
            return await new RestoreOperation(settings, database, named).RunAsync(plan, cancellation);
        }, HistoryOutcomes.Restored, cancellation);

    /// <summary>The evidence of drills and tests that fits, newest first, each file checked. Reads only. Errors: AccessDenied.</summary>
    public IReadOnlyList<RestoreDrill> ListDrills(DrillQuery query) => new EvidenceOperation(settings, Once()).List(query);

    /// <summary>Verifies one evidence file, below a backup root or not. A changed file is a report that says Failed. Errors:
    /// SourceNotFound, and InvalidRequest or AccessDenied for a public key that cannot be used.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="publicKeyFile">Full path of the public key that must have signed it; null for that of the environment.</param>
    public EvidenceReport VerifyEvidence(string path, string? publicKeyFile = null) =>
        new EvidenceOperation(settings, Once()).Verify(path, publicKeyFile);

    /// <summary>Adds a signed note to evidence, which stays as it is. Errors: SourceNotFound, InvalidRequest, SignatureMismatch,
    /// IntegrityKeyMissing, WeakKey, AccessDenied, NotEnoughSpace.</summary>
    public Task<DrillNote> AddDrillNoteAsync(string drillId, string text, CancellationToken cancellation = default) =>
        RecordedAsync(HistoryOutcomes.Begun("AddDrillNote") with { DrillId = drillId }, null,
            _ => Task.FromResult(new EvidenceOperation(settings, Once()).AddNote(drillId, text)), HistoryOutcomes.Noted, cancellation);

    /// <summary>The files of an evidence key that would be made in a folder. Errors: those of <see cref="WriteEvidenceKey"/>.</summary>
    public IReadOnlyList<string> PlanEvidenceKey(string folder) => new EvidenceOperation(settings, Once()).PlanKey(folder);

    /// <summary>Makes an evidence key. Errors: SourceNotFound where the folder does not exist, DestinationExists, InvalidRequest in the
    /// folder of the backups, AccessDenied.</summary>
    public EvidenceKeyFiles WriteEvidenceKey(string folder) => new EvidenceOperation(settings, Once()).WriteKey(folder);

    /// <summary>The records of restores, newest first. Reads only.</summary>
    public IReadOnlyList<RestoreRecord> ListRestores(RestoreSelector? selector = null) =>
        new RestoreRecords(settings).List(selector ?? new RestoreSelector());

    /// <summary>Plans the undo of a restore. The method only reads.</summary>
    public Task<UndoPlan> PlanUndoAsync(RestoreSelector selector, CancellationToken cancellation = default) =>
        RunAsync("Undo", selector.Connection ?? selector.Target, () =>
            UndoAsync(Named("Planning an undo"), selector, (undo, named) => undo.PlanAsync(named, cancellation), cancellation),
            cancellation);

    /// <summary>Puts the database back that was live before a restore, and keeps what it replaces.</summary>
    public Task<RestoreRecord> UndoAsync(UndoPlan plan, CancellationToken cancellation = default) =>
        RecordedAsync(HistoryOutcomes.About(HistoryOutcomes.Begun("Undo"), plan.Restore), plan.Selector.Connection ?? plan.Selector.Target,
            _ => UndoAsync(Named($"Undoing the restore of {plan.Restore.Target}"), plan.Selector, (undo, _) =>
                undo.RunAsync(plan, cancellation), cancellation), HistoryOutcomes.Undone, cancellation);

    /// <summary>Confirms a restore that could not be checked.</summary>
    public Task<RestoreRecord> CompleteAsync(RestoreSelector selector, CancellationToken cancellation = default) =>
        RecordedAsync(HistoryOutcomes.Begun("Complete", selector.Target) with { RestoreId = selector.RestoreId },
            selector.Connection ?? selector.Target,
            recorder => UndoAsync(new NamedObserver(recorder, "Completing a restore"), selector,
                (undo, named) => undo.CompleteAsync(named, cancellation), cancellation), HistoryOutcomes.Completed, cancellation);

    /// <summary>The copies that restores and undos have kept, oldest first.</summary>
    public IReadOnlyList<PreviousCopy> ListPreviousCopies(DatabaseAddress? target = null)
    {
        var copies = new PreviousCopies(settings).List(null, target as PostgresAddress);
        return target is null ? copies : [.. copies.Where(copy => copy.Target == target.Name)];
    }

    /// <summary>Removes one kept copy. Errors: TargetPending, DatabaseBusy, SourceNotFound, and those of reaching its server.</summary>
    /// <param name="copy">The copy.</param>
    /// <param name="connection">The address of the server that the copy lies on; null for DATABASE_URL.</param>
    /// <param name="cancellation">Stops waiting for the server.</param>
    public Task<PreviousCopy> RemovePreviousCopyAsync(PreviousCopy copy, DatabaseAddress? connection = null,
        CancellationToken cancellation = default) => RecordedAsync(
        HistoryOutcomes.Removed(HistoryOutcomes.Begun("RemovePreviousCopy"), copy), connection,
        _ => RemoveCopyAsync(copy, connection, cancellation), HistoryOutcomes.Removed, cancellation);

    /// <summary>Restores that await a verdict, or that a dead process left unfinished: what every command warns of.</summary>
    public IReadOnlyList<string> PendingWarnings()
    {
        try
        {
            return [.. new RestoreRecords(settings).Pending().Select(PendingWarning)];
        }
        catch (AccessDeniedException e)
        {
            return [$"The records of restores cannot be read, so a restore may need your decision. {e.Message}"];
        }
    }

    /// <summary>How well each database of postry.json and of the catalogue could be recovered now. Reads only, and asks no database.
    /// Errors: ConfigurationInvalid, AccessDenied; SourceNotFound where no database has such a name.</summary>
    /// <param name="database">Logical name of the databases, with the wildcards * and ?; null for all.</param>
    /// <param name="cancellation">Stops it before it begins.</param>
    public Task<IReadOnlyList<RecoveryStatus>> StatusAsync(string? database = null, CancellationToken cancellation = default) =>
        RunAsync("Status", null, () => Task.FromResult(new StatusOperation(settings, Once()).Run(database)), cancellation);

    /// <summary>The metrics of statuses; docs/monitoring.md lists them.</summary>
    public static IReadOnlyList<MetricSample> Metrics(IReadOnlyList<RecoveryStatus> statuses) => RecoveryMetrics.Of(statuses);

    /// <summary>Metrics in the text format of Prometheus.</summary>
    public static string MetricsText(IReadOnlyList<MetricSample> samples) => PrometheusText.Of(samples);

    /// <summary>Writes metrics for the textfile collector of Prometheus' node exporter, in place of an older file. Errors: AccessDenied,
    /// NotEnoughSpace, SourceNotFound where the folder is not there.</summary>
    public static void WriteMetrics(IReadOnlyList<MetricSample> samples, string path) =>
        ResultFile.Write(path, Encoding.UTF8.GetBytes(PrometheusText.Of(samples)));

    /// <summary>Every effective setting and where it came from, secrets masked. Errors: ConfigurationInvalid.</summary>
    public IReadOnlyList<EffectiveSetting> ListSettings() => new EffectiveSettings(settings).List();

    /// <summary>
    /// Plans a first postry.json for the repo root, and a file with a new key if a path for one is given. The method only reads. Errors:
    /// SourceNotFound, AccessDenied; DestinationExists unless an existing file may be replaced; InvalidRequest for a key file in the
    /// folder of the backups.
    /// </summary>
    public StarterConfiguration PlanConfiguration(bool replace, string? keyFile = null) =>
        ConfigurationStarter.Plan(settings, replace, keyFile);

    /// <summary>Writes it. Errors: DestinationExists, AccessDenied, NotEnoughSpace.</summary>
    public StarterConfiguration WriteConfiguration(StarterConfiguration plan, bool replace)
    {
        ConfigurationStarter.Write(plan, settings, replace);
        return plan;
    }

    /// <summary>Runs a job that no other process runs at the same time, and writes how it ended into the history. Errors: DatabaseBusy
    /// where the job is running for longer than the settings allow to wait, or a lock of another host was left; AccessDenied,
    /// NotEnoughSpace, and those of the work.</summary>
    /// <param name="job">The name of the job.</param>
    /// <param name="skipIfRunning">True for a report that says Skipped, and by whom, where another process of this host is running the
    /// job.</param>
    /// <param name="work">The job.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<JobReport> RunJobAsync(string job, bool skipIfRunning, Func<Task<JobReport>> work,
        CancellationToken cancellation = default) => RunAsync("Job", null,
        () => new LockedJob(settings, Once(), job).RunAsync(skipIfRunning, work, cancellation), cancellation);

    /// <summary>A command as it may be shown: what looks like a secret in it is masked.</summary>
    public static string MaskCommand(string command) => SecretMask.Command(command);

    /// <summary>Runs a command of the operator in the repo root by the system's shell, without the variables that hold secrets of this
    /// program, and returns what was wrong with it, or null. Its output is reported line by line as details.</summary>
    /// <param name="name">The name of the command in what is reported.</param>
    /// <param name="command">The command.</param>
    /// <param name="timeout">The time after which the command is stopped with all that it has started.</param>
    /// <param name="variables">Variables of its environment.</param>
    /// <param name="cancellation">Stops the command.</param>
    public Task<string?> RunCommandAsync(string name, string command, TimeSpan timeout, IReadOnlyDictionary<string, string?> variables,
        CancellationToken cancellation = default) => RunAsync("Command", null,
        async () =>
        {
            var problem = await new OperatorCommand(Once()) { Folder = settings.RepoRoot }
                .RunAsync(name, command, timeout, variables, cancellation);
            return problem is null ? null : $"The command failed: {Sentence.End(problem.Text)}";
        }, cancellation);

    /// <summary>The finished operations of the backup root that fit, newest first, and the damage to the history. Reads only. Errors:
    /// SourceNotFound where there is no backup root, AccessDenied.</summary>
    public HistoryReport History(HistoryQuery query) => new HistoryOperation(settings).Run(query);

    /// <summary>Removes the lock that a process on another host left on the backup root. Returns what the lock said, or null where there
    /// was none.</summary>
    public Task<string?> UnlockBackupRootAsync(CancellationToken cancellation = default) =>
        RecordedAsync("Unlock", null, _ => Task.FromResult(UnlockBackupRoot()), HistoryOutcomes.Unlocked, cancellation);

    private string? UnlockBackupRoot()
    {
        string?[] owners = [BackupStores.Of(settings).Unlock(), .. new BegunDrills(settings).Unlock(),
            .. new JobLocks(settings).Unlock()];
        return owners.Any(owner => owner is not null) ? string.Join("; ", owners.OfType<string>().Distinct()) : null;
    }

    private BackupSuggestions Suggestions() => new(BackupStores.Of(settings), settings.Keys);

    private BackupPruning Pruning() => new(settings, _observers, (copy, cancellation) => RemoveCopyAsync(copy, null, cancellation));

    private async Task<PreviousCopy> RemoveCopyAsync(PreviousCopy copy, DatabaseAddress? connection, CancellationToken cancellation)
    {
        var copies = new PreviousCopies(settings);
        var record = copies.Named(copy);
        await using var database = DatabaseOf(record, connection, Once());
        await UndoOperation.LocateAsync(database, record, cancellation);
        return await copies.RemoveAsync(copy, record, database, cancellation);
    }

    private DrillOperation Drill(string activity)
    {
        var named = Named(activity);
        return new DrillOperation(settings, (isolated, address) => DatabaseAt(isolated, address, named),
            (request, cancellation) => BackupAsync(request, (operation, full) => operation.RunAsync(full, cancellation)), named);
    }

    private static DatabaseAddress? SourceOf(DrillRequest request) => request.Fresh?.Source ?? request.Source;

    private static string PendingWarning(RestoreRecord record) => record.Status == RestoreStatus.AwaitingVerdict
        ? $"The restore {record.RestoreId} of {record.Target} needs your decision: confirm it with " +
            $"{CommandName.CompleteRestore}, or undo it with {CommandName.UndoRestore}."
        : $"The restore {record.RestoreId} of {record.Target} was interrupted. {CommandName.UndoRestore}, " +
            $"{CommandName.CompleteRestore} or the next restore recovers from that.";

    private async Task<T> BackupAsync<T>(BackupRequest request, Func<BackupOperation, BackupRequest, Task<T>> run)
    {
        // A caller that names the runtime files, or wants none, is not asked about postry.json's.
        if (request is { NoRuntime: false, Runtime: null } && !settings.Configuration.Runtime.Enabled)
            request = request with { NoRuntime = true };
        var named = new HistoryObserver(Named($"Backing up {request.Database ?? request.Source.Name}"), new HistoryLog(settings));
        await using var source = DatabaseAt(request.Source, named);
        return await run(new BackupOperation(settings, source, named), request);
    }

    private async Task<T> UndoAsync<T>(NamedObserver named, RestoreSelector selector, Func<UndoOperation, RestoreSelector,
        Task<T>> run, CancellationToken cancellation)
    {
        var found = await ByIdentityAsync(selector, named, cancellation);
        return await run(new UndoOperation(settings, record => DatabaseOf(record, selector.Connection ?? selector.Target, named),
            named), found);
    }

    // A database on a server has many addresses; its records are found by what it is.
    private async Task<RestoreSelector> ByIdentityAsync(RestoreSelector selector, IOperationObserver named,
        CancellationToken cancellation)
    {
        if (selector is not { RestoreId: null, Identity: null, Target: PostgresAddress address }) return selector;
        await using var database = DatabaseAt(address, named);
        var target = await database.LocateAsync(cancellation);
        return selector with { Identity = target.Identity, Connection = selector.Connection ?? address };
    }

    private Task<T> RunAsync<T>(string operation, DatabaseAddress? target, Func<Task<T>> work, CancellationToken cancellation) =>
        OperationNet.RunAsync(operation, target, work, _observers, settings.WaitTimeout, cancellation);

    private Task<T> RecordedAsync<T>(string operation, DatabaseAddress? target, Func<HistoryRecorder, Task<T>> work,
        Func<HistoryEntry, T, HistoryEntry?> describe, CancellationToken cancellation) =>
        RecordedAsync(HistoryOutcomes.Begun(operation, target), target, work, describe, cancellation);

    private Task<T> RecordedAsync<T>(HistoryEntry begun, DatabaseAddress? target, Func<HistoryRecorder, Task<T>> work,
        Func<HistoryEntry, T, HistoryEntry?> describe, CancellationToken cancellation) => RunAsync(
        begun.Operation, target,
        () =>
        {
            var recorder = new HistoryRecorder(settings, Once(), begun);
            return recorder.RunAsync(target, () => work(recorder), describe);
        }, cancellation);

    private HistoryObserver CopyObserver(BackupSet set) => new(Named($"Copying {set.Id}"), new HistoryLog(settings));

    private OnceObserver Once() => new(_observers, reported ?? new ReportedWarnings());

    private NamedObserver Named(string activity) => new(Once(), activity);

    /// <summary>The database that a record is about. Records hold no password, so a server's address must come from the caller, from
    /// DATABASE_URL or by way of postry.json.</summary>
    private IDatabase DatabaseOf(RestoreRecord record, DatabaseAddress? connection, IOperationObserver named)
    {
        if (record.Mode == DatabaseMode.Sqlite) return DatabaseAt(new SqliteAddress(record.Target), named);
        if (record.Mode == DatabaseMode.Runtime) return DatabaseAt(new RuntimeAddress(record.Target), named);
        var address = connection as PostgresAddress ?? KnownServer(record)
            ?? throw new InvalidRequestException(record.RestoreId,
                $"The restore {record.RestoreId} was made on {record.Target}, and the address of that server is not known.",
                $"Name it with {OptionName.DatabaseUrl}, or set {EnvironmentVariables.DatabaseUrl}.");
        return DatabaseAt(address.For(record.TargetDatabase ?? address.Database), named);
    }

    // An address that is the record's word for word wins; else DATABASE_URL may be another name of the same server.
    private PostgresAddress? KnownServer(RestoreRecord record)
    {
        var environment = settings.DefaultAddress();
        if (environment?.Name == record.Target) return environment;
        return new DatabaseEntries(settings).Servers().FirstOrDefault(server => server.Name == record.Target) ?? environment;
    }

    private IDatabase DatabaseAt(DatabaseAddress address, IOperationObserver named) => DatabaseAt(settings, address, named);

    private static IDatabase DatabaseAt(OpsSettings settings, DatabaseAddress address, IOperationObserver named) =>
        Databases.At(settings, address is PostgresAddress server ? WithWarning(server, named) : address, named);

    private static PostgresAddress WithWarning(PostgresAddress server, IOperationObserver named)
    {
        if (server.Warning is { } warning) named.Warning(warning);
        return server;
    }
}
