using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Restore;

/// <summary>The backup that a restore takes: that of the target's database, by the time of its snapshot, and never a guess.</summary>
public sealed class IdentityTests
{
    [StockFact]
    public async Task Two_databases_in_one_backup_root_never_mix()
    {
        using var work = new Workspace();
        var (one, other) = (Make(work, "one.db", 1), Make(work, "other.db", 2));
        var first = await work.BackUpAsync(one);
        var second = await work.BackUpAsync(other);
        Assert.Equal(first.Id, (await PlanAsync(work, new() { Latest = true }, one)).Backup.Id);
        Assert.Equal(second.Id, (await PlanAsync(work, new() { Latest = true }, other)).Backup.Id);
        Assert.Equal(first.Id, (await PlanAsync(work, new() { Before = DateTime.UtcNow.AddHours(1) }, one)).Backup.Id);
        // Several databases fit if no target is named.
        var e = Assert.Throws<AmbiguousBackupException>(() => work.Engine.FindBackup(new BackupSelector { Latest = true }));
        Assert.Contains(first.Id, e.Message, StringComparison.Ordinal);
        Assert.Contains(second.Id, e.Message, StringComparison.Ordinal);
        Assert.Throws<AmbiguousBackupException>(() => work.Engine.ListBackups(new BackupQuery { Latest = true }));
        Assert.Equal(second.Id, Assert.Single(work.Engine.ListBackups(new BackupQuery { Latest = true, Database = "oth*" })).Id);
        // A third one has none.
        var third = Make(work, "third.db", 3);
        await Assert.ThrowsAsync<SourceNotFoundException>(() => PlanAsync(work, new() { Latest = true }, third));
        Assert.Equal("3", Commands.Sqlite(third, "SELECT a FROM t"));
    }

    [StockFact]
    public async Task The_same_logical_name_from_two_places_is_ambiguous()
    {
        using var work = new Workspace();
        Directory.CreateDirectory(work["a"]);
        Directory.CreateDirectory(work["b"]);
        var (one, other) = (Make(work, "a/app.db", 1), Make(work, "b/app.db", 2));
        var first = await work.BackUpAsync(one);
        await work.BackUpAsync(other);
        var e = await Assert.ThrowsAsync<AmbiguousBackupException>(() =>
            PlanAsync(work, new() { Latest = true, Database = "app" }, work["new.db"]));
        // The name has been given already.
        Assert.DoesNotContain($"{OptionName.Database}", e.Hint, StringComparison.Ordinal);
        Assert.Equal(first.Id, (await PlanAsync(work, new() { Latest = true }, one)).Backup.Id);
    }

    [StockFact]
    public async Task A_set_of_another_source_needs_to_be_allowed()
    {
        using var work = new Workspace();
        var (one, other) = (Make(work, "one.db", 1), Make(work, "other.db", 2));
        var set = await work.BackUpAsync(one);
        var before = StockTools.Hash(other);
        var e = await Assert.ThrowsAsync<DifferentSourceException>(() => PlanAsync(work, new() { Id = set.Id }, other));
        Assert.Contains($"{OptionName.AllowDifferentSource}", e.Hint, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DifferentSourceException>(() => PlanAsync(work, new() { BackupFile = set.BackupFile }, other));
        await Assert.ThrowsAsync<DifferentSourceException>(() => PlanAsync(work, new() { Latest = true, Database = "one" }, other));
        Assert.Equal(before, StockTools.Hash(other));
        var record = await work.RestoreAsync(set.Id, other, allowDifferentSource: true);
        Assert.Equal("1", Commands.Sqlite(other, "SELECT a FROM t"));
        await work.UndoAsync(record.RestoreId);
        Assert.Equal("2", Commands.Sqlite(other, "SELECT a FROM t"));
    }

    [StockFact]
    public async Task A_missing_target_comes_back_where_it_was_or_where_its_name_is_given()
    {
        using var work = new Workspace();
        var app = Make(work, "app.db", 1);
        var set = await work.BackUpAsync(app);
        var e = await Assert.ThrowsAsync<DifferentSourceException>(() => PlanAsync(work, new() { Id = set.Id }, work["new.db"]));
        Assert.Contains($"{OptionName.Database} app", e.Hint, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SourceNotFoundException>(() => PlanAsync(work, new() { Latest = true }, work["new.db"]));
        await work.Engine.RestoreAsync(await PlanAsync(work, new() { Latest = true, Database = "app" }, work["new.db"]));
        Assert.Equal("1", Commands.Sqlite(work["new.db"], "SELECT a FROM t"));

        File.Delete(app);
        await work.Engine.RestoreAsync(await PlanAsync(work, new() { Latest = true }, app));
        Assert.Equal("1", Commands.Sqlite(app, "SELECT a FROM t"));
    }

    [StockFact]
    public async Task Order_is_by_the_signed_time_and_not_by_names_or_file_times()
    {
        using var work = new Workspace();
        var app = Make(work, "app.db", 1);
        var sets = new List<BackupSet>();
        for (var i = 0; i < 3; i++) sets.Add(await work.BackUpAsync(app));
        for (var i = 0; i < 3; i++)
        {
            File.SetLastWriteTimeUtc(sets[i].BackupFile, DateTime.UtcNow.AddDays(-i));
            File.SetLastWriteTimeUtc(sets[i].ManifestFile, DateTime.UtcNow.AddDays(-i));
        }

        Assert.Equal(sets.Select(set => set.Id).Reverse(), work.Engine.ListBackups(new BackupQuery()).Select(set => set.Id));
        Assert.Equal(sets[2].Id, work.Engine.FindBackup(new BackupSelector { Latest = true }).Id);
        // The condition Before excludes the given time itself.
        Assert.Equal(sets[1].Id, work.Engine.FindBackup(new BackupSelector { Before = sets[2].SnapshotAt }).Id);
        Assert.Equal(sets[2].Id, work.Engine.FindBackup(new BackupSelector { Before = sets[2].SnapshotAt.AddTicks(1) }).Id);
        Assert.Throws<SourceNotFoundException>(() => work.Engine.FindBackup(new BackupSelector { Before = sets[0].SnapshotAt }));
        // The newest that is good: a newer one whose bytes are gone is passed over.
        File.Delete(sets[2].BackupFile);
        Assert.Equal(sets[1].Id, (await PlanAsync(work, new() { Latest = true }, app)).Backup.Id);
    }

    [StockFact]
    public async Task All_problems_are_listed_at_once()
    {
        using var work = new Workspace();
        var set = await work.BackUpAsync(Make(work, "app.db", 1));
        Directory.CreateDirectory(work["folder.db"]);
        var e = await Assert.ThrowsAsync<RestoreRefusedException>(() =>
            work.EngineWith("another-key-of-some-length")
            .PlanRestoreAsync(new RestoreRequest { Backup = new() { Id = set.Id }, Target = new SqliteAddress(work["folder.db"]) }));
        foreach (var problem in new[] { "WrongKey", "DifferentSource", "NotADatabase" })
            Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Contains("3 reasons", e.Message, StringComparison.Ordinal);
        Assert.Contains("(3)", e.Hint, StringComparison.Ordinal);
    }

    [StockFact]
    public async Task A_selection_that_names_nothing_or_nobody_is_an_error()
    {
        using var work = new Workspace();
        var app = Make(work, "app.db", 1);
        await Assert.ThrowsAsync<SourceNotFoundException>(() => PlanAsync(work, new() { Latest = true }, app));
        await Assert.ThrowsAsync<SourceNotFoundException>(() => PlanAsync(work, new() { Id = "nosuchid" }, app));
        await Assert.ThrowsAsync<SourceNotFoundException>(() => PlanAsync(work, new() { BackupFile = app }, app));
        await Assert.ThrowsAsync<InvalidRequestException>(() => PlanAsync(work, new(), app));
        Assert.Equal(["app.db"], work.AllFiles());
    }

    private static string Make(Workspace work, string name, int value)
    {
        Commands.Sqlite(work[name], $"CREATE TABLE t(a); INSERT INTO t VALUES ({value});");
        return work[name];
    }

    private static Task<RestorePlan> PlanAsync(Workspace work, BackupSelector selector, string target) =>
        work.Engine.PlanRestoreAsync(new RestoreRequest { Backup = selector, Target = new SqliteAddress(target) });
}
