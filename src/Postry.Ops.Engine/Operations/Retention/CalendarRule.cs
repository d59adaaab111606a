using System.Globalization;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Retention;

/// <summary>A rule that keeps the newest backup of each of the last so many hours, days, weeks, months or years that have any, and while
/// there are fewer of them, the oldest backup; as restic's forget does.</summary>
/// <param name="Word">The rule in reasons, such as "daily".</param>
/// <param name="Count">The number of them.</param>
/// <param name="Window">The time before the newest good backup in which the rule keeps one of each, however many; zero for none.</param>
/// <param name="PeriodOf">The name of the hour, day, week, month or year of a time in the zone.</param>
internal sealed record CalendarRule(string Word, int Count, TimeSpan Window, Func<DateTimeOffset, string> PeriodOf)
{
    /// <summary>The rules of a policy, from the shortest period to the longest.</summary>
    public static IReadOnlyList<CalendarRule> Of(RetentionPolicy policy) =>
    [
        new("hourly", policy.KeepHourly, policy.KeepWithinHourly, time => Invariant($"{time:yyyy-MM-dd HH:00zzz}")),
        new("daily", policy.KeepDaily, policy.KeepWithinDaily, time => Invariant($"{time:yyyy-MM-dd}")),
        new("weekly", policy.KeepWeekly, policy.KeepWithinWeekly,
            time => Invariant($"{ISOWeek.GetYear(time.DateTime)}-W{ISOWeek.GetWeekOfYear(time.DateTime):00}")),
        new("monthly", policy.KeepMonthly, policy.KeepWithinMonthly, time => Invariant($"{time:yyyy-MM}")),
        new("yearly", policy.KeepYearly, policy.KeepWithinYearly, time => Invariant($"{time:yyyy}")),
    ];

    /// <summary>The backups that the rule keeps, with the reason.</summary>
    /// <param name="counted">The backups that fill places, the newest first.</param>
    /// <param name="newest">The time of the newest good backup, from which ages count.</param>
    /// <param name="zone">The time zone of the periods.</param>
    public IEnumerable<(BackupSet Set, string Reason)> Keeps(IReadOnlyList<BackupSet> counted, DateTime newest, TimeZoneInfo zone)
    {
        var left = Count;
        string? last = null;
        foreach (var set in counted)
        {
            // The hour that comes twice when summer time ends is two hours, because the offset is part of its name.
            var period = PeriodOf(TimeZoneInfo.ConvertTime(new DateTimeOffset(set.SnapshotAt, TimeSpan.Zero), zone));
            var isNew = period != last;
            var isOldest = ReferenceEquals(set, counted[^1]);
            if (left > 0 && (isNew || isOldest))
            {
                left--;
                yield return (set, isNew ? $"{Word} {period}" : $"oldest, while there are fewer than {Count} {Word}");
            }

            if (Window > TimeSpan.Zero && isNew && newest - set.SnapshotAt < Window)
                yield return (set, $"{Word} {period}, within {Durations.Write(Window)}");
            last = period;
        }
    }
}
