using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Status;

/// <summary>Decides how well a database could be recovered, from facts alone: nothing is read here.</summary>
internal static class RecoveryDecision
{
    // The rules in the order in which an operator should deal with what they find.
    private static readonly IReadOnlyList<Func<RecoveryCase, IEnumerable<StatusReason>>> Rules =
    [
        RestoreRules.Pending, BackupRules.Suspicious, BackupRules.Key, BackupRules.Clock, DiskRules.Used, BackupRules.Age,
        BackupRules.Unusable, BackupRules.Lost, BackupRules.Failures, BackupRules.NamelessFailure, BackupRules.Copies, DrillRules.Outcome,
        DrillRules.Changed, BackupRules.Unreadable, RestoreRules.Unreadable, DrillRules.Due, DrillRules.Time, BackupRules.Size,
        DiskRules.Free, DiskRules.Growth, BackupRules.Identity, BackupRules.History,
    ];

    /// <summary>The status of one database.</summary>
    public static RecoveryStatus Decide(RecoveryCase status)
    {
        var database = status.Database;
        // The sort is stable, so that the order of the rules stays within a severity.
        List<StatusReason> reasons = [.. Rules.SelectMany(rule => rule(status)).OrderByDescending(reason => reason.Severity)];
        return new RecoveryStatus
        {
            Database = database.Name,
            Mode = database.Mode,
            Source = database.Source,
            Configured = database.Configured,
            Status = reasons.Count == 0 ? RecoveryState.Healthy : reasons[0].Severity,
            CheckedAt = status.Now,
            LastBackup = status.NewestGood is { } good ? new StatusBackup(good.Id, good.SnapshotAt, status.Since(good.SnapshotAt)) : null,
            LastProven = ProofOf(status),
            Rpo = status.Rpo,
            Rto = status.Rto,
            LastDrill = status.NewestEvidence(EvidenceKind.Drill) is { } drill
                ? new StatusDrill(drill.DrillId, drill.StartedAt, drill.Status) : null,
            NextDrillDue = status.NextDrillDue,
            DrillDaysOverdue = status.DrillDaysOverdue,
            LastAttempt = database.Attempts.Count > 0 ? database.Attempts.Max(attempt => attempt.At) : null,
            LastFailure = database.Attempts.LastOrDefault(attempt => attempt.Result == HistoryResult.Failed) is { } failed
                ? new StatusFailure(failed.ErrorId ?? "?", failed.At, status.Since(failed.At)) : null,
            FailuresInRow = status.FailedInRow.Count,
            Size = SizeOf(status),
            Disk = DiskRules.Measure(status),
            Suspicious = [.. status.Made.Where(set => set.IsSuspicious).Select(set => set.Id)],
            PendingRestores = [.. database.Pending.Select(record => record.RestoreId)],
            Reasons = reasons,
        };
    }

    /// <summary>The answer where there is no database to report on: an empty list would look like good news.</summary>
    public static RecoveryStatus Nothing(string backupRoot, RecoveryCase status) => Decide(status) with
    {
        Status = RecoveryState.Critical,
        Reasons = [.. RestoreRules.Pending(status), BackupRules.NothingAtAll(backupRoot)],
    };

    private static StatusProof? ProofOf(RecoveryCase status) =>
        status.Database.Sets.Where(set => set.ProvenAt is not null).MaxBy(set => set.ProvenAt) is { ProvenAt: { } at, ProvenBy: { } by } set
            ? new StatusProof(set.Id, by, at, status.Since(at)) : null;

    private static StatusSize? SizeOf(RecoveryCase status)
    {
        if (status.Newest is not { } newest) return null;
        var (bytes, most) = (Growth.BytesOf(newest), status.Objectives.MaximumSize);
        return new StatusSize(bytes, most, bytes <= most ? ObjectiveStatus.Met : ObjectiveStatus.Missed,
            Growth.Usual(status.Good.Where(set => set.Id != newest.Id)), (long?)Growth.PerDay(status.Good));
    }
}
