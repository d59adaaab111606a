using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Failures;

/// <summary>A database in WAL mode where its folder cannot be written: the error names the mode and ways that work.</summary>
public sealed class ReadOnlyFolderTests
{
    [SmallDiskFact]
    public async Task A_backup_root_that_the_system_has_made_read_only_is_no_sign_of_another_process()
    {
        using var work = new Workspace();
        using var disk = new SmallDisk(8);
        Commands.Sqlite(work["app.db"], "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        var engine = new OpsEngine(work.Settings() with { BackupRoot = disk.Folder }, [work.Reporter]);
        var request = new BackupRequest { Source = new SqliteAddress(work["app.db"]) };
        var set = await engine.BackUpAsync(request);
        Task<JobReport> JobAsync() => engine.RunJobAsync("nightly", skipIfRunning: true, () => throw new InvalidOperationException());
        await Assert.ThrowsAsync<InvalidOperationException>(JobAsync);
        Assert.Equal(0, Commands.Run("mount", ["-o", "remount,ro", disk.Folder]).ExitCode);

        foreach (var refused in new Func<Task>[] { () => engine.BackUpAsync(request), JobAsync })
        {
            var error = await Assert.ThrowsAsync<AccessDeniedException>(refused);
            Assert.Contains("Read-only file system", error.Message, StringComparison.Ordinal);
            Assert.Contains(disk.Folder, error.Message, StringComparison.Ordinal);
        }

        work.Reporter.Forget();
        Assert.Equal(CheckStatus.Passed, (await engine.TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Contents)).Status);
        Assert.Empty(work.Reporter.Warnings);
        Assert.Contains(work.Reporter.VerboseMessages, message => message.Contains("into the history. Read-only", StringComparison.Ordinal));
    }

    [SmallDiskFact]
    public async Task A_wal_database_on_a_read_only_mount_is_refused_with_ways_that_work()
    {
        using var work = new Workspace();
        using var disk = new SmallDisk(8);
        var app = Path.Combine(disk.Folder, "app.db");
        Commands.Sqlite(app, "PRAGMA journal_mode=WAL; CREATE TABLE t(a);");
        using (new SqliteShell(app, "PRAGMA wal_autocheckpoint=0; INSERT INTO t SELECT value FROM generate_series(1,1000);"))
        {
            // The copies are what a snapshot of the file system would hold.
            foreach (var suffix in new[] { "", "-wal" }) File.Copy(app + suffix, Path.Combine(disk.Folder, "snapshot.db" + suffix));
        }

        var snapshot = Path.Combine(disk.Folder, "snapshot.db");
        Assert.Equal(0, Commands.Run("mount", ["-o", "remount,ro", disk.Folder]).ExitCode);
        foreach (var (path, rows) in new[] { (snapshot, 1000), (app, 1000) })
        {
            var e = await Assert.ThrowsAsync<AccessDeniedException>(() => work.BackUpAsync(path));
            Assert.Contains($"{path} is in WAL mode, and this user cannot write in its folder", e.Message, StringComparison.Ordinal);
            Assert.Contains("together with its -wal file", e.Hint, StringComparison.Ordinal);
            // The copy.
            var copy = work[Path.GetFileName(path)];
            foreach (var suffix in new[] { "", "-wal" }.Where(suffix => File.Exists(path + suffix)))
                File.Copy(path + suffix, copy + suffix);
            Assert.Equal(rows, Assert.Single((await work.BackUpAsync(copy)).Tables).Rows);
        }

        // The other database has no log.
        var vacuumed = work["vacuumed.db"];
        Assert.Equal(0, Commands.Run("sqlite3", [$"file:{app}?immutable=1", $"VACUUM INTO '{vacuumed}'"]).ExitCode);
        Assert.Equal(1000, Assert.Single((await work.BackUpAsync(vacuumed)).Tables).Rows);

        Assert.Equal(0, Commands.Run("mount", ["-o", "remount,rw", disk.Folder]).ExitCode);
        Assert.Equal(1000, Assert.Single((await work.BackUpAsync(snapshot)).Tables).Rows);
    }

    [OtherUserFact]
    public void A_wal_database_in_a_folder_of_somebody_else_is_refused_by_its_mode()
    {
        using var user = new OtherUser();
        using var work = user.Workspace();
        Directory.CreateDirectory(work["data"]);
        var app = work["data/app.db"];
        Commands.Sqlite(app, "PRAGMA journal_mode=WAL; CREATE TABLE t(a);");
        StockTools.Shell("chmod 755 \"$1\"; chmod 644 \"$2\"", work["data"], app);
        var answer = user.Run(work, "backup", "--path", app);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("is in WAL mode, and this user cannot write in its folder", answer.Error, StringComparison.Ordinal);
        Assert.Equal(["app.db"], Directory.GetFiles(work["data"]).Select(Path.GetFileName));
    }
}
