using System.Runtime.ExceptionServices;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Storage;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Drills;

/// <summary>A restore drill: it proves with a backup, at a place of its own, that a lost database would come back, and signs what it
/// found.</summary>
internal sealed class DrillOperation(OpsSettings settings, Func<OpsSettings, DatabaseAddress, IDatabase> databases,
    Func<BackupRequest, CancellationToken, Task<BackupSet>> backUp, IOperationObserver observer)
{
    /// <summary>Plans a drill. The method only reads. Errors: InvalidRequest, ConfigurationInvalid, RestoreRefused, NotEnoughSpace,
    /// IntegrityKeyMissing, and those of reaching a database and of choosing a backup.</summary>
    public async Task<DrillPlan> PlanAsync(DrillRequest request, CancellationToken cancellation)
    {
        var (subject, place) = await FindAsync(request, cancellation);
        var backup = subject.Backup?.Set;
        return new DrillPlan(subject.Database, subject.Source, backup?.Id, place.InWords, place.SpaceNeeded, place.SpaceFree,
            $"Drill {subject.Database} ({subject.Source}) with {(backup is null ? "a fresh backup" : $"the backup {backup.Id}")}: "
                + $"restore it to {place.InWords}, destroy the data there, restore it again, compare every row, and remove all of it"
                + Invariant($"{(place.SpaceNeeded > 0 ? $"; needs up to {place.SpaceNeeded:N0} bytes in {place.ScratchParent}" : "")}."));
    }

    /// <summary>
    /// Makes a drill. Returns the signed evidence, also of a drill that did not pass. Errors: those of the plan, before anything has
    /// begun; OperationCanceledException once the evidence of an interrupted drill is written.
    /// </summary>
    public async Task<RestoreDrill> RunAsync(DrillRequest request, CancellationToken cancellation)
    {
        var evidence = new EvidenceFiles(settings, observer);
        evidence.SettleInterrupted();
        var (subject, place) = await FindAsync(request, cancellation);
        using var scratch = place.CreateScratch(settings.BackupRoot, request.ScratchFolder is not null);
        var begun = Begin(request, subject, place);
        using var run = evidence.Begin(begun);
        var log = new DrillLog(run, begun, observer, cancellation);
        await new Rehearsal(settings, request, subject, place, scratch, databases, backUp, log, observer).RunAsync(cancellation);
        var drill = run.End(log.Conclude());
        observer.Detail(Invariant($"Drill {drill.DrillId}: {drill.Status} after {drill.Duration.TotalSeconds:F1} s. {drill.EvidenceFile}"));
        if (log.IsInterrupted) cancellation.ThrowIfCancellationRequested();
        if (log.Defect is { } defect) ExceptionDispatchInfo.Throw(defect);
        return drill;
    }

    // Whatever a caller can correct is found before anything begins.
    private async Task<(DrillSubject Subject, DrillPlace Place)> FindAsync(DrillRequest request, CancellationToken cancellation)
    {
        var subject = await DrillSubject.FindAsync(settings, request, databases, cancellation);
        settings.Keys.SigningKey(subject.Source);
        subject.RequireChecks(settings, request, observer);
        return (subject, await DrillPlace.FindAsync(settings, request, subject, cancellation));
    }

    private static RestoreDrill Begin(DrillRequest request, DrillSubject subject, DrillPlace place) => new()
    {
        DrillId = BackupKeys.NewId(),
        Kind = EvidenceKind.Drill,
        Status = DrillStatus.Interrupted,
        Database = subject.Database,
        Mode = subject.Mode,
        Source = subject.Source,
        SourceIdentity = subject.Identity,
        Target = place.InWords,
        StartedAt = DateTime.UtcNow,
        Host = Environment.MachineName,
        Software = SoftwareVersions.Of(subject.Backup?.Manifest, null),
        Remarks = request.Remarks,
    };
}
