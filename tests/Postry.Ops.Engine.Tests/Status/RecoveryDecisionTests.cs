using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Status;

namespace Postry.Ops.Engine.Tests.Status;

/// <summary>The status of a database as a function of facts, objectives and the time: nothing is Healthy that is not known to be.</summary>
public sealed class RecoveryDecisionTests
{
    private static readonly DateTime Now = new(2026, 6, 15, 12, 0, 0, DateTimeKind.Utc);
    private static readonly RootFacts Root = new(true, new DiskFacts("/b", 1000, 600, 400), null, [], [], null);

    private static readonly DatabaseFacts Well = new()
    {
        Name = "app",
        Mode = DatabaseMode.Sqlite,
        Source = "/srv/app.db",
        Configured = true,
        Sets = [Set("new", hours: 3) with { ProvenAt = Now.AddDays(-5), ProvenBy = "d1" }, Set("old", hours: 27)],
        Evidence = [Drill("d1", days: 5)],
        Attempts = [Succeeded(27, "old"), Succeeded(3)],
    };

    /// <summary>The cases: the facts, the status, whether something is not known, RPO, and a part of the first reason.</summary>
    public static TheoryData<string, RecoveryState, bool, ObjectiveStatus, string> Cases() => new()
    {
        { "well", RecoveryState.Healthy, false, ObjectiveStatus.Met, "" },
        { "never backed up", RecoveryState.Critical, false, ObjectiveStatus.Unknown, "never backed up" },
        { "only what a restore replaced", RecoveryState.Critical, false, ObjectiveStatus.Unknown, "never backed up" },
        { "stale", RecoveryState.Critical, false, ObjectiveStatus.Missed, "new is 25 hours old, and 24h are allowed" },
        { "stale, and nobody tried", RecoveryState.Critical, false, ObjectiveStatus.Missed,
            "No backup was tried since 2026-06-14 11:00:00 UTC" },
        { "stale, and backups fail", RecoveryState.Critical, false, ObjectiveStatus.Missed, "are allowed." },
        { "suspicious newest", RecoveryState.Critical, false, ObjectiveStatus.Met, "sus is Suspicious" },
        { "suspicious behind another one", RecoveryState.Critical, false, ObjectiveStatus.Met, "sus is Suspicious" },
        { "suspicious before a good one", RecoveryState.Healthy, false, ObjectiveStatus.Met, "" },
        { "damaged newest", RecoveryState.Critical, false, ObjectiveStatus.Met, "bad is Damaged" },
        { "tampered newest", RecoveryState.Critical, false, ObjectiveStatus.Met, "bad is Tampered" },
        { "all damaged", RecoveryState.Critical, false, ObjectiveStatus.Unknown, "None of its 1 backups is good" },
        { "no key", RecoveryState.Critical, true, ObjectiveStatus.Unknown, "No integrity key is set" },
        { "wrong key for the newest", RecoveryState.Critical, true, ObjectiveStatus.Met, "other cannot be checked" },
        { "wrong key, and the one before is stale", RecoveryState.Critical, true, ObjectiveStatus.Unknown, "other cannot be checked" },
        { "future set", RecoveryState.Critical, true, ObjectiveStatus.Unknown, "which lies in the future" },
        { "future set within the tolerance", RecoveryState.Healthy, false, ObjectiveStatus.Met, "" },
        { "future evidence", RecoveryState.Critical, true, ObjectiveStatus.Unknown, "which lies in the future" },
        { "clock set back, by the comparison", RecoveryState.Critical, true, ObjectiveStatus.Unknown, "a clock was set back" },
        { "clock set back and caught up", RecoveryState.Healthy, false, ObjectiveStatus.Met, "" },
        { "clock set back, by the history", RecoveryState.Critical, true, ObjectiveStatus.Unknown, "a clock was set back" },
        { "only a part is new", RecoveryState.Critical, false, ObjectiveStatus.Missed, "old is 27 hours old" },
        { "another part is meant", RecoveryState.Critical, false, ObjectiveStatus.Missed, "old is 27 hours old" },
        { "less than the part that is meant", RecoveryState.Critical, false, ObjectiveStatus.Missed, "old is 27 hours old" },
        { "drill of a part", RecoveryState.Warning, false, ObjectiveStatus.Met, "No restore drill" },
        { "drill of the part that is meant", RecoveryState.Healthy, false, ObjectiveStatus.Met, "" },
        { "only parts, and a drill of one", RecoveryState.Healthy, false, ObjectiveStatus.Met, "" },
        { "a part is meant", RecoveryState.Healthy, false, ObjectiveStatus.Met, "" },
        { "one failure", RecoveryState.Warning, false, ObjectiveStatus.Met, "The last backup failed, 60 minutes ago with DatabaseBusy" },
        { "two failures", RecoveryState.Critical, false, ObjectiveStatus.Met, "The last 2 backups failed" },
        { "failures before a success", RecoveryState.Healthy, false, ObjectiveStatus.Met, "" },
        { "a forged success after failures", RecoveryState.Critical, false, ObjectiveStatus.Met, "The last 2 backups failed" },
        { "failures before the newest set", RecoveryState.Warning, true, ObjectiveStatus.Met, "The history does not name the newest" },
        { "newest set removed", RecoveryState.Warning, false, ObjectiveStatus.Met, "The newest backup gone, which the history names" },
        { "servers in turn", RecoveryState.Warning, true, ObjectiveStatus.Met, "several databases in turn" },
        { "server made anew", RecoveryState.Healthy, false, ObjectiveStatus.Met, "" },
        { "no history at all", RecoveryState.Warning, true, ObjectiveStatus.Met, "does not name the newest backup new" },
        { "end of the history cut off", RecoveryState.Warning, true, ObjectiveStatus.Met, "does not name the newest backup new" },
        { "newest set in a forged line", RecoveryState.Warning, true, ObjectiveStatus.Met, "does not name the newest backup new" },
        { "newest set older than what is read", RecoveryState.Healthy, false, ObjectiveStatus.Met, "" },
        { "unreadable line after the last success", RecoveryState.Warning, true, ObjectiveStatus.Met, "1 line of the history" },
        { "unreadable line before the last success", RecoveryState.Healthy, false, ObjectiveStatus.Met, "" },
        { "failure before the database was known", RecoveryState.Warning, false, ObjectiveStatus.Met,
            "A backup failed 60 minutes ago with InvalidRequest, before it was known" },
        { "such a failure before a good backup", RecoveryState.Healthy, false, ObjectiveStatus.Met, "" },
        { "disk warn", RecoveryState.Warning, false, ObjectiveStatus.Met, "80% full" },
        { "disk below the objective", RecoveryState.Warning, false, ObjectiveStatus.Met, "49% is free, and 50% is wanted" },
        { "disk critical", RecoveryState.Critical, false, ObjectiveStatus.Met, "90% full" },
        { "disk not known", RecoveryState.Warning, true, ObjectiveStatus.Met, "is not known" },
        { "disk soon full", RecoveryState.Warning, false, ObjectiveStatus.Met, "full in 3.5 days" },
        { "too large", RecoveryState.Warning, false, ObjectiveStatus.Met, "has 200 bytes, and 100 are expected" },
        { "awaiting a verdict", RecoveryState.Critical, false, ObjectiveStatus.Met, "r1 of /srv/app.db needs your decision" },
        { "awaiting a verdict, of no known database", RecoveryState.Critical, false, ObjectiveStatus.Met, "r1 of /srv/app.db needs your" },
        { "record of a restore unreadable", RecoveryState.Warning, true, ObjectiveStatus.Met, "1 of the records of restores" },
        { "interrupted restore", RecoveryState.Critical, false, ObjectiveStatus.Met, "r1 of /srv/app.db was interrupted" },
        { "never drilled", RecoveryState.Warning, false, ObjectiveStatus.Met, "No restore drill" },
        { "only tested", RecoveryState.Warning, false, ObjectiveStatus.Met, "No restore drill" },
        { "drill overdue", RecoveryState.Warning, false, ObjectiveStatus.Met, "was due on 2026-06-11, 4 days ago" },
        { "drill of a month ago", RecoveryState.Healthy, false, ObjectiveStatus.Met, "" },
        { "drill failed", RecoveryState.Critical, false, ObjectiveStatus.Met, "restore drill d2 of 2026-06-14 12:00:00 UTC failed" },
        { "drill interrupted", RecoveryState.Warning, false, ObjectiveStatus.Met, "d2 of 2026-06-14 12:00:00 UTC was interrupted" },
        { "drill inconclusive", RecoveryState.Warning, false, ObjectiveStatus.Met, "d2 of 2026-06-14 12:00:00 UTC proved nothing" },
        { "test failed", RecoveryState.Critical, false, ObjectiveStatus.Met, "The newest test t of" },
        { "test failed before a drill", RecoveryState.Healthy, false, ObjectiveStatus.Met, "" },
        { "drill too slow", RecoveryState.Warning, false, ObjectiveStatus.Met, "took 2 hours, and 60m are allowed" },
        { "evidence changed", RecoveryState.Critical, false, ObjectiveStatus.Met, "Evidence was changed" },
        { "note changed", RecoveryState.Critical, false, ObjectiveStatus.Met, "proves nothing: note 2 on d1" },
        { "evidence without its key", RecoveryState.Warning, false, ObjectiveStatus.Met, "No restore drill" },
        { "drill of a dead process", RecoveryState.Warning, false, ObjectiveStatus.Met, "d2 of 2026-06-14 12:00:00 UTC was interrupted" },
        { "history changed", RecoveryState.Warning, true, ObjectiveStatus.Met, "The history was changed." },
        { "manifest unreadable", RecoveryState.Warning, true, ObjectiveStatus.Met, "1 of the manifests" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_status_follows_from_the_facts(string name, RecoveryState state, bool isUnknown, ObjectiveStatus rpo, string reason)
    {
        var status = RecoveryDecision.Decide(CaseOf(name));
        Assert.Equal((state, rpo), (status.Status, status.Rpo.Status));
        Assert.Equal(isUnknown, status.Reasons.Any(one => one.Unknown));
        Assert.Equal(state == RecoveryState.Healthy, status.Reasons.Count == 0);
        Assert.Contains(reason, status.Reasons.FirstOrDefault()?.Message ?? "", StringComparison.Ordinal);
        Assert.All(status.Reasons, one => Assert.False(string.IsNullOrWhiteSpace(one.NextStep)));
        Assert.Equal(status.Reasons.OrderByDescending(one => one.Severity), status.Reasons);
    }

    [Fact]
    public void A_status_has_the_values_that_were_judged()
    {
        var status = RecoveryDecision.Decide(Case(Well with { Attempts = [Failed(30), Succeeded(27), Failed(1)] }));
        Assert.Equal(new StatusBackup("new", Now.AddHours(-3), TimeSpan.FromHours(3)), status.LastBackup);
        Assert.Equal(new StatusProof("new", "d1", Now.AddDays(-5), TimeSpan.FromDays(5)), status.LastProven);
        Assert.Equal(new ObjectiveResult(TimeSpan.FromHours(24), TimeSpan.FromHours(3), ObjectiveStatus.Met), status.Rpo);
        Assert.Equal(new ObjectiveResult(TimeSpan.FromHours(1), TimeSpan.FromMinutes(4), ObjectiveStatus.Met), status.Rto);
        Assert.Equal((new StatusDrill("d1", Now.AddDays(-5), DrillStatus.Passed), Now.AddDays(26), 0),
            (status.LastDrill, status.NextDrillDue, status.DrillDaysOverdue));
        Assert.Equal((new StatusFailure("DatabaseBusy", Now.AddHours(-1), TimeSpan.FromHours(1)), 1), (status.LastFailure, status.FailuresInRow));
        Assert.Equal(Now.AddHours(-1), status.LastAttempt);
        Assert.Equal(new StatusSize(50, 100_000_000, ObjectiveStatus.Met, 50, null), status.Size);
        Assert.Equal(new StatusDisk("/b", 1000, 600, 40, 80, 90, ObjectiveStatus.Met, null), status.Disk);
    }

    [Fact]
    public void Nothing_depends_on_a_signature_that_cannot_be_checked()
    {
        var status = RecoveryDecision.Decide(CaseOf("no key"));
        Assert.Null(status.LastBackup);
        Assert.Null(status.LastProven);
        Assert.Equal((ObjectiveStatus.Unknown, ObjectiveStatus.Unknown), (status.Rpo.Status, status.Rto.Status));
        Assert.Null(status.NextDrillDue);
    }

    [Fact]
    public void The_most_urgent_reason_comes_first()
    {
        var facts = Well with
        {
            Sets = [Set("sus", hours: 1) with { Status = BackupStatus.Suspicious }, Set("old", hours: 50)],
            Evidence = [],
            Attempts = [Succeeded(3, "sus"), Failed(2), Failed(1)],
            Pending = [Pending(RestoreStatus.AwaitingVerdict)],
        };
        var reasons = RecoveryDecision.Decide(Case(facts, Root with { Disk = new DiskFacts("/b", 100, 5, 95) })).Reasons;
        Assert.Equal(["The restore", "The backup sus", "The disk", "The newest good", "The last 2", "No restore drill"],
            reasons.Select(reason => new[] { "The restore", "The backup sus", "The disk", "The newest good", "The last 2", "No restore drill" }
                .First(start => reason.Message.StartsWith(start, StringComparison.Ordinal))));
    }

    [Fact]
    public void A_next_step_names_the_database_by_its_entry_or_by_its_place()
    {
        static string Next(DatabaseFacts facts) =>
            Assert.Single(RecoveryDecision.Decide(Case(facts with { Evidence = [] })).Reasons).NextStep;
        Assert.Equal("<RestoreDrill> <Database> app", Next(Well));
        Assert.Equal("<RestoreDrill> <Database> 'my app'", Next(Well with { Name = "my app" }));
        Assert.Equal("<RestoreDrill> <Path> /srv/app.db", Next(Well with { Configured = false }));
    }

    [Fact]
    public void Growth_is_the_median_and_one_odd_backup_does_not_move_it()
    {
        List<BackupSet> sets = [.. Enumerable.Range(0, 10).Select(day => Set($"{day}", hours: 24 * day) with { SizeBytes = 1000 - (100 * day) })];
        Assert.Equal(100, Growth.PerDay(sets)!.Value, 3);
        sets[4] = sets[4] with { SizeBytes = 900_000 };
        Assert.Equal(100, Growth.PerDay(sets)!.Value, 3);
        Assert.Null(Growth.PerDay(sets[..2]));
        Assert.Null(Growth.PerDay([.. sets.Take(3).Select((set, i) => set with { SnapshotAt = Now.AddMinutes(-i) })]));

        // A backup of 1000 bytes a day that grows by 100 a day takes 1000 d + 50 d² bytes in d days.
        Assert.Equal(10, Growth.DaysUntilFull([[.. sets.Where((_, i) => i != 4)]], 15_000)!.Value, 0);
        Assert.Equal(5, Growth.DaysUntilFull([[Set("b", 0), Set("a", 24)]], 250)!.Value, 1);
        Assert.Null(Growth.DaysUntilFull([[Set("b", 0), Set("a", 1)], []], 250));
    }

    private static RecoveryCase CaseOf(string name)
    {
        var unchecked_ = Well with { Sets = [.. Well.Sets.Select(set => set with { Status = BackupStatus.Unverified, ProvenAt = null })],
            Evidence = [.. Well.Evidence.Select(drill => drill with { Evidence = CheckStatus.Inconclusive })] };
        DatabaseFacts Made(params BackupSet[] sets) => Well with
        {
            Sets = sets,
            Attempts = [.. sets.Reverse().Select(set => Succeeded((Now - set.SnapshotAt).TotalHours, set.Id))],
        };
        DatabaseFacts Newer(BackupSet set) => Made([set, .. Well.Sets]);
        DatabaseFacts Servers(params string[] identities) => Made([.. identities.Select((identity, i) => Set($"{i}", 3 * (i + 1)) with
            { Mode = DatabaseMode.Postgres, SourceIdentity = identity })]) with { Mode = DatabaseMode.Postgres };
        RestoreDrill OfPart(string part) => Drill("d1", 5) with { Backup = Drill("d1", 5).Backup! with { Scope = part } };
        DatabaseFacts Tried(params HistoryEntry[] attempts) => Well with { Attempts = attempts };
        DatabaseFacts Drilled(params RestoreDrill[] drills) => Well with { Evidence = drills };
        RestoreDrill Ended(DrillStatus status) => Drill("d2", days: 1) with { Status = status };
        BackupSet Compared(string id, double hours, double with) => Set(id, hours) with
        {
            Plausibility = new Plausibility("x", Now.AddHours(-with), [], [], false),
        };
        return name switch
        {
            "well" => Case(Well),
            "never backed up" => Case(Well with { Sets = [], Evidence = [] }),
            "only what a restore replaced" => Case(Well with { Sets = [Set("r", 1) with { BeforeRestore = "r1" }] }),
            "stale" => Case(Made(Set("new", hours: 25))),
            "stale, and nobody tried" => Case(Made(Set("new", hours: 25))),
            "stale, and backups fail" => Case(Made(Set("new", hours: 25)) with { Attempts = [Succeeded(25), Failed(1)] }),
            "suspicious newest" => Case(Newer(Set("sus", 1) with { Status = BackupStatus.Suspicious })),
            "suspicious behind another one" => Case(Made([Set("bad", 1) with { Status = BackupStatus.Damaged },
                Set("sus", 2) with { Status = BackupStatus.Suspicious }, .. Well.Sets])),
            "suspicious before a good one" => Case(Made(Set("new", 3), Set("sus", 8) with { Status = BackupStatus.Suspicious })),
            "damaged newest" => Case(Newer(Set("bad", 1) with { Status = BackupStatus.Damaged })),
            "tampered newest" => Case(Newer(Set("bad", 1) with { Status = BackupStatus.Tampered })),
            "all damaged" => Case(Made(Set("bad", 1) with { Status = BackupStatus.Damaged })),
            "no key" => Case(unchecked_, Root with { HasKey = false }),
            "wrong key for the newest" => Case(Newer(Set("other", 1) with { Status = BackupStatus.Unverified })),
            "wrong key, and the one before is stale" => Case(Made(Set("other", 1) with { Status = BackupStatus.Unverified }, Set("old", 27))),
            "future set" => Case(Newer(Set("future", hours: -1))),
            "future set within the tolerance" => Case(Newer(Set("future", hours: -0.05))),
            "future evidence" => Case(Drilled(Drill("d1", days: -1))),
            "clock set back, by the comparison" => Case(Made(Set("new", 3), Compared("later", 8, with: 3))),
            "clock set back and caught up" => Case(Made(Set("newest", 1), Set("new", 3), Compared("later", 8, with: 3))),
            "clock set back, by the history" => Case(Tried(Succeeded(3), Succeeded(8))),
            "only a part is new" => Case(Made(Set("part", 3) with { Scope = "only posts" }, Set("old", 27))),
            "a part is meant" => Case(Made(Set("part", 3) with { Scope = "only posts, without large objects" }, Set("old", 27)) with
                { NarrowedTo = "only posts" }),
            "another part is meant" => Case(Made(Set("part", 3) with { Scope = "only audit" }, Set("old", 27)) with
                { NarrowedTo = "only posts" }),
            "less than the part that is meant" => Case(Made(Set("part", 3) with { Scope = "only posts, without data of posts.log" },
                Set("old", 27)) with { NarrowedTo = "only posts" }),
            "drill of a part" => Case(Drilled(OfPart("only posts"))),
            "drill of the part that is meant" => Case(Drilled(OfPart("only posts")) with { NarrowedTo = "only posts" }),
            "only parts, and a drill of one" => Case(Made(Set("part", 3) with { Scope = "only posts" }) with
                { Evidence = [OfPart("only posts")] }),
            "one failure" => Case(Tried(Failed(50), Succeeded(27), Failed(1))),
            "two failures" => Case(Tried(Succeeded(27), Failed(2), Failed(1))),
            "failures before a success" => Case(Tried(Failed(5), Failed(4), Succeeded(3))),
            "a forged success after failures" => Case(Tried(Succeeded(3), Failed(2.9), Failed(2), Succeeded(1) with { Integrity = CheckStatus.Failed })),
            "failures before the newest set" => Case(Tried(Failed(5), Failed(4))),
            "newest set removed" => Case(Tried(Succeeded(3), Succeeded(1, "gone"))),
            "servers in turn" => Case(Servers("1/app", "2/app", "1/app")),
            "server made anew" => Case(Servers("1/app", "1/app", "2/app")),
            "no history at all" => Case(Tried()),
            "end of the history cut off" => Case(Tried(Succeeded(27, "old"))),
            "newest set in a forged line" => Case(Tried(Succeeded(27, "old"), Succeeded(3) with { Integrity = CheckStatus.Inconclusive })),
            "newest set older than what is read" => Case(Tried(), Root with { History = new HistoryReading([Failed(1)], 0, false)
                { IsWhole = false } }),
            "unreadable line after the last success" => Case(Tried(Succeeded(3) with { Line = 4 }), Root with
                { History = new HistoryReading([], 1, false) { Untold = [5] } }),
            "unreadable line before the last success" => Case(Tried(Succeeded(3) with { Line = 4 }), Root with
                { History = new HistoryReading([], 1, false) { Untold = [3] } }),
            "failure before the database was known" => Case(Well, Root with { NamelessFailures = [Nameless(1)] }),
            "such a failure before a good backup" => Case(Well, Root with { NamelessFailures = [Nameless(4)] }),
            "disk below the objective" => Case(Well, Root with { Disk = new DiskFacts("/b", 100, 49, 51) }),
            "disk warn" => Case(Well, Root with { Disk = new DiskFacts("/b", 100, 20, 80) }),
            "disk critical" => Case(Well, Root with { Disk = new DiskFacts("/b", 100, 10, 90) }),
            "disk not known" => Case(Well, Root with { Disk = null }),
            "disk soon full" => Case(Well, Root with { DaysUntilFull = 3.5 }),
            "too large" => Case(Newer(Set("large", 1) with { SizeBytes = 200 })) with { Objectives = new Objectives { MaximumSize = 100 } },
            "awaiting a verdict" => Case(Well with { Pending = [Pending(RestoreStatus.AwaitingVerdict)] }),
            "awaiting a verdict, of no known database" => Case(Well, Root with { Pending = [Pending(RestoreStatus.AwaitingVerdict)] }),
            "record of a restore unreadable" => Case(Well, Root with { UnreadableRecords = ["/b/restores/restore-x.json"] }),
            "interrupted restore" => Case(Well with { Pending = [Pending(RestoreStatus.InProgress)] }),
            "never drilled" => Case(Drilled()),
            "only tested" => Case(Drilled(Drill("t", 1) with { Kind = EvidenceKind.Test })),
            "drill overdue" => Case(Drilled(Drill("d1", days: 35))),
            "drill of a month ago" => Case(Drilled(Drill("d1", days: 31.5))),
            "drill failed" => Case(Drilled(Ended(DrillStatus.Failed), Drill("d1", days: 5))),
            "drill interrupted" => Case(Drilled(Ended(DrillStatus.Interrupted), Drill("d1", days: 5))),
            "drill inconclusive" => Case(Drilled(Ended(DrillStatus.Inconclusive), Drill("d1", days: 5))),
            "test failed" => Case(Drilled(Drill("t", 1) with { Kind = EvidenceKind.Test, Status = DrillStatus.Failed }, Drill("d1", days: 5))),
            "test failed before a drill" => Case(Drilled(Drill("d1", 1), Drill("t", 5) with { Kind = EvidenceKind.Test, Status = DrillStatus.Failed })),
            "drill too slow" => Case(Drilled(Drill("d1", days: 5, minutes: 120))),
            "evidence changed" => Case(Drilled(Drill("d2", 1) with { Evidence = CheckStatus.Failed }, Drill("d1", 5))),
            "note changed" => Case(Drilled(Drill("d1", 5) with { Notes = [Note(1, CheckStatus.Passed), Note(2, CheckStatus.Failed)] })),
            "evidence without its key" => Case(Drilled(Drill("d1", 5) with { Evidence = CheckStatus.Inconclusive })),
            "drill of a dead process" => Case(Drilled(Ended(DrillStatus.Interrupted) with { Evidence = CheckStatus.Inconclusive }, Drill("d1", 5))),
            "history changed" => Case(Well, Root with { HistoryProblem = "The history was changed." }),
            "manifest unreadable" => Case(Well, Root with { UnreadableManifests = ["/b/db/x.manifest.json"] }),
            _ => throw new ArgumentException(name, nameof(name)),
        };
    }

    private static RecoveryCase Case(DatabaseFacts facts, RootFacts? root = null) => new(facts, root ?? Root, new Objectives(), Now);

    private static BackupSet Set(string id, double hours) => new()
    {
        Id = id,
        Database = "app",
        Mode = DatabaseMode.Sqlite,
        SnapshotAt = Now.AddHours(-hours),
        BackupFile = $"/b/db/{id}",
        SizeBytes = 50,
        SourceBytes = 100,
        Source = "/srv/app.db",
        SourceIdentity = "/srv/app.db",
        Fingerprint = FingerprintKind.Content,
        Tables = [],
        Duration = TimeSpan.FromSeconds(1),
        Status = BackupStatus.Complete,
        ManifestFile = $"/b/db/{id}.manifest.json",
    };

    private static RestoreDrill Drill(string id, double days, double minutes = 4) => new()
    {
        DrillId = id,
        Kind = EvidenceKind.Drill,
        Status = DrillStatus.Passed,
        Database = "app",
        Mode = DatabaseMode.Sqlite,
        Source = "/srv/app.db",
        SourceIdentity = "/srv/app.db",
        Backup = new DrillBackup("new", "/b/db/new", "00", Now.AddDays(-days), 50, 100, true),
        Target = "a scratch file",
        StartedAt = Now.AddDays(-days),
        Host = "here",
        Tables = [new DrillTable("t", 1, 1, "f", "f", CheckStatus.Passed)],
        Rto = ObjectiveResult.Of(TimeSpan.FromHours(1), TimeSpan.FromMinutes(minutes)),
        Evidence = CheckStatus.Passed,
    };

    private static HistoryEntry Failed(double hours) => Attempt(hours) with { Result = HistoryResult.Failed, ErrorId = "DatabaseBusy" };

    private static HistoryEntry Nameless(double hours) => Failed(hours) with { Target = null, ErrorId = "InvalidRequest" };

    private static HistoryEntry Succeeded(double hours, string id = "new") => Attempt(hours) with { BackupId = id };

    private static DrillNote Note(int number, CheckStatus evidence) =>
        new("d1", number, Now, "ada@here", "Seen.", "00", null) { Evidence = evidence };

    private static HistoryEntry Attempt(double hours) => new()
    {
        At = Now.AddHours(-hours),
        Operation = HistoryEntry.Backup,
        Target = "/srv/app.db",
        Result = HistoryResult.Succeeded,
        Duration = TimeSpan.FromSeconds(1),
        Integrity = CheckStatus.Passed,
    };

    private static RestoreRecord Pending(RestoreStatus status) => new()
    {
        RestoreId = "r1",
        BackupId = "new",
        Database = "app",
        Mode = DatabaseMode.Sqlite,
        Target = "/srv/app.db",
        Status = status,
        BackupFile = "/b/db/new",
        SnapshotAt = Now.AddHours(-3),
        StartedAt = Now.AddHours(-1),
    };
}
