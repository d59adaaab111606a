using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Removal;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.History;

/// <summary>The words of the history for the result of each operation.</summary>
internal static class HistoryOutcomes
{
    /// <summary>The entry of an operation that begins.</summary>
    public static HistoryEntry Begun(string operation, DatabaseAddress? target = null) => new()
    {
        At = default,
        Operation = operation,
        Target = target?.Name,
        Result = HistoryResult.Succeeded,
        Duration = default,
    };

    /// <summary>An entry about a backup.</summary>
    public static HistoryEntry About(HistoryEntry entry, BackupSet set) => entry with
    {
        Database = set.Database,
        Target = entry.Target ?? set.Source,
        BackupId = set.Id,
    };

    /// <summary>An entry about a restore.</summary>
    public static HistoryEntry About(HistoryEntry entry, RestoreRecord record) => entry with
    {
        Database = record.Database,
        Target = record.Target,
        BackupId = record.BackupId,
        RestoreId = record.RestoreId,
    };

    public static HistoryEntry Restored(HistoryEntry entry, RestoreRecord record) => About(entry, record) with
    {
        Result = record.Status switch
        {
            RestoreStatus.Committed => HistoryResult.Succeeded,
            RestoreStatus.AwaitingVerdict or RestoreStatus.InProgress => HistoryResult.Inconclusive,
            _ => HistoryResult.Failed,
        },
        Outcome = record.Status.ToString(),
        Detail = record.Strategy is { } strategy ? $"strategy {strategy}" : null,
    };

    public static HistoryEntry Undone(HistoryEntry entry, RestoreRecord record) => About(entry, record) with
    {
        Result = record.Status == RestoreStatus.Undone ? HistoryResult.Succeeded : HistoryResult.Inconclusive,
        Outcome = record.Status.ToString(),
    };

    public static HistoryEntry Completed(HistoryEntry entry, RestoreRecord record) => About(entry, record) with
    {
        Result = record.Status == RestoreStatus.Committed ? HistoryResult.Succeeded : HistoryResult.Inconclusive,
        Outcome = record.Status.ToString(),
    };

    public static HistoryEntry Tested(HistoryEntry entry, VerificationReport report) => entry with
    {
        Database = report.Database ?? entry.Database,
        BackupId = report.Id ?? entry.BackupId,
        DrillId = report.DrillId,
        Result = Of(report.Status),
        Outcome = report.Status.ToString(),
        Detail = $"level {report.Level}",
    };

    public static HistoryEntry Drilled(HistoryEntry entry, RestoreDrill drill) => entry with
    {
        Database = drill.Database,
        Target = drill.Source,
        BackupId = drill.Backup?.Id,
        DrillId = drill.DrillId,
        Result = drill.Status switch
        {
            DrillStatus.Passed => HistoryResult.Succeeded,
            DrillStatus.Inconclusive => HistoryResult.Inconclusive,
            _ => HistoryResult.Failed,
        },
        Outcome = drill.Status.ToString(),
        Detail = drill.Rto?.Realised is { } time ? $"recovery time {Durations.InWords(time)}" : null,
    };

    public static HistoryEntry Compared(HistoryEntry entry, DatabaseComparison comparison) => entry with
    {
        Target = comparison.Target,
        BackupId = comparison.BackupId,
        Result = comparison.Status == TableDifference.Inconclusive ? HistoryResult.Inconclusive : HistoryResult.Succeeded,
        Outcome = comparison.Status.ToString(),
    };

    public static HistoryEntry Smoked(HistoryEntry entry, SmokeReport report) => entry with
    {
        Result = Of(report.Status),
        Outcome = report.Status.ToString(),
        Detail = Invariant($"{report.Checks.Count(check => check.Status == CheckStatus.Passed)} of {report.Checks.Count} checks passed"),
    };

    public static HistoryEntry Removed(HistoryEntry entry, RemovalPlan plan) => About(entry, plan.Backup) with { SizeBytes = plan.Bytes };

    public static HistoryEntry Removed(HistoryEntry entry, PreviousCopy copy) => entry with
    {
        Target = copy.Target,
        RestoreId = copy.RestoreId,
        SizeBytes = copy.SizeBytes,
    };

    public static HistoryEntry Pruned(HistoryEntry entry, RetentionReport report)
    {
        var databases = report.Sets.Select(set => set.Database).Distinct().ToList();
        var (sets, copies) = (report.Sets.Where(set => set.IsRemoved).ToList(), report.Copies.Where(copy => copy.IsRemoved).ToList());
        var problems = RetentionReport.Problems(report).Count;
        return entry with
        {
            Database = databases.Count == 1 ? databases[0] : null,
            Result = problems > 0 ? HistoryResult.Failed
                : RetentionReport.Stops(report).Count > 0 ? HistoryResult.Inconclusive : HistoryResult.Succeeded,
            Detail = Invariant($"{sets.Count} of {report.Sets.Count} backups removed")
                + (copies.Count > 0 ? Invariant($", {copies.Count} of {report.Copies.Count} previous copies") : "")
                + (problems > 0 ? Invariant($", {problems} could not be removed") : "")
                + string.Concat(RetentionReport.Stops(report).Select(stop => $"; nothing of {stop.Database}: {stop.Why}")),
            SizeBytes = sets.Sum(set => set.SizeBytes) + copies.Sum(copy => copy.SizeBytes),
        };
    }

    public static HistoryEntry Pinned(HistoryEntry entry, BackupSet set) => About(entry, set) with
    {
        Detail = set.PinnedUntil is { } until ? Invariant($"until {until:yyyy-MM-dd HH:mm:ss} UTC") : null,
    };

    public static HistoryEntry JobEnded(HistoryEntry entry, JobReport report) => entry with
    {
        Result = Of(report.Status),
        Outcome = report.Status.ToString(),
        Detail = report.Detail,
    };

    // A repair that found nothing to do is no work.
    public static HistoryEntry? Repaired(HistoryEntry entry, CatalogReport report) =>
        report.Findings.Count(finding => finding.IsRepaired) is > 0 and var repaired
            ? entry with { Detail = Invariant($"{repaired} {(repaired == 1 ? "leftover" : "leftovers")} removed") } : null;

    public static HistoryEntry Noted(HistoryEntry entry, DrillNote note) => entry with { DrillId = note.DrillId };

    // Where there was no lock, nothing was done.
    public static HistoryEntry? Unlocked(HistoryEntry entry, string? owner) => owner is null ? null : entry with { Detail = owner };

    private static HistoryResult Of(CheckStatus status) => status switch
    {
        CheckStatus.Passed => HistoryResult.Succeeded,
        CheckStatus.Failed => HistoryResult.Failed,
        _ => HistoryResult.Inconclusive,
    };
}
