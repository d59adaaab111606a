using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Retention;

/// <summary>
/// Decides which copies that restores and undos kept are removed. As with backups, ages count from the newest good backup, never from the
/// clock: that of the database which the copy was made of, or, where it has none, of the backup root.
/// </summary>
internal static class CopyDecision
{
    /// <summary>A decision for each copy, in their order.</summary>
    /// <param name="copies">The copies that are there, with the records of their restores.</param>
    /// <param name="facts">The case, with all backups of the backup root.</param>
    public static IReadOnlyList<PreviousCopyVerdict> Decide(IReadOnlyList<(PreviousCopy Copy, RestoreRecord Restore)> copies,
        RetentionCase facts)
    {
        var good = facts.Sets.Where(set => set is { Status: BackupStatus.Complete, BeforeRestore: null, Legacy: false }
            && set.SnapshotAt <= facts.Now + BackupSet.ClockTolerance).ToList();
        var newest = good.GroupBy(set => set.SourceIdentity).ToDictionary(group => group.Key, group => group.Max(set => set.SnapshotAt));
        DateTime? newestOfAll = newest.Count == 0 ? null : newest.Values.Max();
        return [.. copies.Select(one => Verdict(one.Copy, Decide(one.Copy, one.Restore, facts,
            newest.TryGetValue(one.Restore.TargetIdentity ?? one.Restore.Target, out var own) ? own : newestOfAll)))];
    }

    private static (RetentionAction Action, string Reason) Decide(PreviousCopy copy, RestoreRecord restore, RetentionCase facts,
        DateTime? newestGood)
    {
        var window = facts.Policy.PreviousCopies;
        if (restore.Status is RestoreStatus.AwaitingVerdict or RestoreStatus.InProgress)
            return (RetentionAction.Keep, $"the restore {restore.RestoreId} is {restore.Status}: the copy is its only way back");
        if (window <= TimeSpan.Zero) return (RetentionAction.Keep, "no rule removes previous copies");
        var words = Durations.Write(window);
        if (newestGood is not { } newest || newest - copy.TakenAt < window)
            return (RetentionAction.Keep, facts.Now - copy.TakenAt < window ? $"younger than {words}" : $"no good backup is {words} newer");
        return (RetentionAction.Remove, $"older than {words}");
    }

    private static PreviousCopyVerdict Verdict(PreviousCopy copy, (RetentionAction Action, string Reason) decided) =>
        new(copy.RestoreId, copy.Target, copy.Path, copy.SizeBytes, copy.TakenAt, decided.Action, [decided.Reason]);
}
