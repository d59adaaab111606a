using System.Diagnostics;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Smoke;
using Postry.Ops.Engine.Operations.Verification;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Drills;

/// <summary>The steps of one drill. A database is restored at the place of the drill, loses its data there, and is restored as a lost
/// production database would be.</summary>
internal sealed class Rehearsal(OpsSettings settings, DrillRequest request, DrillSubject subject, DrillPlace place, ScratchFolder scratch,
    Func<OpsSettings, DatabaseAddress, IDatabase> databases, Func<BackupRequest, CancellationToken, Task<BackupSet>> backUp, DrillLog log,
    IOperationObserver observer)
{
    private readonly Stopwatch _sinceLoss = new();
    private LoadedBackup? _backup = subject.Backup;
    private DatabaseTrial? _trial;
    private TrialRestore? _restore;

    /// <summary>Makes the steps, up to the first that fails; what they made is removed in any case.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        _ = await log.StepAsync(DrillSteps.Backup, () => BackUpAsync(cancellation))
            && await log.StepAsync(DrillSteps.CheckBackup, () => CheckBackupAsync(cancellation))
            && await log.StepAsync(DrillSteps.SetUp, () => SetUpAsync(cancellation))
            && await log.StepAsync(DrillSteps.Lose, () => LoseAsync(cancellation))
            && await log.StepAsync(DrillSteps.Restore, () => RestoreAsync(cancellation))
            && await log.StepAsync(DrillSteps.Verify, () => VerifyAsync(cancellation))
            && await log.StepAsync(DrillSteps.Smoke, () => AskAsync(cancellation));
        await log.StepAsync(DrillSteps.CleanUp, CleanUpAsync, isCleaning: true);
    }

    private async Task<(CheckStatus, string?)> BackUpAsync(CancellationToken cancellation)
    {
        if (_backup is { } chosen)
        {
            Describe(chosen, isFresh: false);
            return (CheckStatus.Passed, $"{chosen.Set.Id}, taken {chosen.Set.TakenAt}, {chosen.Set.RowsInWords}.");
        }

        var set = await backUp(request.Fresh!, cancellation);
        _backup = new BackupCatalog(settings).Load(set.ManifestFile);
        Describe(_backup, isFresh: true);
        return (CheckStatus.Passed, $"Made {set.Id}, {set.RowsInWords}.");
    }

    private void Describe(LoadedBackup backup, bool isFresh)
    {
        var (set, manifest) = (backup.Set, backup.Manifest);
        // Whichever backup the drill restores: after a loss it would have been the newest good one.
        var newestBefore = new BackupCatalog(settings).All()
            .Where(other => other.Id != set.Id && other.SourceIdentity == set.SourceIdentity && other.BeforeRestore is null
                && other.Status == BackupStatus.Complete)
            .Select(other => (DateTime?)other.SnapshotAt).Append(isFresh ? null : set.SnapshotAt).Max();
        log.Add(drill => drill with
        {
            Backup = DrillBackup.Of(set, manifest, isFresh),
            Software = SoftwareVersions.Of(manifest, null),
            Rpo = ObjectiveResult.Of(settings.Configuration.Objectives.Rpo, drill.StartedAt - newestBefore),
        });
    }

    private async Task<(CheckStatus, string?)> CheckBackupAsync(CancellationToken cancellation)
    {
        var report = await new VerificationOperation(settings, databases, new TrialObserver(observer))
            .RunAsync(_backup!, VerificationLevel.Contents, cancellation);
        log.Add(drill => drill with { Checks = [.. drill.Checks, .. report.Checks] });
        // Of a backup of the old scripts only the artefact says what is in it; from here on that is compared with.
        if (report.Status != CheckStatus.Failed)
            _backup = (await ArtefactReaders.For(_backup!.Manifest, observer).ReadAsync(_backup, check: false, cancellation)).Backup;
        return (report.Status, Counted(report.Checks));
    }

    /// <summary>Restores the backup a first time: this is the database that will be lost.</summary>
    private async Task<(CheckStatus, string?)> SetUpAsync(CancellationToken cancellation)
    {
        _trial = (DatabaseTrial)await ArtefactReaders.For(_backup!.Manifest, observer)
            .OpenTrialAsync(_backup.Manifest, scratch, place.Offered, cancellation);
        log.Trial = _trial;
        log.Add(drill => drill with
        {
            Target = _trial.Description,
            Software = SoftwareVersions.Of(_backup.Manifest, _trial.ServerVersion),
        });
        await using var restore = NewRestore();
        var located = await restore.LocateAsync(cancellation);
        if (located.Identity == subject.Identity)
            throw new RestoreRefusedException(located.Name, $"{located.Name} is the source of the drill itself, so it is not touched.",
                "Name another place for the drill.");
        if (ServerOf(located.Identity) is { } server && subject.Identity.StartsWith(server, StringComparison.Ordinal))
            log.Add(drill => drill with { Deviations = [.. drill.Deviations, SameServer] });
        var record = await restore.RunAsync(cancellation, _trial.ClaimAsync);
        if (record.Status == RestoreStatus.Committed) await restore.RemovePreviousCopyAsync(record, cancellation);
        return (StatusOf(record), $"{_trial.Description}; {record.Detail ?? "restored a first time"}.");
    }

    private async Task<(CheckStatus, string?)> LoseAsync(CancellationToken cancellation)
    {
        var lost = await _trial!.SimulateLossAsync(cancellation);
        _sinceLoss.Start();
        return (CheckStatus.Passed, lost);
    }

    private async Task<(CheckStatus, string?)> RestoreAsync(CancellationToken cancellation)
    {
        _restore = NewRestore();
        var record = await _restore.RunAsync(cancellation);
        log.Add(drill => drill with { Checks = [.. drill.Checks, Committed(record)] });
        return (StatusOf(record), Invariant($"Strategy {record.Strategy}; the database was unavailable for ")
            + Invariant($"{record.Unavailable.TotalSeconds:F1} s."));
    }

    private async Task<(CheckStatus, string?)> VerifyAsync(CancellationToken cancellation)
    {
        var checks = await _restore!.CheckAsync(cancellation);
        _sinceLoss.Stop();
        var status = Check.Worst(checks);
        log.Add(drill => drill with
        {
            Checks = [.. drill.Checks, .. checks],
            Tables = DrillTable.Of(checks.Where(TrialRestore.IsOfRestored)),
            // Data that are not known to be right are not back.
            Rto = ObjectiveResult.Of(settings.Configuration.Objectives.Rto, status == CheckStatus.Passed ? _sinceLoss.Elapsed : null),
        });
        return (status, Counted(checks));
    }

    private async Task<(CheckStatus, string?)> AskAsync(CancellationToken cancellation)
    {
        var report = await new SmokeOperation(settings, observer)
            .RunOnCopyAsync(subject.ChecksOf(request, _trial!.Address), _backup!, cancellation);
        log.Add(drill => drill with { Smoke = report.Checks });
        return (report.Status, report.Checks.Count == 0 ? "No check of postry.json asks the data of this database."
            : $"{report.Checks.Count(check => check.Status == CheckStatus.Passed)} of {report.Checks.Count} passed.");
    }

    /// <summary>Removes everything, one thing after the other, whatever happens to the others; then looks whether anything is
    /// left.</summary>
    private async Task<(CheckStatus, string?)> CleanUpAsync()
    {
        var problem = _trial is null ? null : await TryAsync(RemoveCopiesAsync);
        if (_restore is not null) problem ??= await TryAsync(() => _restore.DisposeAsync().AsTask());
        if (_trial is not null) problem = await TryAsync(() => _trial.DisposeAsync().AsTask()) ?? problem;
        scratch.Dispose();
        if (_trial is null) return (CheckStatus.Passed, "Nothing was made.");

        var left = await _trial.FindLeftoversAsync() ?? (Directory.Exists(scratch.Path) ? $"the folder {scratch.Path}" : null);
        // A place of the drill's own is gone with all that was in it.
        if (left is null && place.Offered == TrialPlace.OfItsOwn) problem = null;
        return left is null && problem is null ? (CheckStatus.Passed, $"Nothing is left of {_trial.Description}.")
            : (CheckStatus.Failed, $"Left behind: {left ?? "perhaps something"}. Remove it by hand."
                + (problem is null ? "" : $" {Sentence.End(problem)}"));
    }

    private async Task RemoveCopiesAsync()
    {
        await using var restore = NewRestore();
        await restore.RemoveCopiesAsync(CancellationToken.None);
    }

    private async Task<string?> TryAsync(Func<Task> work)
    {
        try
        {
            await work();
            return null;
        }
        catch (Exception e)
        {
            return OperationNet.Explain(e, _trial!.Address).Message;
        }
    }

    private TrialRestore NewRestore() => new(settings, _backup!, scratch, _trial!, databases, observer);

    private static CheckStatus StatusOf(RestoreRecord record) =>
        record.Status == RestoreStatus.Committed ? CheckStatus.Passed : CheckStatus.Inconclusive;

    private static Check Committed(RestoreRecord record) => new("Restores", StatusOf(record), "committed",
        record.Status == RestoreStatus.Committed ? "committed" : record.Status.ToString(), record.Detail, record.Duration);

    private static string Counted(IReadOnlyList<Check> checks) =>
        $"{checks.Count(check => check.Status == CheckStatus.Passed)} of {checks.Count} checks passed.";

    // The beginning of the identities of all databases on the server of the drill's own; null for a file.
    private string? ServerOf(string? identity) => identity is not null && _trial!.Address is PostgresAddress { Database: var name }
        && identity.EndsWith($"/{name}", StringComparison.Ordinal) ? identity[..^name.Length] : null;

    private const string SameServer =
        "The drill ran on the server of the source, so it does not show that another server could take over.";
}
