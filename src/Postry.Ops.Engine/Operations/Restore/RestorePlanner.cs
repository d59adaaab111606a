using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Restore;

/// <summary>Plans a restore and finds all obstacles to it before the operator is asked. The planner only reads.</summary>
internal sealed class RestorePlanner(OpsSettings settings, IRestorable database, IOperationObserver? observer = null)
{
    /// <summary>Plans a restore, or raises all of its problems at once.</summary>
    public async Task<RestorePlan> PlanAsync(RestoreRequest request, CancellationToken cancellation)
    {
        RequestableStrategies.Require(request.Postgres.Strategy, database.Name);
        var target = await database.LocateAsync(cancellation);
        await target.WaitUntilFreeAsync(cancellation);
        var catalog = new BackupCatalog(settings);
        request = request with { Backup = catalog.Timed(request.Backup, target) };
        var backup = catalog.Load(request.Backup, target, request.AllowUnverified);
        var set = backup.Set;
        RequireSameMode(set);
        var reading = backup.ReadableManifest is not null
            && BackupTrust.FindProblem(set, request.AllowUnverified, settings.Keys) is null
            && StoredArtefact.Exists(backup.ArtefactPath)
                ? await Reader(backup).ReadAsync(backup, check: true, cancellation) : null;
        backup = reading?.Backup ?? backup;
        var facts = await database.InspectAsync(request, backup, target, cancellation);
        var kept = new PreviousCopies(settings).List(target);
        var problems = new List<OpsException>();
        AddIfAny(problems, BackupTrust.FindProblem(set, request.AllowUnverified, settings.Keys));
        AddIfAny(problems, OtherSource(set, target, facts, request));
        problems.AddRange(facts.Problems);
        AddIfAny(problems, SmokeGate.FindObstacle(request, database.Mode, facts));
        AddIfAny(problems, reading?.Failed is { } damage ? ArtefactChecks.Corrupt(set, damage) : reading?.Refusal);
        AddIfAny(problems, Pending(target));
        if (problems.Count == 0 && backup.ReadableManifest is not null && reading is not { Checks.Count: > 0 })
            AddIfAny(problems, await DamagedBytesAsync(backup, cancellation));
        AddIfAny(problems, NoSpace(target.Name, facts, kept));
        var runtime = await RuntimeAsync(backup, target, request, problems, cancellation);
        Raise(problems, set, target.Name);

        var comparison = facts.Exists && backup.ReadableManifest is { } manifest && database.Live is { } live
            ? await CompareAsync(live, manifest, backup.ArtefactPath, target.Name, request, cancellation) : null;
        var notes = new RestoreNotes(settings, database.Mode);
        var plan = new RestorePlan
        {
            Backup = set,
            Target = target.Name,
            Request = request,
            ResolvedTarget = target,
            TargetExists = facts.Exists,
            TargetBytes = facts.Bytes,
            SpaceNeeded = facts.SpaceNeeded,
            SpaceFree = facts.SpaceFree,
            Strategy = facts.Strategy,
            StrategyReason = facts.StrategyReason,
            KeptCopies = kept,
            Comparison = comparison,
            Notes = [.. RestoreNotes.OfBackup(set, target, request), .. notes.OfDeployed(set), .. notes.OfSmoke(request),
                .. reading?.Notes ?? [], .. facts.Notes, .. notes.OfBrokenObjects(set, request),
                .. notes.OfNewerBackups(set, target, request.Backup)],
            AllowUnverified = request.AllowUnverified,
            Runtime = runtime,
            Summary = "",
        };
        return plan with { Summary = Summarise(plan) };
    }

    /// <summary>Plans the changes to the runtime files, if they are restored; obstacles are added to the problems.</summary>
    private async Task<RuntimeChanges?> RuntimeAsync(LoadedBackup backup, RestoreTarget target, RestoreRequest request,
        List<OpsException> problems, CancellationToken cancellation)
    {
        if (!target.IsRuntime && !request.WithRuntime && request.RuntimeBackupFile is null) return null;
        try
        {
            var root = target.IsRuntime ? target.Name : Files.RealPath(settings.RepoRoot);
            var archive = target.IsRuntime ? backup : RuntimeOf(backup, root, request);
            if (FindRuntimeObstacle(root, target) is { } pending) throw pending;
            // The planner opens signed archives only.
            if (problems.Count > 0) return null;
            using var planner = new RuntimePlanner(settings, root, observer ?? SilentObserver.Instance);
            return await planner.PlanAsync(archive, cancellation);
        }
        catch (OpsException e)
        {
            problems.Add(e);
            return null;
        }
    }

    /// <summary>The archive that is restored together with a database.</summary>
    private LoadedBackup RuntimeOf(LoadedBackup backup, string root, RestoreRequest request)
    {
        var set = backup.Set;
        if (request.RuntimeBackupFile is null && set.Runtime.File is null)
            throw new InvalidRequestException(set.Id, $"{set.Id} has no runtime files: {set.Runtime.Absent}",
                $"Leave {OptionName.WithRuntime} out, or name an archive with {OptionName.RuntimeBackupFile}.");
        var loaded = new BackupCatalog(settings).Load(new BackupSelector { BackupFile = request.RuntimeBackupFile ?? set.Runtime.File },
            null);
        var archive = loaded.Set;
        if (BackupTrust.FindProblem(archive, request.AllowUnverified, settings.Keys) is { } distrust) throw distrust;
        if (archive.Mode != DatabaseMode.Runtime)
            throw new InvalidRequestException(archive.BackupFile, $"{archive.BackupFile} is not an archive of runtime files.",
                "Name one of those in the folder \"runtime\" of the backup root.");
        if (request.RuntimeBackupFile is null
            && loaded.ReadableManifest?.Artefact.Sha256 != backup.ReadableManifest?.RuntimeArchive?.Sha256)
            throw new SignatureMismatchException(archive.BackupFile,
                $"{archive.BackupFile} is not the archive that was signed together with {set.Id}.",
                "Use another backup, and find out who changed this one.");
        return request.AllowDifferentSource || archive.SourceIdentity == root ? loaded
            : throw new DifferentSourceException(root,
                archive.Legacy
                    ? $"The repo root of the runtime files in {archive.BackupFile} is not known: the old scripts did not record it."
                : $"{archive.BackupFile} holds the runtime files of {archive.Source}, not of {root}.",
                $"To restore them to this folder, add {OptionName.AllowDifferentSource}.");
    }

    // Restores of the files themselves are found elsewhere: this method finds those of databases that took the runtime files with them.
    private TargetPendingException? FindRuntimeObstacle(string root, RestoreTarget target) =>
        new RestoreRecords(settings).All().FirstOrDefault(record => record.Runtime?.Root == root && !target.Matches(record)
            && record.Status is RestoreStatus.AwaitingVerdict or RestoreStatus.InProgress) is { } open
            ? new TargetPendingException(root,
                $"The restore {open.RestoreId} of {open.Target}, which includes the runtime files of {root}, " +
                $"{(open.Status == RestoreStatus.InProgress ? "has not ended" : "needs your decision")}.",
                $"Run {CommandName.CompleteRestore} {OptionName.RestoreId} {open.RestoreId}, or {CommandName.UndoRestore} " +
                    $"{OptionName.RestoreId} {open.RestoreId}.")
            : null;

    private void RequireSameMode(BackupSet set)
    {
        // A manifest that cannot be read says nothing of its engine; it is refused below for what it is.
        if (set.Status == BackupStatus.Invalid || set.Mode == database.Mode) return;
        var (kind, hint) = set.Mode switch
        {
            not DatabaseMode.Runtime when database.Mode == DatabaseMode.Runtime => ("of a database", set.Runtime.File is { } archive
                ? $"The runtime files that belong to it are in {archive}: name that with {OptionName.BackupFile}, or the backup with " +
                    $"{OptionName.Id}."
                : $"It has no runtime files: {set.Runtime.Absent}"),
            DatabaseMode.Sqlite => ("of a SQLite database", $"Name the file with {OptionName.Path}."),
            DatabaseMode.Runtime => ("of runtime files",
                $"Restore it with {CommandName.RestoreRuntime}, or together with a database by {OptionName.RuntimeBackupFile}."),
            _ => ("of a PostgreSQL database", $"Name the database with {OptionName.DatabaseUrl}."),
        };
        throw new InvalidRequestException(database.Name, $"{set.Id} is a backup {kind}; {database.Name} is of another kind.",
            hint);
    }

    private static DifferentSourceException? OtherSource(BackupSet set, RestoreTarget target, TargetFacts facts, RestoreRequest request)
    {
        if (request.AllowDifferentSource || set.SourceIdentity == (target.Identity ?? target.Name)) return null;
        if (!facts.Exists && request.Backup.Database == set.Database) return null;
        if (set.Legacy)
        {
            return new DifferentSourceException(target.Name,
                $"{set.Id} was made by the old scripts, which did not record the {Source(target)} that the backup comes from. It may not " +
                $"be a backup of {target.Name}.",
                $"To restore it to this target anyway, add " +
                    $"{OptionName.AllowDifferentSource}{(facts.Exists ? "" : $" or {OptionName.Database} {set.Database}")}.");
        }

        return new DifferentSourceException(target.Name,
            $"{set.Id} is a backup of {set.Database} ({set.Source}), not of {target.Name}.",
            target.IsRuntime ? $"To restore its files to this folder, add {OptionName.AllowDifferentSource}."
            : facts.Exists
                ? $"To replace this database with it, add {OptionName.AllowDifferentSource}."
                : $"To restore it to this target, add {OptionName.Database} {set.Database}, or {OptionName.AllowDifferentSource}.");
    }

    /// <summary>The kind of source that a backup for a target comes from.</summary>
    internal static string Source(RestoreTarget target) => target.IsRuntime ? "repo root" : "database";

    private OpsException? Pending(RestoreTarget target) => target.Busy() as OpsException
        ?? (new RestoreRecords(settings).All().FirstOrDefault(record => target.Matches(record)
            && record.Status == RestoreStatus.AwaitingVerdict) is { } open
            ? UndoOperation.AwaitsVerdict(open)
            : null);

    private IArtefactReader Reader(LoadedBackup backup) => ArtefactReaders.For(backup.Manifest, observer ?? SilentObserver.Instance);

    private async Task<BackupCorruptException?> DamagedBytesAsync(LoadedBackup backup, CancellationToken cancellation)
    {
        var checks = await Reader(backup).CheckBytesAsync(backup, cancellation);
        return checks.FirstOrDefault(check => check.Status == CheckStatus.Failed) is { } failed ? ArtefactChecks.Corrupt(backup.Set, failed)
            : null;
    }

    private static NotEnoughSpaceException? NoSpace(string targetName, TargetFacts facts, IReadOnlyList<PreviousCopy> kept)
    {
        if (facts.SpaceFree is not { } free || free >= facts.SpaceNeeded) return null;
        var needed = facts.SpaceNeeded;
        var held = kept.Sum(copy => copy.SizeBytes);
        return new NotEnoughSpaceException(targetName,
            Invariant($"The restore needs {needed:N0} bytes beside {targetName}, and {free:N0} are free."),
            held > 0
                ? Invariant($"Earlier restores keep {kept.Count} {(kept.Count == 1 ? "copy" : "copies")} of {held:N0} bytes: ")
                    + $"{CommandName.RemovePreviousCopy} removes them."
                : "Free space on that file system.");
    }

    private static void Raise(List<OpsException> problems, BackupSet set, string targetName)
    {
        if (problems.Count == 1) throw problems[0];
        if (problems.Count == 0) return;
        throw new RestoreRefusedException(targetName,
            $"{set.Id} cannot be restored to {targetName}, for {problems.Count} reasons: " +
                $"{string.Join(" ", problems.Select((p, i) => $"({i + 1}) {p.ErrorId}: {p.Message}"))}",
            string.Join(" ", problems.Select((p, i) => $"({i + 1}) {p.Hint}")))
        {
            Reasons = problems,
        };
    }

    /// <summary>The end of a comparison in a plan, where other sessions can still change the database.</summary>
    internal const string OthersCanWrite = ". Differences so far; others can still write";

    private static async Task<DatabaseComparison> CompareAsync(ILiveDatabase live, BackupManifest manifest, string artefactPath,
        string targetName, RestoreRequest request, CancellationToken cancellation)
    {
        if (request.SkipCompare) return Comparer.NotCompared(manifest.Id, targetName, "skipped");
        var comparison = await new Comparer(live, artefactPath).TryCompareAsync(manifest, request.CompareBudget, cancellation);
        // A file is read once more under the lock of its swap; a server's database only if writing was stopped.
        return !live.IsReadUnderLock && !request.Postgres.FreezeWrites && comparison.Compared
            ? comparison with { Summary = comparison.Summary + OthersCanWrite }
            : comparison;
    }

    private static string Summarise(RestorePlan plan)
    {
        var set = plan.Backup;
        var lines = new List<string>
        {
            $"Restore {(plan.ResolvedTarget.IsRuntime ? "the runtime files" : set.Database)} from backup {set.Id}, taken {set.TakenAt}" +
                $"{(set.Label is null ? "" : $", label '{set.Label}'")}, to {plan.Target}.",
            plan.ResolvedTarget.IsRuntime ? $"The replaced files are kept; {CommandName.UndoRestore} puts it back."
            : plan.TargetExists
                ? FormattableString.Invariant($"The live database ({plan.TargetBytes:N0} bytes) is kept; ")
                    + $"{CommandName.UndoRestore} puts it back."
                : "There is no database at the target now.",
        };
        if (plan.Strategy is { } strategy) lines.Add($"Strategy {strategy}: {plan.StrategyReason}");
        if (plan.Comparison is { } comparison)
            lines.Add(comparison.Compared ? $"Compared with the live database: {comparison.Summary}."
                : $"The live database was {comparison.Summary}.");
        if (plan.Runtime is { } runtime)
            lines.Add(
                $"Runtime files in {runtime.Root}" +
                $"{(plan.Request.RuntimeBackupFile is null ? "" : $", from {runtime.BackupFile}, taken {runtime.Set.TakenAt}")}: " +
                $"{runtime.Summary}.");
        lines.AddRange(plan.Notes);
        return string.Join(Environment.NewLine, lines);
    }

    private static void AddIfAny(List<OpsException> problems, OpsException? problem)
    {
        if (problem is not null) problems.Add(problem);
    }
}
