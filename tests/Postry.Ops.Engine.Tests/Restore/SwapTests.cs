using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Restore;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Restore;

/// <summary>The effect of a restore on the target and its neighbours, and that of an undo.</summary>
public sealed class SwapTests
{
    [StockFact]
    public async Task A_log_left_beside_a_missing_database_is_never_replayed_and_is_kept()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "PRAGMA journal_mode=wal; CREATE TABLE t(a); INSERT INTO t VALUES ('backed up');");
        var set = await work.BackUpAsync(app);
        byte[] log;
        using (new SqliteShell(app, "PRAGMA wal_autocheckpoint=0; UPDATE t SET a = 'in the log';")) log = ReadShared(app + "-wal");
        Assert.True(log.Length > 4096);
        File.Delete(app);
        File.WriteAllBytes(app + "-wal", log);
        File.WriteAllText(app + "-journal", "an old journal");

        var record = await work.RestoreAsync(set.Id, app);
        Assert.Equal("backed up", Commands.Sqlite(app, "SELECT a FROM t"));
        Assert.Equal("ok", Commands.Sqlite(app, "PRAGMA integrity_check"));
        Assert.Equal(log, File.ReadAllBytes(record.PreviousCopy + "-wal"));
        Assert.Equal("an old journal", File.ReadAllText(record.PreviousCopy + "-journal"));
        var undone = await work.UndoAsync(record.RestoreId);
        Assert.False(File.Exists(app));
        Assert.Equal("backed up", Commands.Sqlite(undone.UndoneCopy!, "SELECT a FROM t"));
    }

    [StockTheory]
    [InlineData("garbage in the header")]
    [InlineData("all noughts")]
    [InlineData("text")]
    public async Task A_live_file_that_is_no_database_is_kept_byte_for_byte_and_undo_puts_it_back(string damage)
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t(a); INSERT INTO t SELECT randomblob(900) FROM generate_series(1,100);");
        var before = Commands.Dump(app);
        var set = await work.BackUpAsync(app);
        var bytes = File.ReadAllBytes(app);
        switch (damage)
        {
            case "text": bytes = [.. Enumerable.Repeat((byte)'x', 10_000)]; break;
            case "all noughts": Array.Clear(bytes, 0, bytes.Length); break;
            default: Array.Fill<byte>(bytes, 0xA5, 0, 100); break;
        }

        File.WriteAllBytes(app, bytes);
        File.WriteAllText(app + "-wal", "a log that belongs to it");
        File.SetUnixFileMode(app, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        var record = await work.RestoreAsync(set.Id, app);
        Assert.Equal((RestoreStatus.Committed, RestoreStrategy.File), (record.Status, record.Strategy));
        Assert.Equal(before, Commands.Dump(app));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(app));
        Assert.Equal(bytes, File.ReadAllBytes(record.PreviousCopy!));
        Assert.Equal("a log that belongs to it", File.ReadAllText(record.PreviousCopy + "-wal"));
        Assert.False(File.Exists(app + "-wal"));

        var undone = await work.UndoAsync(record.RestoreId);
        Assert.Equal(bytes, File.ReadAllBytes(app));
        Assert.Equal("a log that belongs to it", File.ReadAllText(app + "-wal"));
        Assert.Equal(before, Commands.Dump(undone.UndoneCopy!));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(app));
    }

    [StockFact]
    public async Task Another_page_size_in_wal_mode_needs_the_database_alone_and_then_works()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "PRAGMA page_size=1024; CREATE TABLE t(a); INSERT INTO t VALUES ('backed up');");
        var (set, facts) = (await work.BackUpAsync(app), StockTools.Facts(app));
        File.Delete(app);
        Commands.Sqlite(app, "PRAGMA page_size=4096; PRAGMA journal_mode=wal; CREATE TABLE t(a); INSERT INTO t VALUES ('live');");
        using (var holder = new SqliteShell(app, "SELECT * FROM t;"))
        {
            var e = await Assert.ThrowsAsync<DatabaseBusyException>(() => work.RestoreAsync(set.Id, app));
            Assert.Contains("page size", e.Message, StringComparison.Ordinal);
            Assert.Contains("Stop the application", e.Hint, StringComparison.Ordinal);
            holder.Execute("INSERT INTO t VALUES ('still working');");
        }

        Assert.Equal("live\nstill working", Commands.Sqlite(app, "SELECT a FROM t"));
        var live = StockTools.Facts(app);
        var record = await work.RestoreAsync(set.Id, app);
        Assert.Equal(facts, StockTools.Facts(app));
        Assert.Equal("wal", Commands.Sqlite(app, "PRAGMA journal_mode"));
        await work.UndoAsync(record.RestoreId);
        Assert.Equal(live, StockTools.Facts(app));
    }

    [StockTheory]
    [InlineData("wal")]
    [InlineData("delete")]
    public async Task Mode_and_owner_of_the_file_stay(string journalMode)
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, $"PRAGMA journal_mode={journalMode}; CREATE TABLE t(a);");
        const UnixFileMode mode =
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        File.SetUnixFileMode(app, mode);
        if (OtherUser.IsPossible) StockTools.Shell("chown 1234:5678 -- \"$1\"", app);
        var owner = StockTools.Shell("stat -c '%u:%g %a' -- \"$1\"", app);
        var set = await work.BackUpAsync(app);
        await work.RestoreAsync(set.Id, app);
        Assert.Equal(owner, StockTools.Shell("stat -c '%u:%g %a' -- \"$1\"", app));
        // The backup remembers the mode even if the file is gone.
        File.Delete(app);
        await work.RestoreAsync(set.Id, app);
        Assert.Equal(owner, StockTools.Shell("stat -c '%u:%g %a' -- \"$1\"", app));
    }

    [StockFact]
    public async Task The_record_says_exactly_what_was_lost()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app,
            "PRAGMA journal_mode=wal; CREATE TABLE same(a); INSERT INTO same VALUES (1); CREATE TABLE grown(a); INSERT INTO grown VALUES " +
            "(1); CREATE TABLE changed(a); INSERT INTO changed VALUES (1); CREATE TABLE dropped(a); INSERT INTO dropped VALUES (1),(2);");
        var set = await work.BackUpAsync(app);
        Commands.Sqlite(app,
            "INSERT INTO grown VALUES (2),(3); UPDATE changed SET a = 2; DROP TABLE dropped; CREATE TABLE added(a); INSERT INTO added " +
            "VALUES (1),(2),(3); CREATE INDEX i ON grown(a);");
        var plan = await work.Engine.PlanRestoreAsync(
            new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target = new SqliteAddress(app) });
        // Rows that are written between plan and swap count as well.
        Commands.Sqlite(app, "INSERT INTO grown VALUES (4)");
        var loss = (await work.Engine.RestoreAsync(plan)).DataLoss!;
        Assert.True(loss.Compared);
        Assert.Equal(
            [("added", 3, null, TableDifference.OnlyInLive), ("changed", 1, 1, TableDifference.Different),
                ("dropped", null, 2, TableDifference.OnlyInBackup), ("grown", 4, 1, TableDifference.Different),
                ("same", 1, 1, TableDifference.Equal)],
            loss.Tables.Select(table => (table.Name, table.LiveRows, table.BackupRows, table.Difference)));
        Assert.Contains(loss.Schema, difference => difference is { Type: "index", Name: "i", Difference: TableDifference.OnlyInLive });
        Assert.Equal(loss.Tables, Assert.Single(work.Engine.ListRestores()).DataLoss!.Tables);
    }

    [StockTheory]
    [InlineData("wal")]
    [InlineData("delete")]
    [InlineData("")]
    public async Task A_restore_that_fails_its_check_after_the_swap_is_undone_by_itself(string journalMode)
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t(a); INSERT INTO t VALUES ('backed up');");
        var set = await work.BackUpAsync(app);
        if (journalMode.Length == 0) File.Delete(app);
        else Commands.Sqlite(app, $"PRAGMA journal_mode={journalMode}; UPDATE t SET a = 'live';");
        var plan = await work.Engine.PlanRestoreAsync(
            new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target = new SqliteAddress(app) });
        var seen = "";
        var operation = new RestoreOperation(work.Settings(), new SqliteDatabase(work.Settings(), new SqliteAddress(app), work.Reporter),
            work.Reporter)
        {
            LiveChecks =
            [
                (_, _) =>
                {
                    seen = Commands.Sqlite(app, "SELECT a FROM t");
                    return Task.FromResult(new Check("Smoke", CheckStatus.Failed, "up", "down"));
                },
            ],
        };
        var e = await Assert.ThrowsAsync<RestoreUndoneException>(() => operation.RunAsync(plan, CancellationToken.None));
        Assert.Contains("Smoke", e.Message, StringComparison.Ordinal);
        Assert.Equal("backed up", seen);
        if (journalMode.Length == 0) Assert.False(File.Exists(app));
        else Assert.Equal("live", Commands.Sqlite(app, "SELECT a FROM t"));
        var record = Assert.Single(work.Engine.ListRestores());
        Assert.Equal(RestoreStatus.Undone, record.Status);
        Assert.Contains("Smoke", record.Detail, StringComparison.Ordinal);
        Assert.Equal("backed up", Commands.Sqlite(record.UndoneCopy!, "SELECT a FROM t"));
        Assert.Empty(work.Engine.PendingWarnings());
        Assert.DoesNotContain(work.AllFiles(), file => file.Contains(".postry-", StringComparison.Ordinal));
    }

    [StockFact]
    public async Task A_restore_that_cannot_be_checked_after_the_swap_awaits_a_verdict()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t(a); INSERT INTO t VALUES ('backed up');");
        var set = await work.BackUpAsync(app);
        Commands.Sqlite(app, "UPDATE t SET a = 'live';");
        var plan = await work.Engine.PlanRestoreAsync(
            new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target = new SqliteAddress(app) });
        var operation = new RestoreOperation(work.Settings(), new SqliteDatabase(work.Settings(), new SqliteAddress(app), work.Reporter),
            work.Reporter)
        {
            LiveChecks = [(_, _) => Task.FromResult(new Check("Smoke", CheckStatus.Inconclusive, "up", "no answer"))],
        };
        var record = await operation.RunAsync(plan, CancellationToken.None);
        Assert.Equal(RestoreStatus.AwaitingVerdict, record.Status);
        Assert.Contains(work.Reporter.Warnings, warning =>
            warning.Contains("Smoke is undecided: no answer", StringComparison.Ordinal));
        Assert.Equal("backed up", Commands.Sqlite(app, "SELECT a FROM t"));
        Assert.Contains(work.Engine.PendingWarnings(), warning => warning.Contains(record.RestoreId, StringComparison.Ordinal));
        await Assert.ThrowsAsync<TargetPendingException>(() => work.RestoreAsync(set.Id, app));
        Assert.Equal(RestoreStatus.Committed, (await work.Engine
            .CompleteAsync(new RestoreSelector { RestoreId = record.RestoreId })).Status);
        Assert.Empty(work.Engine.PendingWarnings());
        Assert.Equal("live", Commands.Sqlite(record.PreviousCopy!, "SELECT a FROM t"));
    }

    [StockFact]
    public async Task Kept_copies_are_listed_and_removed_but_not_while_a_verdict_is_awaited()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        var set = await work.BackUpAsync(app);
        var first = await work.RestoreAsync(set.Id, app);
        var second = await work.RestoreAsync(set.Id, app);
        var copies = work.Engine.ListPreviousCopies(new SqliteAddress(app));
        Assert.Equal([first.PreviousCopy, second.PreviousCopy], copies.Select(copy => copy.Path));
        Assert.All(copies, copy => Assert.Equal(new FileInfo(copy.Path).Length, copy.SizeBytes));
        var plan = await work.Engine.PlanRestoreAsync(
            new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target = new SqliteAddress(app) });
        Assert.Equal(2, plan.KeptCopies.Count);

        // The command removes only copies that a record names, whatever a caller asks for.
        await Assert.ThrowsAsync<SourceNotFoundException>(() => work.Engine.RemovePreviousCopyAsync(copies[0] with { Path = app }));
        Assert.True(File.Exists(app));
        Assert.True((await work.Engine.RemovePreviousCopyAsync(copies[0])).Removed);
        Assert.False(File.Exists(copies[0].Path));
        Assert.Equal(copies[1].Path, Assert.Single(work.Engine.ListPreviousCopies()).Path);

        var record = RestoreRecords.TryRead(second.RecordFile!)!;
        RestoreRecords.Save(record with { Status = RestoreStatus.AwaitingVerdict });
        await Assert.ThrowsAsync<TargetPendingException>(() => work.Engine.RemovePreviousCopyAsync(copies[1]));
        Assert.True(File.Exists(copies[1].Path));
        await Assert.ThrowsAsync<TargetPendingException>(() => work.RestoreAsync(set.Id, app));
        Assert.Contains(second.RestoreId, Assert.Single(work.Engine.PendingWarnings()), StringComparison.Ordinal);
        await work.Engine.CompleteAsync(new RestoreSelector { RestoreId = second.RestoreId });
        Assert.Empty(work.Engine.PendingWarnings());
        await work.Engine.RemovePreviousCopyAsync(copies[1]);
        Assert.Empty(work.Engine.ListPreviousCopies());
        // A restore whose copy is gone cannot be undone, and the error says so.
        await Assert.ThrowsAsync<SourceNotFoundException>(() => work.UndoAsync(second.RestoreId));
    }

    private static byte[] ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
