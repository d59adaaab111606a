using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Legacy;

/// <summary>SQLite files that the old scripts copied: tested as far as they can be, and restored like any other backup.</summary>
public sealed class LegacySqliteTests : IDisposable
{
    private const string Old =
        "CREATE TABLE posts(id INTEGER PRIMARY KEY, body TEXT); CREATE INDEX by_body ON posts(body); INSERT INTO posts VALUES (1, " +
        "'old'), (2, 'older');";
    private const string New =
        "CREATE TABLE posts(id INTEGER PRIMARY KEY, body TEXT); INSERT INTO posts VALUES (1, 'new'), (2, 'newer'), (3, 'newest');";

    private readonly Workspace _work = new();

    private string App => _work["app.db"];

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task It_takes_the_place_of_the_live_one_and_undo_brings_that_back()
    {
        Commands.Sqlite(App, "PRAGMA journal_mode=wal; " + New);
        var (set, before) = (PutSet(), Commands.Dump(App));
        var plan = await PlanAsync(set);
        Assert.Equal(TableDifference.Different, plan.Comparison!.Status);
        Assert.Contains("posts has 3 rows now and 2 rows in the backup", plan.Summary);
        Assert.Contains("wrote in UTC", plan.Summary);
        Assert.Contains("The database that the backup comes from is not known", plan.Summary);

        var record = await _work.Engine.RestoreAsync(plan);
        Assert.Equal((RestoreStatus.Committed, RestoreStrategy.Contents), (record.Status, record.Strategy));
        Assert.Equal(Commands.Dump(set.BackupFile), Commands.Dump(App));
        Assert.Contains(record.Checks, check => check is { Name: "Fingerprints", Status: CheckStatus.Inconclusive });
        Assert.Contains(record.Checks, check => check is { Name: "Integrity check", Status: CheckStatus.Passed });
        Assert.Equal(TableDifference.Equal, (await _work.Engine
            .CompareAsync(new BackupSelector { Id = set.Id }, new SqliteAddress(App))).Status);

        var undo = await _work.Engine.PlanUndoAsync(new RestoreSelector { RestoreId = record.RestoreId });
        Assert.Equal("no changes since the restore", undo.WrittenSince!.Summary);
        Assert.Equal(RestoreStatus.Undone, (await _work.Engine.UndoAsync(undo)).Status);
        Assert.Equal(before, Commands.Dump(App));
        Assert.Equal([], _work.AllFiles().Where(file => file.Contains(".postry-") || file.Contains(".partial")
            || file.Contains(".scratch")));
    }

    [StockFact]
    public async Task It_comes_to_where_there_is_none_only_if_that_is_meant()
    {
        var set = PutSet();
        var refused = await Assert.ThrowsAsync<DifferentSourceException>(() => PlanAsync(set, allowDifferentSource: false));
        Assert.Contains("did not record the database that the backup comes from", refused.Message);
        Assert.False(File.Exists(App));
        await _work.RestoreAsync(set.Id, App, allowDifferentSource: true);
        Assert.Equal(Commands.Dump(set.BackupFile), Commands.Dump(App));
    }

    [StockTheory]
    [InlineData(VerificationLevel.Signature, CheckStatus.Passed, "Signature")]
    [InlineData(VerificationLevel.Artefact, CheckStatus.Passed, "Signature", "Size", "SHA-256")]
    [InlineData(VerificationLevel.Contents, CheckStatus.Inconclusive, "Signature", "Size", "SHA-256", "Integrity check", "Readable",
        "Fingerprints")]
    [InlineData(VerificationLevel.Restore, CheckStatus.Inconclusive, "Signature", "Size", "SHA-256", "Integrity check", "Readable",
        "Fingerprints", "Restores", "Restored: Quick check", "Restored: Schema", "Restored: Table posts")]
    public async Task A_test_passes_all_but_what_nothing_can_be_compared_with(VerificationLevel level, CheckStatus total,
        params string[] names)
    {
        var set = PutSet();
        var report = await _work.TestAsync(set.Id, level);
        Assert.Equal(names, report.Checks.Select(check => check.Name));
        Assert.All(report.Checks, check => Assert.Equal(check.Name == "Fingerprints" ? CheckStatus.Inconclusive : CheckStatus.Passed,
            check.Status));
        Assert.Equal(total, report.Status);
        if (level >= VerificationLevel.Contents)
            Assert.Contains("took no fingerprints", report.Checks.Single(check => check.Name == "Fingerprints").Detail);
        Assert.Equal(2, _work.AllFiles().Count);
    }

    [StockFact]
    public async Task A_torn_copy_is_refused_before_anything_happens()
    {
        Commands.Sqlite(App, New);
        Tear(PutSet(
            "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 2000) INSERT INTO posts SELECT i + 9, " +
            "hex(randomblob(20)) FROM c;"));
        var set = LegacyFiles.Only(_work);
        Assert.Equal(BackupStatus.Complete, set.Status);
        var (before, files) = (Commands.Dump(App), _work.AllFiles());
        var refused = await Assert.ThrowsAsync<BackupCorruptException>(() => PlanAsync(set));
        Assert.Contains("Integrity check", refused.Message);
        Assert.Contains("can be inconsistent (torn)", refused.Message);
        Assert.Equal(files, _work.AllFiles());
        Assert.Equal(before, Commands.Dump(App));
        foreach (var level in new[] { VerificationLevel.Contents, VerificationLevel.Restore })
            Assert.Equal(CheckStatus.Failed, (await _work.TestAsync(set.Id, level)).Status);
    }

    [StockFact]
    public async Task A_flipped_byte_fails_and_is_refused()
    {
        var set = PutSet();
        Commands.Sqlite(App, New);
        using (var file = File.OpenWrite(set.BackupFile))
        {
            file.Position = 5000;
            file.WriteByte(0x5A);
        }

        Assert.Equal(CheckStatus.Failed, (await _work.TestAsync(set.Id, VerificationLevel.Artefact)).Status);
        Assert.Equal(CheckStatus.Failed, (await _work.TestAsync(set.Id, VerificationLevel.Restore)).Status);
        Assert.Contains("SHA-256", (await Assert.ThrowsAsync<BackupCorruptException>(() => PlanAsync(set))).Message);
        await Assert.ThrowsAsync<BackupCorruptException>(() =>
            _work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, new SqliteAddress(App)));
    }

    [StockFact]
    public async Task A_file_that_changes_between_plan_and_restore_changes_nothing()
    {
        Commands.Sqlite(App, New);
        var (set, before) = (PutSet(), Commands.Dump(App));
        var plan = await PlanAsync(set);
        Commands.Sqlite(set.BackupFile, "UPDATE posts SET body = 'odd' WHERE id = 1");
        await Assert.ThrowsAsync<BackupCorruptException>(() => _work.Engine.RestoreAsync(plan));
        Assert.Equal(before, Commands.Dump(App));
    }

    [StockFact]
    public async Task A_copy_without_its_log_is_told()
    {
        var set = PutSet("PRAGMA journal_mode=wal;");
        Assert.Contains("copied it without its log", (await PlanAsync(set)).Summary);
        await _work.RestoreAsync(set.Id, App, allowDifferentSource: true);
        Assert.Equal("2", Commands.Sqlite(App, "SELECT count(*) FROM posts"));
    }

    [StockFact]
    public async Task Bytes_that_are_no_database_are_refused()
    {
        var path = LegacyFiles.Sqlite(_work, Old);
        File.WriteAllBytes(path, [.. Enumerable.Repeat((byte)0xA5, 8192)]);
        LegacyFiles.Describe(path, "sqlite");
        var set = LegacyFiles.Only(_work);
        Assert.Equal(CheckStatus.Failed, (await _work.TestAsync(set.Id, VerificationLevel.Contents)).Status);
        await Assert.ThrowsAsync<BackupCorruptException>(() => PlanAsync(set));
        Assert.False(File.Exists(App));
    }

    [StockFact]
    public async Task One_that_is_missing_or_a_folder_is_told()
    {
        var set = PutSet();
        File.Delete(set.BackupFile);
        Assert.Equal(CheckStatus.Failed, (await _work.TestAsync(set.Id, VerificationLevel.Contents)).Status);
        await Assert.ThrowsAsync<BackupCorruptException>(() => PlanAsync(set));
        Directory.CreateDirectory(set.BackupFile);
        Assert.Equal(CheckStatus.Failed, (await _work.TestAsync(set.Id, VerificationLevel.Contents)).Status);
        await Assert.ThrowsAsync<BackupCorruptException>(() => PlanAsync(set));
    }

    public static TheoryData<string> Steps() => [.. Enum.GetNames<JournalStep>()];

    [StockTheory]
    [MemberData(nameof(Steps))]
    public async Task Killed_at_a_step_it_leaves_the_old_or_the_new_one_whole(string step)
    {
        Commands.Sqlite(App, "PRAGMA journal_mode=wal; " + New);
        var set = PutSet();
        var before = CrashFixture.StateOf(App);
        using (var host = HostProcess.RunToEnd("restore", _work.BackupRoot, App, $"id={set.Id}", $"kill={step}"))
            Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.Equal(step == nameof(JournalStep.Swapped) ? Commands.Dump(set.BackupFile) : before, step == nameof(JournalStep.Swapped)
            ? Commands.Dump(App) : CrashFixture.StateOf(App));

        // The undo succeeds, whichever side the restore was on.
        await _work.UndoAsync(Assert.Single(_work.Engine.ListRestores()).RestoreId);
        Assert.Equal(before, CrashFixture.StateOf(App));
        Assert.Equal([], _work.AllFiles().Where(file => file.Contains(".postry-") || file.Contains(".partial")));
        await _work.RestoreAsync(set.Id, App, allowDifferentSource: true);
        Assert.Equal(Commands.Dump(set.BackupFile), Commands.Dump(App));
    }

    private BackupSet PutSet(string more = "")
    {
        LegacyFiles.Sqlite(_work, Old + more);
        return LegacyFiles.Only(_work);
    }

    private Task<RestorePlan> PlanAsync(BackupSet set, bool allowDifferentSource = true) => _work.Engine.PlanRestoreAsync(
        new RestoreRequest { Backup = new BackupSelector { BackupFile = set.BackupFile }, Target = new SqliteAddress(App),
            AllowDifferentSource = allowDifferentSource });

    // The torn file looks like a copy that ran while a writer changed the table and its index: each page is whole, but the pages are of two
    // moments.
    private static void Tear(BackupSet set)
    {
        var later = set.BackupFile + ".later";
        File.Copy(set.BackupFile, later);
        Commands.Sqlite(later, "UPDATE posts SET body = hex(randomblob(20))");
        var (torn, newer) = (File.ReadAllBytes(set.BackupFile), File.ReadAllBytes(later));
        File.Delete(later);
        newer.AsSpan(torn.Length / 2, torn.Length - torn.Length / 2).CopyTo(torn.AsSpan(torn.Length / 2));
        File.WriteAllBytes(set.BackupFile, torn);
        LegacyFiles.Describe(set.BackupFile, "sqlite");
    }
}
