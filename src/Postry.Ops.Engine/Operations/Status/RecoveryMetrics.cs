using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Status;

/// <summary>
/// The recovery status as metrics. A value that is not known has no series, and the state series say so: a monitoring system must never
/// take an unknown value for a good one. Points in time are written, never ages, so that a file which nobody renews grows old as well.
/// </summary>
internal static class RecoveryMetrics
{
    /// <summary>All series of the statuses, those of one name together.</summary>
    public static IReadOnlyList<MetricSample> Of(IReadOnlyList<RecoveryStatus> statuses)
    {
        var own = statuses.SelectMany(status => OfDatabase(status, LabelOf(status, statuses)));
        var shared = statuses.Count == 0 ? [] : OfRun(statuses[0]);
        return [.. own.Concat(shared).GroupBy(sample => sample.Name).SelectMany(group => group)];
    }

    private static IEnumerable<MetricSample> OfDatabase(RecoveryStatus status, string database)
    {
        var series = new Series(database);
        series.Add("postry_database_info", "A database that is watched, with its engine and location.", 1, [.. InfoOf(status)]);
        series.AddStates("postry_recovery_state", "How well the database could be recovered: 1 at the state that holds.", status.Status);
        foreach (var severity in new[] { RecoveryState.Warning, RecoveryState.Critical })
            series.Add("postry_recovery_reasons", "What is not in order, as postry status lists it.",
                status.Reasons.Count(reason => reason.Severity == severity), new MetricLabel("severity", Lower(severity)));
        AddObjective(series, "rpo", status.Rpo);
        AddObjective(series, "rto", status.Rto);
        series.AddTime("postry_last_backup_timestamp_seconds", "The moment whose data the newest good backup holds.",
            status.LastBackup?.At);
        series.AddTime("postry_last_proven_timestamp_seconds", "When a restore proved a backup the last time.", status.LastProven?.At);
        series.Add("postry_recovery_time_seconds", "The recovery time of the newest restore drill that passed.",
            status.Rto.Realised?.TotalSeconds);
        // A drill that was interrupted or proved nothing has no verdict.
        if (status.LastDrill is { Status: DrillStatus.Passed or DrillStatus.Failed } drill)
        {
            series.AddTime("postry_last_drill_timestamp_seconds", "When the newest restore drill with a verdict began.", drill.At);
            series.Add("postry_last_drill_success", "1 where that drill passed, and 0 where it failed.",
                drill.Status == DrillStatus.Passed ? 1 : 0);
        }

        series.AddTime("postry_next_drill_due_timestamp_seconds", "When the next restore drill is due.", status.NextDrillDue);
        series.AddTime("postry_last_backup_attempt_timestamp_seconds", "When an attempt to make a backup ended the last time.",
            status.LastAttempt);
        series.AddTime("postry_last_backup_failure_timestamp_seconds", "When an attempt to make a backup failed the last time.",
            status.LastFailure?.At);
        series.Add("postry_backup_failures_in_row", "Attempts that failed since the last backup that succeeded.", status.FailuresInRow);
        series.Add("postry_last_backup_size_bytes", "The size of the newest backup, with its runtime files.", status.Size?.Bytes);
        series.Add("postry_backup_size_objective_bytes", "The size that a backup is expected to stay under.", status.Size?.MaximumBytes);
        series.Add("postry_suspicious_backups", "Backups that may have been made after a loss of data.", status.Suspicious.Count);
        series.Add("postry_pending_restores", "Restores that wait for a decision, or were interrupted.", status.PendingRestores.Count);
        return series.Samples;
    }

    private static IEnumerable<MetricLabel> InfoOf(RecoveryStatus status)
    {
        if (status.Mode is { } mode) yield return new MetricLabel("mode", Lower(mode));
        if (status.Source is { } source) yield return new MetricLabel("source", source);
        yield return new MetricLabel("configured", status.Configured ? "true" : "false");
    }

    private static void AddObjective(Series series, string name, ObjectiveResult result)
    {
        series.Add("postry_objective_seconds", "The longest data loss (rpo) and recovery time (rto) that postry.json allows.",
            result.Objective.TotalSeconds, new MetricLabel("objective", name));
        series.AddStates("postry_objective_state", "Whether the objective is met: 1 at the state that holds.", result.Status,
            new MetricLabel("objective", name));
    }

    private static IEnumerable<MetricSample> OfRun(RecoveryStatus status)
    {
        var series = new Series();
        series.AddTime("postry_checked_timestamp_seconds", "When all of this was looked at.", status.CheckedAt);
        series.Add("postry_build_info", "The version that looked at it.", 1, new MetricLabel("version",
            typeof(RecoveryMetrics).Assembly.GetName().Version!.ToString(3)));
        if (status.Disk is not { } disk) return series.Samples;
        var folder = new MetricLabel("folder", disk.Folder);
        series.Add("postry_disk_size_bytes", "The size of the disk with the backups.", disk.TotalBytes, folder);
        series.Add("postry_disk_free_bytes", "The bytes there that can still be written.", disk.FreeBytes, folder);
        series.Add("postry_disk_used_ratio", "The share of the disk in use.", disk.UsedPercent / 100, folder);
        series.Add("postry_disk_used_objective_ratio", "The share from which the status is Warning and Critical.",
            disk.WarnPercent / 100d, folder, new MetricLabel("severity", Lower(RecoveryState.Warning)));
        series.Add("postry_disk_used_objective_ratio", "The share from which the status is Warning and Critical.",
            disk.CriticalPercent / 100d, folder, new MetricLabel("severity", Lower(RecoveryState.Critical)));
        series.Add("postry_disk_full_in_seconds", "The time until the disk is full, if backups go on and grow as before.",
            disk.DaysUntilFull is { } days ? TimeSpan.FromDays(1).TotalSeconds * days : null, folder);
        return series.Samples;
    }

    // Two databases may have one name, and every series must be unique.
    private static string LabelOf(RecoveryStatus status, IReadOnlyList<RecoveryStatus> all) =>
        all.Count(other => other.Database == status.Database) > 1 ? $"{status.Database} {status.Source}" : status.Database;

    private static string Lower<T>(T state) where T : struct, Enum => state.ToString().ToLowerInvariant();

    /// <summary>The series of one database, or of the run.</summary>
    private sealed class Series(string? database = null)
    {
        private readonly List<MetricSample> _samples = [];

        public IEnumerable<MetricSample> Samples => _samples;

        /// <summary>Adds a series; none where the value is not known.</summary>
        public void Add(string name, string help, double? value, params MetricLabel[] labels)
        {
            if (value is not { } known) return;
            IEnumerable<MetricLabel> own = database is null ? [] : [new MetricLabel("database", database)];
            _samples.Add(new MetricSample(name, help, [.. own, .. labels], known));
        }

        public void AddTime(string name, string help, DateTime? time) =>
            Add(name, help, time is { } at ? Math.Round((at - DateTime.UnixEpoch).TotalSeconds, 3) : null);

        /// <summary>Adds a series for each state, of which one is 1.</summary>
        public void AddStates<T>(string name, string help, T state, params MetricLabel[] labels) where T : struct, Enum
        {
            foreach (var each in Enum.GetValues<T>())
            {
                Add(name, help, EqualityComparer<T>.Default.Equals(each, state) ? 1 : 0,
                    [.. labels, new MetricLabel("state", Lower(each))]);
            }
        }
    }
}
