using System.Globalization;
using CsCheck;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Retention;

namespace Postry.Ops.Engine.Tests.Retention;

/// <summary>The retention decision against a slow model that says the same in the plainest way, on random sets, policies and
/// zones.</summary>
public sealed class RetentionModelTests
{
    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"];

    private static readonly Gen<int> Count = Gen.Frequency((3, Gen.Const(0)), (2, Gen.Int[1, 4]), (1, Gen.Int[5, 40]));

    private static readonly Gen<TimeSpan> Window =
        Gen.Frequency((4, Gen.Const(TimeSpan.Zero)), (1, Gen.Int[1, 60].Select(days => TimeSpan.FromDays(days))));

    private static readonly Gen<RetentionPolicy> Policies =
        from last in Count
        from counts in Count.Array[5]
        from within in Window
        from windows in Window.Array[5]
        from minimum in Gen.Int[0, 20]
        from zone in Gen.Int[0, Zones.Length - 1].Select(i => Zones[i])
        select new RetentionPolicy
        {
            KeepLast = last, KeepHourly = counts[0], KeepDaily = counts[1], KeepWeekly = counts[2], KeepMonthly = counts[3],
            KeepYearly = counts[4], KeepWithin = within, KeepWithinHourly = windows[0], KeepWithinDaily = windows[1],
            KeepWithinWeekly = windows[2], KeepWithinMonthly = windows[3], KeepWithinYearly = windows[4],
            MinimumAge = TimeSpan.FromDays(minimum), TimeZone = zone,
        };

    private static readonly Gen<BackupSet[]> Sets =
        from hours in Gen.Frequency((2, Gen.Int[0, 100]), (2, Gen.Int[0, 3000]), (1, Gen.Int[0, 30000])).HashSet[0, 40]
        from kinds in Gen.Int[0, 19].Array[hours.Count]
        select hours.Select((hour, i) => RetentionCases.Set($"s{i}", hour, kinds[i] switch
        {
            0 => BackupStatus.Suspicious,
            1 => BackupStatus.Damaged,
            2 => BackupStatus.Tampered,
            _ => BackupStatus.Complete,
        }) with
        {
            ProvenAt = kinds[i] == 3 ? RetentionCases.Now : null,
            HasPin = kinds[i] is 4 or 5 or 6,
            PinnedUntil = kinds[i] switch { 5 => RetentionCases.Now.AddDays(1), 6 => RetentionCases.Now.AddHours(-50), _ => null },
        }).ToArray();

    [Fact]
    public void The_decision_is_that_of_the_model() => Gen.Select(Policies, Sets).Sample((policy, sets) =>
    {
        var facts = RetentionCases.Case(policy, sets);
        var decided = RetentionDecision.Decide(facts);
        Assert.Equal(sets.Length, decided.Count);
        Assert.Equal(Model(facts).Order(StringComparer.Ordinal), decided.Where(verdict => verdict.Action == RetentionAction.Keep)
            .Select(verdict => verdict.BackupId).Order(StringComparer.Ordinal));
        Assert.All(decided, verdict => Assert.NotEmpty(verdict.Reasons));
    }, iter: 3000);

    [Fact]
    public void What_was_decided_stands_when_the_removed_are_gone() => Gen.Select(Policies, Sets).Sample((policy, sets) =>
    {
        var first = RetentionDecision.Decide(RetentionCases.Case(policy, sets));
        var kept = first.Where(verdict => verdict.Action == RetentionAction.Keep).Select(verdict => verdict.BackupId).ToHashSet();
        var again = RetentionDecision.Decide(RetentionCases.Case(policy, [.. sets.Where(set => kept.Contains(set.Id))]));
        // A set that was only the oldest while a count was not filled, or the one before a window, cannot become less than that.
        Assert.All(again, verdict => Assert.Equal(RetentionAction.Keep, verdict.Action));
    }, iter: 2000);

    [Fact]
    public void More_rules_never_remove_more() => Gen.Select(Policies, Policies, Sets).Sample((one, other, sets) =>
    {
        var both = one with
        {
            KeepLast = Math.Max(one.KeepLast, other.KeepLast), KeepDaily = Math.Max(one.KeepDaily, other.KeepDaily),
            KeepWithin = one.KeepWithin > other.KeepWithin ? one.KeepWithin : other.KeepWithin,
        };
        Assert.Subset(Kept(both, sets), Kept(one, sets));
    }, iter: 1000);

    private static HashSet<string> Kept(RetentionPolicy policy, BackupSet[] sets) =>
        [.. RetentionDecision.Decide(RetentionCases.Case(policy, sets)).Where(verdict => verdict.Action == RetentionAction.Keep)
            .Select(verdict => verdict.BackupId)];

    // The model goes through periods, not through sets.
    private static IEnumerable<string> Model(RetentionCase facts)
    {
        var policy = facts.Policy;
        var good = facts.Sets.Where(set => set.Status == BackupStatus.Complete).OrderByDescending(set => set.SnapshotAt).ToList();
        var kept = new HashSet<string>();
        foreach (var set in facts.Sets.Where(set => set.Status is BackupStatus.Damaged or BackupStatus.Tampered)) kept.Add(set.Id);
        foreach (var set in facts.Sets.Where(set => set.Status == BackupStatus.Suspicious))
            if (!good.Exists(newer => newer.SnapshotAt - set.SnapshotAt >= policy.MinimumAge)) kept.Add(set.Id);
        var pinned = facts.Sets.Where(IsPinned).ToList();
        foreach (var set in pinned) kept.Add(set.Id);
        if (good.Count == 0) return kept;

        var free = good.Except(pinned).ToList();
        kept.Add(good[0].Id);
        if (good.Find(set => set.ProvenAt is not null) is { } proven) kept.Add(proven.Id);
        foreach (var set in good.Where(set => Age(set) < policy.MinimumAge)) kept.Add(set.Id);
        for (var i = 0; i < Math.Min(policy.KeepLast, free.Count); i++) kept.Add(free[i].Id);
        if (policy.KeepWithin > TimeSpan.Zero)
        {
            foreach (var set in free.Where(set => Age(set) < policy.KeepWithin)) kept.Add(set.Id);
            if (free.Find(set => Age(set) >= policy.KeepWithin) is { } before) kept.Add(before.Id);
        }

        Periods(policy.KeepHourly, policy.KeepWithinHourly, time => $"{time:yyyyMMddHH}{time.Offset}");
        Periods(policy.KeepDaily, policy.KeepWithinDaily, time => $"{time:yyyyMMdd}");
        Periods(policy.KeepWeekly, policy.KeepWithinWeekly, time => Monday(time.Date).ToString("yyyyMMdd", CultureInfo.InvariantCulture));
        Periods(policy.KeepMonthly, policy.KeepWithinMonthly, time => $"{time:yyyyMM}");
        Periods(policy.KeepYearly, policy.KeepWithinYearly, time => $"{time:yyyy}");
        return kept;

        // Of a pin with an end, the clock and a good backup must say that it has passed.
        bool IsPinned(BackupSet set) => set.HasPin
            && (set.PinnedUntil is not { } until || until > facts.Now || !good.Exists(newer => newer.SnapshotAt >= until));

        TimeSpan Age(BackupSet set) => good[0].SnapshotAt - set.SnapshotAt;

        void Periods(int count, TimeSpan window, Func<DateTimeOffset, string> name)
        {
            var newest = free.GroupBy(set => name(TimeZoneInfo.ConvertTime(new DateTimeOffset(set.SnapshotAt, TimeSpan.Zero), facts.Zone)))
                .Select(period => period.MaxBy(set => set.SnapshotAt)!).OrderByDescending(set => set.SnapshotAt).ToList();
            foreach (var set in newest.Take(count)) kept.Add(set.Id);
            if (count > newest.Count && free.Count > 0) kept.Add(free[^1].Id);
            foreach (var set in newest.Where(set => Age(set) < window)) kept.Add(set.Id);
        }
    }

    private static DateTime Monday(DateTime day) => day.AddDays(-(((int)day.DayOfWeek + 6) % 7));
}
