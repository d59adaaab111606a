using System.Diagnostics;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Failures;

/// <summary>A database whose log or journal is beside another name is neither backed up nor compared nor replaced; one that is merely in
/// use is.</summary>
public sealed class FileAliasTests
{
    private const string ThousandRows = "INSERT INTO t SELECT value FROM generate_series(1,1000);";

    [StockFact]
    public async Task A_database_with_a_second_name_is_left_alone_under_either()
    {
        using var work = new Workspace();
        var (real, alias) = (work["real.db"], work["alias.db"]);
        using var writer = OpenInWal(real);
        var set = await work.BackUpAsync(real);
        var restore = await work.RestoreAsync(set.Id, real);
        writer.Execute(ThousandRows);
        SqliteFiles.Link(real, alias);
        var before = StockTools.Tree(work.Folder);
        foreach (var (name, other) in new[] { (alias, real), (real, alias) })
        {
            var e = await Assert.ThrowsAsync<UsedUnderOtherNameException>(() => work.BackUpAsync(name));
            Assert.Contains($"{name} has another name: {other}", e.Message, StringComparison.Ordinal);
            Assert.Contains("rm takes only the name away", e.Hint, StringComparison.Ordinal);
            await Assert.ThrowsAsync<UsedUnderOtherNameException>(() =>
                work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, new SqliteAddress(name)));
            await Assert.ThrowsAsync<UsedUnderOtherNameException>(() => work.RestoreAsync(set.Id, name, allowDifferentSource: true));
        }

        await Assert.ThrowsAsync<UsedUnderOtherNameException>(() => work.UndoAsync(restore.RestoreId));
        // The command leaves no file beside the other name, not even an empty log.
        Assert.Equal(before, StockTools.Tree(work.Folder));

        File.Delete(alias);
        Assert.Equal(1000, Assert.Single((await work.BackUpAsync(real)).Tables).Rows);
        Assert.Equal(RestoreStatus.Undone, (await work.UndoAsync(restore.RestoreId)).Status);
    }

    [StockFact]
    public async Task Names_in_other_folders_are_counted_and_the_command_that_finds_them_is_given()
    {
        using var work = new Workspace();
        Commands.Sqlite(work["app.db"], "CREATE TABLE t(a)");
        Directory.CreateDirectory(work["elsewhere"]);
        SqliteFiles.Link(work["app.db"], work["elsewhere/app.db"]);
        var e = await Assert.ThrowsAsync<UsedUnderOtherNameException>(() => work.BackUpAsync(work["app.db"]));
        Assert.Contains("has 2 names", e.Message, StringComparison.Ordinal);
        var find = e.Hint[..e.Hint.IndexOf(" lists", StringComparison.Ordinal)]
            .Replace("find / ", $"find '{work.Folder}' ", StringComparison.Ordinal);
        Assert.Equal([work["app.db"], work["elsewhere/app.db"]],
            Commands.Run("sh", ["-c", find]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [StockFact]
    public async Task Uncommitted_rows_whose_journal_is_beside_another_name_are_in_no_backup()
    {
        using var work = new Workspace();
        var real = work["real.db"];
        Commands.Sqlite(real, "CREATE TABLE t(a); INSERT INTO t VALUES (printf('%0900d', 1));");
        KillInTransaction(real);
        Assert.True(File.Exists(real + "-journal"));
        SqliteFiles.Link(real, work["alias.db"]);
        await Assert.ThrowsAsync<UsedUnderOtherNameException>(() => work.BackUpAsync(work["alias.db"]));
        File.Delete(work["alias.db"]);
        Assert.Equal(1, Assert.Single((await work.BackUpAsync(real)).Tables).Rows);
    }

    [StockTheory]
    [InlineData("-wal -shm")]
    [InlineData("-wal")]
    [InlineData("-shm")]
    public async Task A_log_that_was_deleted_under_its_writer_is_missed(string deleted)
    {
        using var work = new Workspace();
        var app = work["app.db"];
        var set = await work.BackUpAsync(NewDatabase(app));
        using (var writer = new SqliteShell(app, ThousandRows))
        {
            foreach (var suffix in deleted.Split(' ')) File.Delete(app + suffix);
            var before = StockTools.Tree(work.Folder);
            var e = await Assert.ThrowsAsync<UsedUnderOtherNameException>(() => work.BackUpAsync(app));
            Assert.Matches($@"^Process \d+ \(sqlite3\) has {app} open in WAL mode", e.Message);
            Assert.Contains(deleted == "-shm" ? app + "-wal." : app + "-wal (deleted).", e.Message, StringComparison.Ordinal);
            Assert.Contains("normally", e.Hint, StringComparison.Ordinal);
            await Assert.ThrowsAsync<UsedUnderOtherNameException>(() => work.RestoreAsync(set.Id, app));
            Assert.Equal(before, StockTools.Tree(work.Folder));
        }

        // The way out that the message names.
        Assert.Equal(1000, Assert.Single((await work.BackUpAsync(app)).Tables).Rows);
    }

    [StockFact]
    public async Task A_log_that_somebody_else_has_made_anew_is_not_taken_for_the_writers()
    {
        using var work = new Workspace();
        var app = NewDatabase(work["app.db"]);
        using var writer = new SqliteShell(app, ThousandRows);
        File.Delete(app + "-wal");
        File.Delete(app + "-shm");
        Assert.Equal("0", Commands.Sqlite(app, "SELECT count(*) FROM t"));
        Assert.True(File.Exists(app + "-shm"));
        await Assert.ThrowsAsync<UsedUnderOtherNameException>(() => work.BackUpAsync(app));
        // Nor where that other one has it open, and all that can be seen of the new log is right.
        using var other = new SqliteShell(app, "SELECT count(*) FROM t;");
        await Assert.ThrowsAsync<UsedUnderOtherNameException>(() => work.BackUpAsync(app));
    }

    [StockFact]
    public async Task A_writer_that_is_killed_while_it_is_waited_for_is_not_forgotten()
    {
        using var work = new Workspace();
        var (app, moved) = (work["app.db"], work["moved.db"]);
        Commands.Sqlite(app, "CREATE TABLE t(a); INSERT INTO t VALUES (printf('%0900d', 1));");
        using var writer = WriteWithoutCommit(app);
        File.Move(app, moved);
        var use = new OtherProcesses(moved, TimeSpan.FromSeconds(30));
        Assert.False(use.IsClear());
        writer.Kill();
        writer.WaitForExit();
        Assert.Contains("and has ended, and there is no journal", Assert.Throws<UsedUnderOtherNameException>(() => use.IsClear()).Message,
            StringComparison.Ordinal);
        // A writer that uses the same name is SQLite's own business.
        File.Move(moved, app);
        Assert.Equal(1, Assert.Single((await work.BackUpAsync(app)).Tables).Rows);
    }

    [StockTheory]
    [InlineData("wal", "SELECT * FROM t;")]
    [InlineData("wal", "BEGIN; SELECT * FROM t;")]
    [InlineData("wal", "BEGIN IMMEDIATE; INSERT INTO t VALUES (2);")]
    [InlineData("wal", "INSERT INTO t VALUES (2); DELETE FROM t WHERE a = 2; PRAGMA wal_checkpoint(TRUNCATE);")]
    [InlineData("delete", "BEGIN; SELECT * FROM t;")]
    [InlineData("delete", "BEGIN IMMEDIATE;")]
    [InlineData("delete", "BEGIN; INSERT INTO t VALUES (2);")]
    [InlineData("delete", "PRAGMA journal_mode=MEMORY; BEGIN; INSERT INTO t VALUES (2);")]
    [InlineData("delete", "PRAGMA journal_mode=OFF; BEGIN; INSERT INTO t VALUES (2);")]
    public async Task A_database_that_others_merely_use_is_backed_up(string mode, string use)
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, $"PRAGMA journal_mode={mode}; CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        using var holder = new SqliteShell(app, use);
        Assert.Equal(1, Assert.Single((await work.BackUpAsync(app)).Tables).Rows);
    }

    [StockFact]
    public async Task Others_who_open_and_close_it_all_the_time_are_no_reason_to_refuse()
    {
        using var work = new Workspace();
        var app = NewDatabase(work["app.db"]);
        using var stop = new CancellationTokenSource();
        var others = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested) Commands.Sqlite(app, ".timeout 10000\nUPDATE t SET a = a; SELECT count(*) FROM t;");
        });
        for (var round = 0; round < 15; round++) Assert.Equal(BackupStatus.Complete, (await work.BackUpAsync(app)).Status);
        await stop.CancelAsync();
        await others;
    }

    [StockFact]
    public async Task A_symbolic_link_leads_to_the_name_that_counts()
    {
        using var work = new Workspace();
        Directory.CreateDirectory(work["data"]);
        var real = work["data/real.db"];
        using var writer = OpenInWal(real);
        writer.Execute(ThousandRows);
        File.CreateSymbolicLink(work["app.db"], "data/real.db");
        var set = await work.BackUpAsync(work["app.db"]);
        Assert.Equal(1000, Assert.Single(set.Tables).Rows);
        writer.Execute("DELETE FROM t;");
        await work.RestoreAsync(set.Id, work["app.db"]);
        Assert.Equal("1000", Commands.Sqlite(real, "SELECT count(*) FROM t"));
        Assert.NotNull(new FileInfo(work["app.db"]).LinkTarget);
        Assert.DoesNotContain(work.AllFiles(), file => file.StartsWith("app.db-", StringComparison.Ordinal));
    }

    [SmallDiskFact]
    public async Task A_file_that_is_mounted_by_itself_is_refused_and_its_folder_is_named_as_the_way()
    {
        using var work = new Workspace();
        Directory.CreateDirectory(work["container"]);
        var (real, mounted) = (work["real.db"], work["container/app db"]);
        using var writer = OpenInWal(real);
        writer.Execute(ThousandRows);
        File.WriteAllText(mounted, "");
        Assert.Equal(0, Commands.Run("mount", ["--bind", real, mounted]).ExitCode);
        try
        {
            var e = await Assert.ThrowsAsync<UsedUnderOtherNameException>(() => work.BackUpAsync(mounted));
            Assert.Contains("is a single file that is mounted there", e.Message, StringComparison.Ordinal);
            Assert.Contains("real.db", e.Message, StringComparison.Ordinal);
            Assert.Contains("Mount the folder", e.Hint, StringComparison.Ordinal);
            Assert.Equal(["app db"], Directory.GetFiles(work["container"]).Select(Path.GetFileName));
            Assert.Equal(1000, Assert.Single((await work.BackUpAsync(real)).Tables).Rows);
        }
        finally
        {
            Commands.Run("umount", [mounted]);
        }
    }

    [Fact]
    public void The_table_of_mounts_is_read_as_the_kernel_writes_it()
    {
        string[] table =
        [
            "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw",
            @"710 22 254:0 /srv/my\040app/app.db /data/app\040\134x.db rw,relatime - ext4 /dev/vda1 rw",
            "711 22 0:40 / /data/folder rw - tmpfs none rw",
            "712 22 254:0 /first /data/twice rw - ext4 /dev/vda1 rw",
            "713 22 254:0 /second /data/twice rw - ext4 /dev/vda1 rw",
        ];
        Assert.Equal("/srv/my app/app.db", MountPoints.SourceOf(@"/data/app \x.db", table));
        Assert.Equal("/second", MountPoints.SourceOf("/data/twice", table));
        Assert.Null(MountPoints.SourceOf("/data/folder/app.db", table));
        Assert.Null(MountPoints.SourceOf("/data", table));
    }

    [Fact]
    public void The_list_of_locks_is_read_as_the_kernel_writes_it()
    {
        string[] list =
        [
            "1: POSIX  ADVISORY  READ 100 fe:00:77 1073741826 1073742335",
            "1: -> POSIX  ADVISORY  WRITE 400 fe:00:77 1073741826 1073742335",
            "2: POSIX  ADVISORY  READ 200 fe:00:77 0 EOF",
            "3: FLOCK  ADVISORY  WRITE 300 fe:00:77 0 EOF",
            "4: POSIX  ADVISORY  READ 500 00:2b:77 1073741826 1073742335",
            "5: POSIX  ADVISORY  READ 600 fe:00:77 128 128",
            "6: OFDLCK ADVISORY  READ -1 fe:00:77 1073741826 1073742335",
        ];
        Assert.Equal([100, 200], LockTable.Holders(77, 100, 1073741826, 1073742335, list).Order());
        Assert.Equal([500], LockTable.Holders(77, 500, 1073741826, 1073742335, list));
        Assert.Equal([200, 600], LockTable.Holders(77, 600, 128, 128, list).Order());
        Assert.Equal([9], LockTable.Holders(78, 9, 128, 128, list));
    }

    private static string NewDatabase(string path)
    {
        Commands.Sqlite(path, "PRAGMA journal_mode=WAL; CREATE TABLE t(a);");
        return path;
    }

    private static SqliteShell OpenInWal(string path) => new(NewDatabase(path), "PRAGMA wal_autocheckpoint=0; SELECT count(*) FROM t;");

    // More pages than the cache holds: they are in the file, and the journal is beside it.
    private static Process WriteWithoutCommit(string path)
    {
        var shell = Commands.Start("sqlite3", ["-bail", path]);
        shell.StandardInput
            .WriteLine(
            "PRAGMA cache_size=5; BEGIN; INSERT INTO t SELECT printf('%0900d', value) FROM generate_series(1,2000);\n.system echo " +
            "--done--");
        shell.StandardInput.Flush();
        Assert.Equal("--done--", shell.StandardOutput.ReadLine());
        return shell;
    }

    private static void KillInTransaction(string path)
    {
        using var shell = WriteWithoutCommit(path);
        shell.Kill();
        shell.WaitForExit();
    }
}
