using System.Diagnostics;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Failures;

/// <summary>A disk that is full, or a limit on the size of files, at every kind of command: NotEnoughSpace (an inconclusive test), nothing
/// partial, the live database as it was.</summary>
public sealed class FullDiskTests
{
    private const string Rows = "CREATE TABLE t(a); INSERT INTO t SELECT randomblob(1000) FROM generate_series(1,3000);";

    /// <summary>Limits on the size of a file, in KiB, below everything that a command writes.</summary>
    private static readonly int[] Limits = [16, 1000, 2500];

    [StockFact]
    public void A_backup_that_meets_a_limit_leaves_nothing()
    {
        using var work = new Workspace();
        Commands.Sqlite(work["app.db"], Rows);
        var before = StockTools.Tree(work.Folder);
        foreach (var kibibytes in Limits)
        {
            AssertNoSpace(PostryConsole.Run(work, ["backup", "--path", work["app.db"]], wrapper: Limited(kibibytes)));
            Assert.Equal(before, StockTools.Tree(work.Folder));
        }
    }

    [StockFact]
    public async Task A_history_that_meets_a_limit_fails_no_good_backup_and_the_operator_is_told()
    {
        using var work = new Workspace();
        Commands.Sqlite(work["app.db"], "CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        await work.BackUpAsync(work["app.db"]);
        var history = work["backups/history.jsonl"];
        File.AppendAllText(history, string.Concat(Enumerable.Repeat(File.ReadAllText(history), 200)));
        var answer = PostryConsole.Run(work, ["backup", "--path", work["app.db"]], wrapper: Limited((int)(new FileInfo(history).Length / 1024)));
        Assert.True(answer is { ExitCode: 0, ErrorId: null } && answer["status"] == "Complete", $"{answer}");
        Assert.Contains("history", answer.Error, StringComparison.Ordinal);
    }

    [StockFact]
    public async Task A_test_that_meets_a_limit_is_inconclusive()
    {
        using var work = new Workspace();
        Commands.Sqlite(work["app.db"], Rows);
        var set = await work.BackUpAsync(work["app.db"]);
        var before = StockTools.Tree(work.Folder);
        foreach (var kibibytes in Limits)
        {
            AssertInconclusive(PostryConsole.Run(work, ["test", "--id", set.Id, "--level", "Restore"], wrapper: Limited(kibibytes)));
            Assert.Equal(before, StockTools.Tree(work.Folder));
        }
    }

    [StockTheory]
    [InlineData("delete")]
    [InlineData("wal")]
    public async Task A_restore_that_meets_a_limit_leaves_the_live_database_as_it_was(string journalMode)
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, $"PRAGMA journal_mode={journalMode}; {Rows}");
        var set = await work.BackUpAsync(app);
        // The last limits let the backup in, but not the copy of the larger live database, or not the log of the swap.
        foreach (var (live, kibibytes) in new[] { (3000, 16), (3000, 2500), (6000, 3800), (6000, 5000) })
        {
            Commands.Sqlite(app,
                $"DELETE FROM t; INSERT INTO t SELECT randomblob(1100) FROM generate_series(1,{live}); PRAGMA wal_checkpoint(TRUNCATE);");
            var (facts, files) = (StockTools.Facts(app), Directory.GetFiles(work.Folder));
            AssertNoSpace(PostryConsole.Run(work, ["restore", "--id", set.Id, "--path", app, "--force"], wrapper: Limited(kibibytes)));
            AssertUnchanged(work, app, facts, files, RestoreStatus.Failed);
        }
    }

    [StockTheory]
    [InlineData("delete")]
    [InlineData("wal")]
    public async Task An_undo_that_meets_a_limit_leaves_the_live_database_as_it_was_and_can_be_repeated(string journalMode)
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, $"PRAGMA journal_mode={journalMode}; {Rows}");
        var set = await work.BackUpAsync(app);
        Commands.Sqlite(app, "UPDATE t SET a = randomblob(1200)");
        var damaged = StockTools.Facts(app);
        await work.RestoreAsync(set.Id, app);
        var (facts, files) = (StockTools.Facts(app), Directory.GetFiles(work.Folder));
        foreach (var kibibytes in Limits)
        {
            AssertNoSpace(PostryConsole.Run(work, ["undo", "--latest", "--force"], wrapper: Limited(kibibytes)));
            AssertUnchanged(work, app, facts, files, RestoreStatus.Committed);
        }

        Assert.Equal(0, PostryConsole.Run(work, ["undo", "--latest", "--force"]).ExitCode);
        Assert.Equal(damaged, StockTools.Facts(app));
    }

    [SmallDiskFact]
    public async Task On_a_full_file_system_every_command_says_so_and_leaves_nothing()
    {
        using var disk = new SmallDisk(megabytes: 16);
        using var work = new Workspace(disk.Folder);
        var app = work["app.db"];
        Commands.Sqlite(app, Rows);
        var set = await work.BackUpAsync(app);
        Commands.Sqlite(app, "UPDATE t SET a = randomblob(1001)");
        var facts = StockTools.Facts(app);
        foreach (var free in new[] { 0, 4096, 1 << 20, 5 << 19 })
        {
            disk.FillBut(free);
            var before = StockTools.Tree(work.Folder);
            AssertNoSpace(PostryConsole.Run(work, ["backup", "--path", app]));
            Assert.Equal(before, StockTools.Tree(work.Folder));
            AssertInconclusive(PostryConsole.Run(work, ["test", "--id", set.Id, "--level", "Restore"], new() { ["TMPDIR"] = disk.Folder }));
            Assert.Equal(before, StockTools.Tree(work.Folder));
            AssertNoSpace(PostryConsole.Run(work, ["restore", "--id", set.Id, "--path", app, "--force"]));
            Assert.Equal(before, StockTools.Tree(work.Folder));
            Assert.Equal(facts, StockTools.Facts(app));
        }
    }

    [SmallDiskFact]
    public async Task The_commands_that_free_space_work_with_no_byte_free()
    {
        using var disk = new SmallDisk(megabytes: 40);
        using var work = new Workspace(disk.Folder);
        var app = work["app.db"];
        Commands.Sqlite(app, Rows);
        var (old, set) = (await work.BackUpAsync(app), await work.BackUpAsync(app));
        Commands.Sqlite(app, "UPDATE t SET a = randomblob(1001)");
        await work.RestoreAsync(set.Id, app);
        var kept = Assert.Single(work.Engine.ListPreviousCopies(new SqliteAddress(app))).Path;
        await work.RestoreAsync(set.Id, app);

        disk.FillBut(0);
        AssertNoSpace(PostryConsole.Run(work, ["restore", "--id", set.Id, "--path", app, "--force"]));
        Assert.Equal(0, PostryConsole.Run(work, ["remove", "--id", old.Id, "--force"]).ExitCode);
        Assert.False(File.Exists(old.BackupFile));

        disk.FillBut(0);
        Assert.Equal(0, PostryConsole.Run(work, ["previous-copies", "--remove", "--older-than", "0s", "--force"]).ExitCode);
        Assert.False(File.Exists(kept));
        Assert.Empty(work.Engine.ListPreviousCopies(new SqliteAddress(app)));
        // Their locks are gone, and the restore that was refused works.
        disk.FillBut(12 << 20);
        Assert.Equal(0, PostryConsole.Run(work, ["restore", "--id", set.Id, "--path", app, "--force"]).ExitCode);
    }

    [SmallDiskFact]
    public async Task The_commands_that_free_space_work_where_not_even_an_empty_file_can_be_made()
    {
        using var disk = new SmallDisk(megabytes: 40, files: 120);
        using var work = new Workspace(disk.Folder);
        var app = work["app.db"];
        Commands.Sqlite(app, Rows);
        var (old, set) = (await work.BackUpAsync(app), await work.BackUpAsync(app));
        Commands.Sqlite(app, "UPDATE t SET a = randomblob(1001)");
        await work.RestoreAsync(set.Id, app);
        var kept = Assert.Single(work.Engine.ListPreviousCopies(new SqliteAddress(app))).Path;

        disk.UseAllFiles();
        AssertNoSpace(PostryConsole.Run(work, ["restore", "--id", set.Id, "--path", app, "--force"]));
        Assert.Equal(0, PostryConsole.Run(work, ["remove", "--id", old.Id, "--force"]).ExitCode);
        Assert.False(File.Exists(old.BackupFile));
        Assert.False(File.Exists(old.ManifestFile));

        disk.UseAllFiles();
        Assert.Equal(0, PostryConsole.Run(work, ["previous-copies", "--remove", "--older-than", "0s", "--force"]).ExitCode);
        Assert.False(File.Exists(kept));
        Assert.Empty(work.Engine.ListPreviousCopies(new SqliteAddress(app)));
    }

    [SmallDiskFact]
    public void A_lock_without_a_file_keeps_others_out()
    {
        using var disk = new SmallDisk(megabytes: 4, files: 20);
        var (one, two) = (Path.Combine(disk.Folder, "one.lock"), Path.Combine(disk.Folder, "two.lock"));
        disk.UseAllFiles();
        Process child;
        using (var held = FileLock.TryAcquire(one, "one"))
        {
            Assert.NotNull(held);
            // An application that a command of a restore starts goes on when the restore has ended, and must not keep its lock.
            child = Process.Start("sleep", "60");
            Assert.False(File.Exists(one));
            Assert.Null(FileLock.TryAcquire(one, "one"));
            // Another target of the same process is none of its business.
            using (var other = FileLock.TryAcquire(two, "two")) Assert.NotNull(other);
            File.Delete(Path.Combine(disk.Folder, "filler-0"));
            // Files can be made again, and the holder without a file is still there.
            Assert.True(FileLock.IsHeld(one));
            Assert.Null(FileLock.TryAcquire(one, "one"));
            Assert.Equal(9, Commands.Run("flock", ["-n", "-s", "-E", "9", disk.Folder, "true"]).ExitCode);
        }

        // A child of another test that is just being started holds a copy of the lock until it has become its own program.
        Assert.True(SpinWait.SpinUntil(() => !FileLock.IsHeld(one), TimeSpan.FromSeconds(10)));
        child.Kill();
        using var file = FileLock.TryAcquire(one, "one");
        Assert.True(File.Exists(one));
    }

    [SmallDiskFact]
    public async Task The_hint_of_a_full_disk_counts_the_kept_copies()
    {
        using var disk = new SmallDisk(megabytes: 40);
        using var work = new Workspace(disk.Folder);
        var app = work["app.db"];
        Commands.Sqlite(app, Rows);
        var set = await work.BackUpAsync(app);
        Commands.Sqlite(app, "UPDATE t SET a = randomblob(1001)");
        await work.RestoreAsync(set.Id, app);
        var kept = Assert.Single(work.Engine.ListPreviousCopies(new SqliteAddress(app)));
        disk.FillBut(2 << 20);
        var e = await Assert.ThrowsAsync<NotEnoughSpaceException>(() => work.RestoreAsync(set.Id, app));
        Assert.Contains($"{kept.SizeBytes:N0} bytes", e.Hint, StringComparison.Ordinal);
        Assert.Contains($"{CommandName.RemovePreviousCopy}", e.Hint, StringComparison.Ordinal);
        await work.Engine.RemovePreviousCopyAsync(kept);
        disk.FillBut(14 << 20);
        Assert.Equal(RestoreStatus.Committed, (await work.RestoreAsync(set.Id, app)).Status);
    }

    [SmallDiskFact]
    public async Task A_restore_whose_end_cannot_be_written_down_says_that_the_backup_is_live()
    {
        using var fixture = await RecordsOnSmallDiskAsync();
        var e = await Assert.ThrowsAsync<TargetPendingException>(() => fixture.RestoreAsync($"echo start >> {fixture.Work["log"]}"));
        Assert.Contains("is live at", e.Message, StringComparison.Ordinal);
        Assert.Contains($"{CommandName.UndoRestore} {OptionName.RestoreId}", e.Hint, StringComparison.Ordinal);
        Assert.Equal("1", Commands.Sqlite(fixture.App, "SELECT a FROM t"));
        Assert.Equal("start", File.ReadAllText(fixture.Work["log"]).Trim());

        fixture.Disk.FillBut(1 << 20);
        var record = await fixture.Work.Engine.CompleteAsync(new RestoreSelector { Latest = true });
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal("2", Commands.Sqlite(record.PreviousCopy!, "SELECT a FROM t"));
    }

    [SmallDiskFact]
    public async Task A_failed_check_undoes_the_restore_also_where_neither_can_be_written_down()
    {
        using var fixture = await RecordsOnSmallDiskAsync();
        var e = await Assert.ThrowsAsync<RestoreUndoneException>(() => fixture.RestoreAsync("exit 5"));
        Assert.Contains("Free space", e.Hint, StringComparison.Ordinal);
        Assert.Equal("2", Commands.Sqlite(fixture.App, "SELECT a FROM t"));

        // The next command writes it down.
        fixture.Disk.FillBut(1 << 20);
        await Assert.ThrowsAsync<InvalidRequestException>(() =>
            fixture.Work.Engine.CompleteAsync(new RestoreSelector { Latest = true }));
        var undone = Assert.Single(fixture.Work.Engine.ListRestores());
        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.Equal("1", Commands.Sqlite(undone.UndoneCopy!, "SELECT a FROM t"));
        Assert.Empty(fixture.Work.Engine.PendingWarnings());
    }

    /// <summary>A database beside which there is room, a backup of it, and a backup root that becomes full while the restore is at
    /// work.</summary>
    private static async Task<RecordsFixture> RecordsOnSmallDiskAsync()
    {
        var fixture = new RecordsFixture(new SmallDisk(megabytes: 4), new Workspace());
        Directory.CreateSymbolicLink(fixture.Work.BackupRoot, fixture.Disk.Folder);
        Commands.Sqlite(fixture.App, "CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        var set = await fixture.Work.BackUpAsync(fixture.App);
        Commands.Sqlite(fixture.App, "UPDATE t SET a = 2");
        return fixture with { Backup = set.Id };
    }

    private sealed record RecordsFixture(SmallDisk Disk, Workspace Work) : IDisposable
    {
        public string Backup { get; init; } = "";

        public string App => Work["app.db"];

        public async Task<RestoreRecord> RestoreAsync(string afterSwap) =>
            await Work.Engine.RestoreAsync(await Work.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = Backup },
            Target = new SqliteAddress(App),
            Hooks = new RestoreHooks { BeforeSwap = $"cat /dev/zero > {Disk.Folder}/filler; true", AfterSwap = afterSwap },
        }));

        public void Dispose()
        {
            Directory.Delete(Work.BackupRoot);
            Work.Dispose();
            Disk.Dispose();
        }
    }

    private static string[] Limited(int kibibytes) => ["bash", "-c", "ulimit -f $0; trap '' XFSZ; exec \"$@\"", $"{kibibytes}"];

    /// <summary>The disk of a test's place says nothing of the backup.</summary>
    private static void AssertInconclusive(PostryAnswer answer)
    {
        Assert.True(answer is { ExitCode: 3, ErrorId: null } && answer["status"] == "Inconclusive", $"{answer}");
        Assert.Contains("Free space", answer.Json.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("\"Failed\"", answer.Json.GetRawText(), StringComparison.Ordinal);
    }

    private static void AssertNoSpace(PostryAnswer answer)
    {
        Assert.True(answer is { ExitCode: 1, ErrorId: "NotEnoughSpace" }, $"{answer}");
        Assert.NotEmpty(answer.Json.GetProperty("error").GetProperty("hint").GetString()!);
    }

    private static void AssertUnchanged(Workspace work, string app, string facts, string[] files, RestoreStatus status)
    {
        Assert.Equal(facts, StockTools.Facts(app));
        Assert.Equal(files.Order(), Directory.GetFiles(work.Folder).Order());
        Assert.All(work.Engine.ListRestores(), record => Assert.Equal(status, record.Status));
        Assert.Empty(work.Engine.PendingWarnings());
        Assert.DoesNotContain(work.AllFiles(), file => file.Contains("partial", StringComparison.Ordinal)
            || file.Contains("scratch", StringComparison.Ordinal));
    }
}
