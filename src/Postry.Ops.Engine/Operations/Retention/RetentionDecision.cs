using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Retention;

/// <summary>
/// Decides which backups a policy keeps. The decision depends on nothing but its case, so that it can be tested, and shown before it is
/// carried out. docs/retention.md has the rules. Ages count from the newest good backup, never from the clock: a clock that is wrong
/// removes nothing.
/// </summary>
internal static class RetentionDecision
{
    /// <summary>A decision for each backup: by database, the newest first.</summary>
    public static IReadOnlyList<RetentionVerdict> Decide(RetentionCase facts) =>
    [
        .. facts.Sets.GroupBy(set => (set.Mode, set.SourceIdentity, set.Scope, set.Legacy))
            .OrderBy(group => group.First().Database, StringComparer.Ordinal).ThenBy(group => group.Key.Mode)
            .ThenBy(group => group.Key.SourceIdentity, StringComparer.Ordinal).ThenBy(group => group.Key.Scope, StringComparer.Ordinal)
            .SelectMany(group => DecideGroup(facts, NewestFirst(group))),
    ];

    private static IEnumerable<RetentionVerdict> DecideGroup(RetentionCase facts, IReadOnlyList<BackupSet> sets)
    {
        var isFuture = sets.ToLookup(set => set.SnapshotAt > facts.Now + BackupSet.ClockTolerance);
        var good = isFuture[false].Where(set => set is { Status: BackupStatus.Complete, BeforeRestore: null, Legacy: false }).ToList();
        var reasons = sets.ToDictionary(set => set.ManifestFile, _ => new List<string>(), StringComparer.Ordinal);
        void Keep(BackupSet set, string reason) => reasons[set.ManifestFile].Add(reason);

        foreach (var set in sets)
            if (WhyPinned(set, facts.Now, good) is { } pinned) Keep(set, pinned);
        var counted = good.Where(set => reasons[set.ManifestFile].Count == 0).ToList();
        if (good.Count > 0)
            foreach (var (set, reason) in KeptByRules(facts.Policy, counted, good[0].SnapshotAt, facts.Zone)) Keep(set, reason);
        foreach (var (set, reason) in Protected(facts, good)) Keep(set, reason);
        foreach (var set in sets.Where(set => facts.Needed.ContainsKey(set.Id))) Keep(set, facts.Needed[set.Id]);
        foreach (var set in isFuture[true]) Keep(set, "quarantined: its time lies in the future");
        foreach (var set in isFuture[false].Except(good))
            if (WhyNotCounted(set, good, facts.Policy) is { } reason) Keep(set, reason);
        var stopped = WhyStopped([.. isFuture[false]]);
        if (stopped is not null)
            foreach (var set in sets) Keep(set, $"stopped: {stopped}");
        return sets.Select(set => Verdict(set, reasons[set.ManifestFile]) with { Stopped = stopped });
    }

    /// <summary>The reason why a pin keeps a backup, or null. A clock that is wrong ends no pin: a good backup must have been made after
    /// its end, too.</summary>
    private static string? WhyPinned(BackupSet set, DateTime now, IReadOnlyList<BackupSet> good)
    {
        if (!set.HasPin) return null;
        if (set.PinProblem is not null) return PinText.Of(set);
        var line = PinText.Line(set.PinnedUntil, set.PinNote);
        return set.PinnedUntil is not { } until || until > now ? line
            : good.Count > 0 && good[0].SnapshotAt >= until ? null
            : $"{line}; no good backup is newer than that";
    }

    private static IEnumerable<(BackupSet, string)> KeptByRules(RetentionPolicy policy, IReadOnlyList<BackupSet> counted, DateTime newest,
        TimeZoneInfo zone) =>
    [
        .. counted.Take(policy.KeepLast).Select(set => (set, Invariant($"one of the last {policy.KeepLast}"))),
        .. CalendarRule.Of(policy).SelectMany(rule => rule.Keeps(counted, newest, zone)),
        .. KeptWithin(policy.KeepWithin, counted, newest),
    ];

    // The begin of the window can be restored only from the backup before it.
    private static IEnumerable<(BackupSet, string)> KeptWithin(TimeSpan window, IReadOnlyList<BackupSet> counted, DateTime newest)
    {
        if (window <= TimeSpan.Zero) return [];
        var words = Durations.Write(window);
        var inside = counted.TakeWhile(set => newest - set.SnapshotAt < window).ToList();
        return [.. inside.Select(set => (set, $"within {words}")),
            .. counted.Skip(inside.Count).Take(1).Select(set => (set, $"the one before the last {words}"))];
    }

    private static IEnumerable<(BackupSet, string)> Protected(RetentionCase facts, IReadOnlyList<BackupSet> good)
    {
        if (good.Count == 0) return [];
        var proven = good.Where(set => set.ProvenAt is not null).Take(1);
        return
        [
            (good[0], "newest good"),
            .. proven.Select(set => (set, "newest proven")),
            .. good.Where(set => good[0].SnapshotAt - set.SnapshotAt < facts.Policy.MinimumAge)
                .Select(set => (set, $"younger than {Durations.Write(facts.Policy.MinimumAge)}")),
        ];
    }

    /// <summary>The reason why a backup that fills no slot stays all the same; null where it may go.</summary>
    private static string? WhyNotCounted(BackupSet set, IReadOnlyList<BackupSet> good, RetentionPolicy policy) => set switch
    {
        { BeforeRestore: { } restore } => IsForgotten(set, good, policy) ? null : $"what the restore {restore} replaced",
        { Legacy: true } => "of the old scripts: it does not name its database",
        // A newer good backup shows that the loss was looked at. Before that, this one may be all that is left.
        { Status: BackupStatus.Suspicious } => good.Count > 0 && good[0].SnapshotAt - set.SnapshotAt >= policy.MinimumAge ? null
            : "Suspicious, and no newer good backup is old enough to replace it",
        _ => $"{set.Status}: no policy removes what cannot be trusted",
    };

    /// <summary>True for what a restore in place replaced, once it is as old as a previous copy may be. As long as the restore can be
    /// undone, the set is needed.</summary>
    private static bool IsForgotten(BackupSet set, IReadOnlyList<BackupSet> good, RetentionPolicy policy) =>
        set.Status == BackupStatus.Complete && policy.PreviousCopies > TimeSpan.Zero && good.Count > 0
        && good[0].SnapshotAt - set.SnapshotAt >= policy.PreviousCopies && good[0].SnapshotAt - set.SnapshotAt >= policy.MinimumAge;

    /// <summary>The reason why nothing of a database is removed, or null.</summary>
    private static string? WhyStopped(IReadOnlyList<BackupSet> sets)
    {
        if (sets.FirstOrDefault(set => set.Status == BackupStatus.Unverified) is { } foreign)
            return $"{foreign.Id} is signed with a key that is missing here";
        return FindWrongOrder(sets) is (var newer, var older)
            ? $"by their times {newer.Id} is newer than {older.Id}, and by their sequence it is older" : null;
    }

    /// <summary>Two backups of which the first has the later time and the lower sequence; null where there are none.</summary>
    private static (BackupSet Newer, BackupSet Older)? FindWrongOrder(IReadOnlyList<BackupSet> sets)
    {
        var signed = sets.Where(set => set is { Sequence: not null, Status: BackupStatus.Complete or BackupStatus.Suspicious })
            .Reverse().ToList();
        BackupSet? highest = null;
        var next = 0;
        foreach (var newer in signed)
        {
            // Of all that are surely older, the one with the highest sequence is the one to compare with.
            for (; newer.SnapshotAt - signed[next].SnapshotAt > BackupSet.ClockTolerance; next++)
                if (highest is null || signed[next].Sequence > highest.Sequence) highest = signed[next];
            if (highest is not null && newer.Sequence <= highest.Sequence) return (newer, highest);
        }

        return null;
    }

    private static RetentionVerdict Verdict(BackupSet set, IReadOnlyList<string> reasons) => new(set.Id, set.Database, set.Mode,
        set.SnapshotAt, set.SizeBytes + (set.Mode == DatabaseMode.Runtime || set.Runtime.File is null ? 0 : set.Runtime.SizeBytes),
        set.Status, set.BackupFile, reasons.Count > 0 ? RetentionAction.Keep : RetentionAction.Remove,
        reasons.Count > 0 ? reasons : [set.Status == BackupStatus.Suspicious ? "Suspicious, and newer good backups are old enough"
            : "no rule keeps it"]);

    private static IReadOnlyList<BackupSet> NewestFirst(IEnumerable<BackupSet> sets) =>
    [
        .. sets.OrderByDescending(set => set.SnapshotAt).ThenByDescending(set => set.Sequence)
            .ThenBy(set => set.Id, StringComparer.Ordinal),
    ];
}
