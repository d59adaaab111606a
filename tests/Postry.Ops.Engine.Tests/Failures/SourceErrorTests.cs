using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Failures;

/// <summary>Every kind of source that cannot be backed up: an error of its own, a next step, nothing left behind, nothing
/// touched.</summary>
public sealed class SourceErrorTests
{
    [StockFact]
    public async Task A_text_file_is_not_a_database()
    {
        using var work = new Workspace();
        File.WriteAllText(work["app.db"], string.Concat(Enumerable.Repeat("This is a text file and no database at all.\n", 200)));
        var e = await RefusedAsync<NotADatabaseException>(work, work["app.db"]);
        Assert.Contains("not an SQLite database", e.Message, StringComparison.Ordinal);
    }

    [StockTheory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(99)]
    [InlineData(512)]
    public async Task A_few_bytes_are_not_a_database(int bytes)
    {
        using var work = new Workspace();
        File.WriteAllBytes(work["app.db"], [.. Enumerable.Repeat((byte)'x', bytes)]);
        await RefusedAsync<NotADatabaseException>(work, work["app.db"]);
    }

    [StockFact]
    public async Task An_encrypted_database_is_told_from_a_wrong_file()
    {
        using var work = new Workspace();
        var bytes = new byte[8 * 4096];
        new Random(42).NextBytes(bytes);
        File.WriteAllBytes(work["app.db"], bytes);
        var e = await RefusedAsync<NotADatabaseException>(work, work["app.db"]);
        Assert.Contains("encrypted", e.Message, StringComparison.Ordinal);
        Assert.Contains("key", e.Hint, StringComparison.Ordinal);
    }

    [StockFact]
    public async Task A_missing_file_and_a_missing_folder_are_not_found_and_not_made()
    {
        using var work = new Workspace();
        await RefusedAsync<SourceNotFoundException>(work, work["none.db"]);
        await RefusedAsync<SourceNotFoundException>(work, work["none/none.db"]);
        Assert.Empty(work.AllFiles());
    }

    [StockFact]
    public async Task A_folder_is_no_database()
    {
        using var work = new Workspace();
        Directory.CreateDirectory(work["app.db"]);
        var e = await RefusedAsync<NotADatabaseException>(work, work["app.db"]);
        Assert.Contains("folder", e.Message, StringComparison.Ordinal);
    }

    [StockFact]
    public async Task A_dangling_link_is_not_found_and_nothing_is_made_at_its_end()
    {
        using var work = new Workspace();
        File.CreateSymbolicLink(work["app.db"], work["none.db"]);
        await Assert.ThrowsAsync<SourceNotFoundException>(() => work.BackUpAsync(work["app.db"]));
        Assert.False(File.Exists(work["none.db"]));
        Assert.False(Directory.Exists(work.BackupRoot));
    }

    [StockTheory]
    [InlineData("delete")]
    [InlineData("wal")]
    public async Task A_locked_database_is_busy_after_the_timeout_and_says_what_to_do(string journalMode)
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, $"PRAGMA journal_mode={journalMode}; CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        var engine = new OpsEngine(work.Settings() with { LockTimeout = TimeSpan.FromMilliseconds(400) }, [work.Reporter]);
        // In WAL mode only the exclusive locking mode blocks readers.
        var holder = new SqliteShell(app, journalMode == "wal" ? "PRAGMA locking_mode=EXCLUSIVE; BEGIN IMMEDIATE; INSERT INTO t VALUES (2);"
            : "BEGIN EXCLUSIVE;");
        var before = StockTools.Hash(app);
        var e = await Assert.ThrowsAsync<DatabaseBusyException>(() =>
            engine.BackUpAsync(new BackupRequest { Source = new SqliteAddress(app) }));
        Assert.Contains("lsof", e.Hint, StringComparison.Ordinal);
        Assert.Equal(before, StockTools.Hash(app));
        AssertNothingLeft(work);
        holder.Dispose();
        Assert.Equal(1, Assert.Single((await engine.BackUpAsync(new BackupRequest { Source = new SqliteAddress(app) })).Tables).Rows);
    }

    [StockTheory]
    [InlineData("delete")]
    [InlineData("wal")]
    public async Task A_restore_or_undo_of_a_locked_database_is_busy_and_changes_nothing(string journalMode)
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, $"PRAGMA journal_mode={journalMode}; CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        var set = await work.BackUpAsync(app);
        var committed = await work.RestoreAsync(set.Id, app);
        Commands.Sqlite(app, "INSERT INTO t VALUES (2)");
        var engine = new OpsEngine(work.Settings() with { LockTimeout = TimeSpan.FromMilliseconds(400) }, [work.Reporter]);
        using (new SqliteShell(app, "BEGIN IMMEDIATE;"))
        {
            var hash = StockTools.Hash(app);
            var plan = await engine.PlanRestoreAsync(
                new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target = new SqliteAddress(app) });
            Assert.True(plan.Comparison!.Compared);
            await Assert.ThrowsAsync<DatabaseBusyException>(() => engine.RestoreAsync(plan));
            await Assert.ThrowsAsync<DatabaseBusyException>(async () =>
                await engine.UndoAsync(await engine.PlanUndoAsync(new RestoreSelector { RestoreId = committed.RestoreId })));
            Assert.Equal(hash, StockTools.Hash(app));
        }

        Assert.Equal("1\n2", Commands.Sqlite(app, "SELECT a FROM t"));
        Assert.DoesNotContain(work.AllFiles(), file => file.Contains(".postry-", StringComparison.Ordinal));
        Assert.Equal([RestoreStatus.Failed, RestoreStatus.Committed], engine.ListRestores().Select(record => record.Status));
        // The failed restore left nothing that blocks the next one.
        await work.RestoreAsync(set.Id, app);
        Assert.Equal("1", Commands.Sqlite(app, "SELECT a FROM t"));
    }

    [StockFact]
    public async Task A_damaged_database_is_not_backed_up_and_the_older_backups_stay()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app,
            "CREATE TABLE t(a); INSERT INTO t SELECT randomblob(500) FROM generate_series(1,2000); CREATE TABLE u AS SELECT * FROM t;");
        var good = await work.BackUpAsync(app);
        using (var file = new FileStream(app, FileMode.Open))
        {
            foreach (var page in new[] { 40, 41, 42, 200 })
            {
                file.Position = page * 4096;
                file.Write(new byte[4096]);
            }
        }

        // Both the check and the fingerprints meet the damage, and either may be the first.
        for (var round = 0; round < 8; round++)
        {
            var (hash, tree) = (StockTools.Hash(app), StockTools.Tree(work.BackupRoot));
            var e = await Assert.ThrowsAsync<DatabaseDamagedException>(() => work.BackUpAsync(app));
            Assert.Contains(app, e.Message, StringComparison.Ordinal);
            Assert.Contains("damaged", e.Message, StringComparison.Ordinal);
            Assert.Contains("Restore", e.Hint, StringComparison.Ordinal);
            Assert.Equal(hash, StockTools.Hash(app));
            Assert.Equal(tree, StockTools.Tree(work.BackupRoot));
        }

        Assert.Equal(good.Id, Assert.Single(work.Engine.ListBackups(new BackupQuery())).Id);
        // The good backup can then be restored over the damaged database.
        await work.Engine.RestoreAsync(await work.Engine
            .PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Latest = true }, Target = new SqliteAddress(app) }));
        Assert.Equal("ok", Commands.Sqlite(app, "PRAGMA integrity_check"));
    }

    [StockFact]
    public async Task A_truncated_database_is_damaged()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t(a); INSERT INTO t SELECT randomblob(500) FROM generate_series(1,500);");
        using (var file = new FileStream(app, FileMode.Open)) file.SetLength(file.Length / 2);
        await RefusedAsync<DatabaseDamagedException>(work, app);
    }

    [StockFact]
    public async Task A_database_that_this_process_has_open_otherwise_is_left_alone()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        var set = await work.BackUpAsync(app);
        using (new FileStream(app, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            var e = await Assert.ThrowsAsync<DatabaseBusyException>(() => work.BackUpAsync(app));
            Assert.Contains("This process", e.Message, StringComparison.Ordinal);
            Assert.Contains("process of its own", e.Hint, StringComparison.Ordinal);
            e = await Assert.ThrowsAsync<DatabaseBusyException>(() => work.RestoreAsync(set.Id, app));
            Assert.Contains("This process", e.Message, StringComparison.Ordinal);
        }

        // The check must also see through a link, and the application's own library.
        File.CreateSymbolicLink(work["link.db"], app);
        using (AppConnections.Open(work["link.db"])) await Assert.ThrowsAsync<DatabaseBusyException>(() => work.BackUpAsync(app));
        using (AppConnections.Open(app)) await Assert.ThrowsAsync<DatabaseBusyException>(() => work.BackUpAsync(work["link.db"]));
        Assert.Equal("1", Commands.Sqlite(app, "SELECT a FROM t"));
        Assert.Equal(BackupStatus.Complete, (await work.BackUpAsync(app)).Status);
        AssertNothingLeft(work);
    }

    [StockFact]
    public async Task A_name_that_cannot_be_a_logical_name_is_refused()
    {
        using var work = new Workspace();
        Commands.Sqlite(work["app.db"], "CREATE TABLE t(a)");
        foreach (var name in new[] { "", " ", "a*", "a?b", "a\nb", "a\0b", "\u0085" })
        {
            var e = await Assert.ThrowsAsync<InvalidRequestException>(() =>
                work.Engine.BackUpAsync(new BackupRequest { Source = new SqliteAddress(work["app.db"]), Database = name }));
            Assert.Contains($"{OptionName.Database}", e.Hint, StringComparison.Ordinal);
            AssertNothingLeft(work);
        }
    }

    private static async Task<T> RefusedAsync<T>(Workspace work, string source) where T : OpsException
    {
        var before = StockTools.Tree(work.Folder);
        var e = await Assert.ThrowsAsync<T>(() => work.BackUpAsync(source));
        Assert.Contains(source, e.Message, StringComparison.Ordinal);
        Assert.NotEmpty(e.Hint);
        Assert.Equal(before, StockTools.Tree(work.Folder));
        return e;
    }

    private static void AssertNothingLeft(Workspace work) =>
        Assert.DoesNotContain(work.AllFiles(), file => file.Contains("partial", StringComparison.Ordinal)
            || file.Contains("scratch", StringComparison.Ordinal) || file.Contains(".lock", StringComparison.Ordinal));
}
