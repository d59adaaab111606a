using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Comparing;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Reporting;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Engine.Restoring;

/// <summary>Works out what a restore would do, and finds everything that stands in its way before anybody is asked. Reads only.</summary>
internal sealed class RestorePlanner(OpsSettings settings, IDatabaseEngine engine, IReporter reporter)
{
    private const string Operation = "Restore";

    /// <summary>Plans a restore, or raises all of its problems at once.</summary>
    public async Task<RestorePlan> PlanAsync(RestoreRequest request, CancellationToken cancellation)
    {
        var target = Files.RealPath(request.TargetPath);
        var set = new BackupCatalog(settings).Find(request.Backup, Operation, target, request.AllowUnverified);
        var problems = new List<OpsException>();
        AddIfAny(problems, Distrust(set, request.AllowUnverified));
        AddIfAny(problems, OtherSource(set, target, request));
        AddIfAny(problems, UnusableTarget(target));
        AddIfAny(problems, Pending(target));
        var manifest = ManifestFile.Read(set.ManifestFile, settings.Keys).Manifest;
        if (problems.Count == 0 && manifest is not null) AddIfAny(problems, await DamagedBytesAsync(set, manifest, cancellation).ConfigureAwait(false));

        var exists = File.Exists(target);
        var liveBytes = exists ? engine.SizeOf(target) : 0;
        var kept = new PreviousCopies(settings, engine).List(target);
        var needed = set.SourceBytes + engine.SwapSpace(liveBytes, set.SourceBytes);
        var free = Directory.Exists(Path.GetDirectoryName(target)) ? Files.FreeSpace(target) : 0;
        if (Directory.Exists(Path.GetDirectoryName(target))) AddIfAny(problems, NoSpace(target, needed, free, kept));
        Raise(problems, set, target);

        var comparison = exists && manifest is not null ? await CompareAsync(manifest, target, request, cancellation).ConfigureAwait(false) : null;
        var plan = new RestorePlan
        {
            Backup = set,
            Target = target,
            TargetExists = exists,
            TargetBytes = liveBytes,
            SpaceNeeded = needed,
            SpaceFree = free,
            KeptCopies = kept,
            Comparison = comparison,
            Notes = [.. Notes(set, target, request), .. PassedOver(set, request.Backup)],
            AllowUnverified = request.AllowUnverified,
            Summary = "",
        };
        return plan with { Summary = Summarise(plan) };
    }

    /// <summary>Why a set must not be restored, by what the catalog knows of it.</summary>
    public OpsException? Distrust(BackupSet set, bool allowUnverified) => set.Status switch
    {
        BackupStatus.Complete => null,
        BackupStatus.Unverified when allowUnverified => null,
        BackupStatus.Unverified => BackupCatalog.Unverified(set, Operation, settings.Keys),
        BackupStatus.Tampered => new SignatureMismatchException(Operation, set.ManifestFile,
            $"The manifest of {set.Id} is not what was signed.", "Use another backup, and find out who changed this one."),
        BackupStatus.Invalid => new ManifestInvalidException(Operation, set.ManifestFile, $"{set.ManifestFile}: {set.StatusDetail}", "Use another backup."),
        _ => new BackupCorruptException(Operation, set.BackupFile, $"{set.BackupFile}: {set.StatusDetail}", "Use another backup, or bring this file back from where it is copied to."),
    };

    private static DifferentSourceException? OtherSource(BackupSet set, string target, RestoreRequest request)
    {
        if (request.AllowDifferentSource || set.Source == target) return null;
        if (!File.Exists(target) && request.Backup.Database == set.Database) return null;
        return new DifferentSourceException(Operation, target, $"{set.Id} is a backup of {set.Database} ({set.Source}), not of {target}.",
            File.Exists(target)
                ? "If it is meant to replace this database, add -AllowDifferentSource."
                : $"If it is meant to come back here, add -Database {set.Database}, or -AllowDifferentSource.");
    }

    private static OpsException? UnusableTarget(string target)
    {
        var folder = Path.GetDirectoryName(target)!;
        if (Directory.Exists(target)) return new NotADatabaseException(Operation, target, $"{target} is a folder.", "Name the database file itself.");
        if (!Directory.Exists(folder)) return new SourceNotFoundException(Operation, folder, $"The folder {folder} does not exist.", "Make it first, with the owner that the application needs.");
        return !OperatingSystem.IsWindows() && !UnixCalls.MayWrite(folder)
            ? new AccessDeniedException(Operation, folder, $"The folder {folder} cannot be written by this user.", "Run as the user who owns the database.")
            : null;
    }

    private OpsException? Pending(string target)
    {
        if (FileLock.IsHeld(RestoreJournal.LockFor(target)))
        {
            return new DatabaseBusyException(Operation, target,
                $"{target} is being worked on: {FileLock.ReadOwner(RestoreJournal.LockFor(target))?.ToString() ?? "another restore"}.", "Wait until that has finished.");
        }

        return new RestoreRecords(settings).All().FirstOrDefault(record => record.Target == target && record.Status == RestoreStatus.AwaitingVerdict) is { } open
            ? UndoOperation.AwaitsVerdict(open)
            : null;
    }

    private async Task<BackupCorruptException?> DamagedBytesAsync(BackupSet set, BackupManifest manifest, CancellationToken cancellation)
    {
        var checks = await ArtefactChecks.ReadAsync(manifest.Artefact, set.BackupFile,
            done => reporter.Progress(new OperationProgress($"Planning the restore of {set.Id}", "Checking the stored bytes", done, set.SizeBytes)), cancellation).ConfigureAwait(false);
        return checks.FirstOrDefault(check => check.Status == CheckStatus.Failed) is { } failed ? RestoreOperation.Corrupt(set, failed) : null;
    }

    private static NotEnoughSpaceException? NoSpace(string target, long needed, long free, IReadOnlyList<PreviousCopy> kept)
    {
        if (free >= needed) return null;
        var held = kept.Sum(copy => copy.SizeBytes);
        return new NotEnoughSpaceException(Operation, target,
            $"The restore needs {needed:N0} bytes beside {target}, and {free:N0} are free.",
            held > 0 ? $"{kept.Count} copies kept by earlier restores hold {held:N0} bytes: Remove-PostryPreviousCopy drops them." : "Free space on that file system.");
    }

    private static void Raise(List<OpsException> problems, BackupSet set, string target)
    {
        if (problems.Count == 1) throw problems[0];
        if (problems.Count == 0) return;
        throw new RestoreRefusedException(Operation, target,
            $"{set.Id} cannot be restored to {target}, for {problems.Count} reasons: {string.Join(" ", problems.Select((p, i) => $"({i + 1}) {p.ErrorId}: {p.Message}"))}",
            string.Join(" ", problems.Select((p, i) => $"({i + 1}) {p.Hint}")));
    }

    private async Task<DatabaseComparison> CompareAsync(BackupManifest manifest, string target, RestoreRequest request, CancellationToken cancellation) =>
        request.SkipCompare
            ? Comparer.NotCompared(manifest.Id, target, "skipped")
            : await new Comparer(engine).TryCompareAsync(manifest, target, request.CompareBudget, cancellation).ConfigureAwait(false);

    private static IEnumerable<string> Notes(BackupSet set, string target, RestoreRequest request)
    {
        if (request.AllowUnverified && set.Status == BackupStatus.Unverified) yield return $"The signature is NOT verified: {set.StatusDetail}";
        if (set.Fingerprint != FingerprintKind.Content) yield return $"The set was made with -Fingerprint {set.Fingerprint}: its bytes are proven, its contents are not.";
        if (set.Tables.Count(table => table.Inconclusive is not null) is > 0 and var unread) yield return $"{unread} tables could not be fingerprinted when the set was made.";
        if (set.Source != target) yield return $"The set comes from {set.Source}.";
        if (RestoreJournal.Read(target) is { } journal) yield return $"An interrupted {journal.Kind.ToString().ToLowerInvariant()} ({journal.RestoreId}) is settled first.";
    }

    // Latest means the newest good set; an operator must know that it is not the newest of all.
    private IEnumerable<string> PassedOver(BackupSet chosen, BackupSelector selector)
    {
        if (selector is { Latest: false, Before: null }) return [];
        return new BackupCatalog(settings).All()
            .Where(set => set.Source == chosen.Source && set.SnapshotAt > chosen.SnapshotAt && (selector.Before is null || set.SnapshotAt < selector.Before))
            .OrderBy(set => set.SnapshotAt)
            .Select(set => FormattableString.Invariant($"A newer set was passed over: {set.Id}, {set.SnapshotAt:yyyy-MM-dd HH:mm:ss} UTC, is {set.Status}. {set.StatusDetail}"));
    }

    private static string Summarise(RestorePlan plan)
    {
        var set = plan.Backup;
        var lines = new List<string>
        {
            FormattableString.Invariant($"Restore {set.Database} from backup {set.Id}, taken {set.SnapshotAt:yyyy-MM-dd HH:mm:ss} UTC ({Age(set.SnapshotAt)} ago){(set.Label is null ? "" : $", label '{set.Label}'")}, to {plan.Target}."),
            plan.TargetExists
                ? FormattableString.Invariant($"The live database ({plan.TargetBytes:N0} bytes) is kept beside it; Undo-PostryRestore puts it back.")
                : "There is no database at the target now.",
        };
        if (plan.Comparison is { } comparison) lines.Add(comparison.Compared ? $"Compared with the live database: {comparison.Summary}." : $"The live database was {comparison.Summary}.");
        lines.AddRange(plan.Notes);
        return string.Join(Environment.NewLine, lines);
    }

    private static string Age(DateTime at)
    {
        var age = DateTime.UtcNow - at;
        return age.TotalDays >= 2 ? $"{(int)age.TotalDays} days" : age.TotalHours >= 2 ? $"{(int)age.TotalHours} hours" : age.TotalMinutes >= 2 ? $"{(int)age.TotalMinutes} minutes" : $"{Math.Max(0, (int)age.TotalSeconds)} s";
    }

    private static void AddIfAny(List<OpsException> problems, OpsException? problem)
    {
        if (problem is not null) problems.Add(problem);
    }
}
