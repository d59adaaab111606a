using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Retention;
using static Postry.Ops.Engine.Tests.Retention.RetentionCases;

namespace Postry.Ops.Engine.Tests.Retention;

/// <summary>The retention decision by examples: each rule, what is never removed, and what stops it.</summary>
public sealed class RetentionDecisionTests
{
    private static readonly RetentionPolicy Nothing = new() { KeepLast = 0, MinimumAge = TimeSpan.Zero };

    [Fact]
    public void Each_rule_says_why_it_keeps()
    {
        var sets = new[]
        {
            At("a", Day(29, 3)), At("b", Day(28, 15)), At("c", Day(28, 3)), At("d", Day(23, 3)), At("e", Day(22, 3)), At("f", Day(1, 3)),
            At("g", new DateTime(2025, 12, 31, 3, 0, 0, DateTimeKind.Utc)), At("h", new DateTime(2025, 6, 1, 3, 0, 0, DateTimeKind.Utc)),
        };
        Assert.Equal("""
            a Keep daily 2026-11-29; weekly 2026-W48; monthly 2026-11; yearly 2026; newest good
            b Keep daily 2026-11-28
            c Remove no rule keeps it
            d Remove no rule keeps it
            e Keep weekly 2026-W47
            f Remove no rule keeps it
            g Keep monthly 2025-12; yearly 2025
            h Keep oldest, while there are fewer than 3 yearly
            """, Decide(Nothing with { KeepDaily = 2, KeepWeekly = 2, KeepMonthly = 2, KeepYearly = 3 }, sets));
    }

    [Fact]
    public void A_window_keeps_one_more_beyond_its_edge()
    {
        Assert.Equal("""
            a Keep within 2d; newest good
            b Keep within 2d
            c Keep the one before the last 2d
            d Remove no rule keeps it
            """, Decide(Nothing with { KeepWithin = TimeSpan.FromDays(2) }, Set("a", 0), Set("b", 47), Set("c", 48), Set("d", 49)));
    }

    [Fact]
    public void Week_53_belongs_to_the_year_that_it_began_in()
    {
        // 1 January 2027 is a Friday of week 53 of 2026; 4 January begins week 1.
        Assert.Equal("""
            a Keep weekly 2027-W01; newest good
            b Keep weekly 2026-W53
            c Remove no rule keeps it
            """, Decide(Nothing with { KeepWeekly = 2 }, new DateTime(2027, 1, 5, 0, 0, 0, DateTimeKind.Utc),
                At("a", new DateTime(2027, 1, 4, 3, 0, 0, DateTimeKind.Utc)), At("b", new DateTime(2027, 1, 3, 3, 0, 0, DateTimeKind.Utc)),
                At("c", new DateTime(2026, 12, 28, 3, 0, 0, DateTimeKind.Utc))));
    }

    [Fact]
    public void The_hour_that_comes_twice_is_two_hours_and_a_day_begins_at_local_midnight()
    {
        // Summer time in Berlin ended on 25 October 2026 at 01:00 UTC.
        var policy = Nothing with { KeepHourly = 2, TimeZone = "Europe/Berlin" };
        Assert.Equal("""
            a Keep hourly 2026-10-25 02:00+01:00; newest good
            b Keep hourly 2026-10-25 02:00+02:00
            c Remove no rule keeps it
            """, Decide(policy, At("a", October(25, 1, 30)), At("b", October(25, 0, 30)), At("c", October(24, 23, 30))));
        Assert.Equal("""
            a Keep daily 2026-10-25; newest good
            b Remove no rule keeps it
            c Keep daily 2026-10-24
            """, Decide(policy with { KeepHourly = 0, KeepDaily = 2 }, At("a", October(25, 1, 30)), At("b", October(24, 22, 30)),
                At("c", October(24, 21, 30))));
    }

    [Fact]
    public void Failed_nights_use_no_slot_and_what_cannot_be_trusted_is_never_removed()
    {
        Assert.Equal("""
            s Keep Suspicious, and no newer good backup is old enough to replace it
            d Keep Damaged: no policy removes what cannot be trusted
            a Keep one of the last 2; newest good
            t Keep Tampered: no policy removes what cannot be trusted
            b Keep one of the last 2
            o Remove Suspicious, and newer good backups are old enough
            c Remove no rule keeps it
            """, Decide(Nothing with { KeepLast = 2 }, Set("s", 1, BackupStatus.Suspicious), Set("d", 2, BackupStatus.Damaged), Set("a", 24),
                Set("t", 30, BackupStatus.Tampered), Set("b", 48), Set("o", 60, BackupStatus.Suspicious), Set("c", 72)));
    }

    [Fact]
    public void The_newest_good_and_the_newest_proven_one_stay_and_ages_count_from_the_newest_good_one()
    {
        var old = Now.AddYears(-3);
        Assert.Equal("""
            a Keep one of the last 1; newest good; younger than 7d
            b Keep younger than 7d
            c Remove no rule keeps it
            p Keep newest proven
            q Remove no rule keeps it
            """, Decide(new RetentionPolicy { KeepLast = 1 }, At("a", old), At("b", old.AddDays(-6)), At("c", old.AddDays(-8)),
                At("p", old.AddDays(-9)) with { ProvenAt = Now }, At("q", old.AddDays(-10)) with { ProvenAt = Now }));
    }

    [Fact]
    public void A_time_in_the_future_pushes_nothing_out()
    {
        Assert.Equal("""
            f Keep quarantined: its time lies in the future
            a Keep one of the last 1; newest good
            b Remove no rule keeps it
            """, Decide(Nothing with { KeepLast = 1 }, Set("f", -1), Set("a", -0.05), Set("b", 24)));
    }

    [Fact]
    public void Times_that_contradict_the_order_and_foreign_keys_stop_their_database_alone()
    {
        var other = Set("x", 1) with { SourceIdentity = "/srv/other.db", Database = "other" };
        Assert.Equal("""
            a Keep one of the last 1; newest good; stopped: by their times a is newer than b, and by their sequence it is older
            b Keep stopped: by their times a is newer than b, and by their sequence it is older
            x Keep one of the last 1; newest good
            y Remove no rule keeps it
            """, Decide(Nothing with { KeepLast = 1 }, Set("a", 1) with { Sequence = 7 }, Set("b", 24) with { Sequence = 8 }, other,
                other with { Id = "y", SnapshotAt = Now.AddHours(-2), ManifestFile = "/b/db/y" }));
        Assert.Equal("""
            u Keep Unverified: no policy removes what cannot be trusted; stopped: u is signed with a key that is missing here
            a Keep one of the last 1; newest good; stopped: u is signed with a key that is missing here
            b Keep stopped: u is signed with a key that is missing here
            """, Decide(Nothing with { KeepLast = 1 }, Set("u", 0, BackupStatus.Unverified), Set("a", 1), Set("b", 24)));
        // Backups that were made close together in between do not hide it.
        Assert.All(RetentionDecision.Decide(Case(Nothing with { KeepLast = 1 }, Set("a", 0) with { Sequence = 1 },
            Set("b", 0.05) with { Sequence = 2 }, Set("c", 0.1) with { Sequence = 3 })),
            verdict => Assert.Contains("stopped: by their times a is newer than c", verdict.Reasons[^1], StringComparison.Ordinal));
        // Two hosts whose clocks differ by seconds are no contradiction.
        Assert.Contains("b Remove", Decide(Nothing with { KeepLast = 1 }, Set("a", 1) with { Sequence = 7 },
            Set("b", 1.05) with { Sequence = 8 }), StringComparison.Ordinal);
    }

    [Fact]
    public void Databases_engines_and_parts_do_not_push_each_other_out()
    {
        var part = Set("p", 24) with { Scope = "only schema a" };
        var files = Set("r", 24) with { Mode = DatabaseMode.Runtime };
        Assert.All(RetentionDecision.Decide(Case(Nothing with { KeepLast = 1 }, Set("a", 0), part, files,
            Set("l", 24) with { Legacy = true }, Set("s", 24) with { BeforeRestore = "rrrrrrrr" })),
            verdict => Assert.Equal(RetentionAction.Keep, verdict.Action));
    }

    [Fact]
    public void What_a_restore_in_place_replaced_goes_as_a_previous_copy_does()
    {
        var (young, old) = (Set("y", 24 * 13) with { BeforeRestore = "rrrrrrrr" }, Set("o", 24 * 15) with { BeforeRestore = "rrrrrrrr" });
        var policy = Nothing with { KeepLast = 1 };
        Assert.Equal("""
            a Keep one of the last 1; newest good
            y Keep what the restore rrrrrrrr replaced
            o Remove no rule keeps it
            """, Decide(policy, Set("a", 0), young, old));
        Assert.DoesNotContain("Remove", Decide(policy with { PreviousCopies = TimeSpan.Zero }, Set("a", 0), young, old),
            StringComparison.Ordinal);
        Assert.DoesNotContain("Remove", Decide(policy with { MinimumAge = TimeSpan.FromDays(16) }, Set("a", 0), young, old),
            StringComparison.Ordinal);
        Assert.DoesNotContain("Remove", Decide(policy, young, old), StringComparison.Ordinal);
    }

    [Fact]
    public void Previous_copies_go_when_a_good_backup_of_their_database_is_so_much_newer()
    {
        var other = Set("x", 0) with { SourceIdentity = "/srv/other.db", Database = "other" };
        var damaged = Set("d", 0, BackupStatus.Damaged);
        Assert.Equal(["older than 14d", "no good backup is 14d newer", "younger than 14d"],
            Reasons(new RetentionPolicy(), [Set("a", 24 * 5), other, damaged], Copy(20), Copy(18), Copy(13)));
        // A database without backups of its own counts by those of the others, and a clock that jumps removes nothing.
        Assert.Equal(["older than 14d", "younger than 14d"], Reasons(new RetentionPolicy(), [other], Copy(14), Copy(13)));
        Assert.Equal(["no good backup is 14d newer"], Reasons(new RetentionPolicy(), [], Copy(1000)));
        Assert.Equal(["no good backup is 14d newer"], Reasons(new RetentionPolicy(), [Set("f", -24 * 100)], Copy(20)));
        Assert.Equal(["no rule removes previous copies"], Reasons(new RetentionPolicy { PreviousCopies = TimeSpan.Zero }, [other], Copy(99)));
        foreach (var open in new[] { RestoreStatus.AwaitingVerdict, RestoreStatus.InProgress })
            Assert.Equal([$"the restore rrrrrrrr is {open}: the copy is its only way back"],
                Reasons(new RetentionPolicy(), [other], Copy(99, open)));
    }

    [Fact]
    public void A_pin_keeps_and_uses_no_place()
    {
        Assert.Equal("""
            a Keep pinned; newest good
            b Keep one of the last 2
            c Keep pinned until 2027-01-01: before the migration
            d Keep one of the last 2
            e Keep pinned until 2026-12-24 12:30 UTC
            f Remove no rule keeps it
            g Keep pinned, though the pin cannot be trusted: It was changed after it was signed
            """, Decide(Nothing with { KeepLast = 2 }, Pinned(Set("a", 0)), Set("b", 24),
                Pinned(Set("c", 48), new DateTime(2027, 1, 1, 0, 0, 0, DateTimeKind.Utc), "before the migration"), Set("d", 72),
                Pinned(Set("e", 96), new DateTime(2026, 12, 24, 12, 30, 0, DateTimeKind.Utc)), Set("f", 120),
                Pinned(Set("g", 144)) with { PinProblem = "It was changed after it was signed." }));
        // Ages count from the newest good backup, pinned or not, and a window leaves pinned ones out, too.
        Assert.Equal("""
            a Keep pinned; newest good
            b Keep daily 2026-11-28, within 2d; within 2d
            c Keep pinned
            d Keep the one before the last 2d
            e Remove no rule keeps it
            """, Decide(Nothing with { KeepWithin = TimeSpan.FromDays(2), KeepWithinDaily = TimeSpan.FromDays(2) }, Pinned(Set("a", 0)),
                Set("b", 24), Pinned(Set("c", 48)), Set("d", 72), Set("e", 96)));
    }

    [Fact]
    public void A_pin_ends_when_its_time_has_passed_by_the_clock_and_by_a_good_backup()
    {
        var (hour, day) = (Now.AddHours(-1), Now.AddDays(-2));
        Assert.Equal("""
            a Keep one of the last 1; newest good
            b Remove no rule keeps it
            """, Decide(Nothing with { KeepLast = 1 }, Set("a", 0.5), Pinned(Set("b", 96), hour)));
        // A clock that jumps ends no pin.
        Assert.Equal("""
            a Keep one of the last 1; newest good
            b Keep pinned until 2026-11-29 11:00 UTC; no good backup is newer than that
            c Remove no rule keeps it
            """, Decide(Nothing with { KeepLast = 1 }, Now.AddYears(1), Set("a", 2), Pinned(Set("b", 96), hour), Pinned(Set("c", 120), day)));
        // Neither does a backup that lies in the future.
        Assert.Contains("b Keep pinned", Decide(Nothing with { KeepLast = 1 }, Set("f", -24), Set("a", 2), Pinned(Set("b", 96), hour)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_restore_needs_stays()
    {
        var facts = Case(Nothing with { KeepLast = 1 }, Set("a", 0), Set("b", 24)) with
        {
            Needed = new Dictionary<string, string> { ["b"] = "in use" },
        };
        Assert.Equal(["in use"], RetentionDecision.Decide(facts)[1].Reasons);
    }

    private static string Decide(RetentionPolicy policy, params BackupSet[] sets) => Decide(policy, Now, sets);

    private static string Decide(RetentionPolicy policy, DateTime now, params BackupSet[] sets) => string.Join('\n',
        RetentionDecision.Decide(Case(policy, sets) with { Now = now })
            .Select(verdict => $"{verdict.BackupId} {verdict.Action} {string.Join("; ", verdict.Reasons)}"));

    private static IEnumerable<string> Reasons(RetentionPolicy policy, BackupSet[] sets,
        params (PreviousCopy Copy, RestoreRecord Restore)[] copies)
    {
        var verdicts = CopyDecision.Decide(copies, Case(policy, sets));
        Assert.All(verdicts, verdict => Assert.Equal(verdict.Reasons[0].StartsWith("older", StringComparison.Ordinal),
            verdict.Action == RetentionAction.Remove));
        return verdicts.Select(verdict => Assert.Single(verdict.Reasons));
    }

    private static (PreviousCopy Copy, RestoreRecord Restore) Copy(int days, RestoreStatus status = RestoreStatus.Committed) =>
        (new PreviousCopy("rrrrrrrr", "/srv/app.db", $"/srv/app.db.previous-{days}", 10, Now.AddDays(-days)), new RestoreRecord
        {
            RestoreId = "rrrrrrrr", BackupId = "a", Database = "app", Mode = DatabaseMode.Sqlite, Target = "/srv/app.db", Status = status,
            BackupFile = "/b/db/a", SnapshotAt = Now, StartedAt = Now,
        });

    private static DateTime Day(int day, int hour) => new(2026, 11, day, hour, 0, 0, DateTimeKind.Utc);

    private static DateTime October(int day, int hour, int minute) => new(2026, 10, day, hour, minute, 0, DateTimeKind.Utc);
}
