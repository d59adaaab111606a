using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Status;

/// <summary>
/// Tells whether the times of backups can be trusted. A clock that was set back makes an old backup look new, or a new one look old, so
/// that no age says anything.
/// </summary>
internal static class ClockCheck
{
    /// <summary>By how much the clocks of two hosts may differ.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>The problem of the times, in a whole sentence; null where there is none.</summary>
    public static string? FindProblem(RecoveryCase status)
    {
        var latest = status.Now + Tolerance;
        if (status.Made.FirstOrDefault(set => set.SnapshotAt > latest) is { } future)
            return Invariant($"The backup {future.Id} is of {future.SnapshotAt:yyyy-MM-dd HH:mm:ss} UTC, which lies in the future.");
        if (status.Evidence.FirstOrDefault(drill => drill.StartedAt > latest) is { } drill)
            return Invariant($"The evidence {drill.DrillId} is of {drill.StartedAt:yyyy-MM-dd HH:mm:ss} UTC, which lies in the future.");
        if (status.Database.Attempts.FirstOrDefault(attempt => attempt.At > latest) is { } attempt)
            return Invariant($"A backup ended at {attempt.At:yyyy-MM-dd HH:mm:ss} UTC, which lies in the future.");
        return SetBack(status.Made) ?? SetBack(status.Database.Attempts);
    }

    // A set names the set that it was compared with when it was made, which therefore is older, whatever its time says.
    private static string? SetBack(IReadOnlyList<BackupSet> sets)
    {
        var back = sets.FirstOrDefault(set => set.Plausibility is { } compared
            && compared.ComparedSnapshotAt > set.SnapshotAt + Tolerance && sets[0].SnapshotAt <= compared.ComparedSnapshotAt);
        return back is null ? null
            : $"The backup {back.Id} was made after {back.Plausibility!.ComparedWith}, and its time is earlier: a clock was set back.";
    }

    // Lines stand in the order in which they were added.
    private static string? SetBack(IReadOnlyList<HistoryEntry> attempts) =>
        attempts.Count > 1 && attempts.Max(attempt => attempt.At) > attempts[^1].At + Tolerance
            ? Invariant($"A backup ended at {attempts[^1].At:yyyy-MM-dd HH:mm:ss} UTC, after one that ended at ")
                + Invariant($"{attempts.Max(attempt => attempt.At):yyyy-MM-dd HH:mm:ss} UTC: a clock was set back.")
            : null;
}
