using System.Diagnostics;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Concurrency;

/// <summary>
/// A backup root and a target each have one writer at a time; a lock of a dead process is taken over, a lock of another host is not.
/// </summary>
public sealed class LockTests
{
    [StockFact]
    public async Task A_second_command_on_a_target_is_told_who_is_at_it()
    {
        using var work = new Workspace();
        var (app, set) = await PrepareAsync(work);
        var plan = await work.Engine.PlanRestoreAsync(Request(set, app));
        var kept = await work.RestoreAsync(set.Id, app);
        var undo = await work.Engine.PlanUndoAsync(new RestoreSelector { RestoreId = kept.RestoreId });
        using var first = HostProcess.Start("restore", work.BackupRoot, app, $"id={set.Id}", "pause=Staged");
        Assert.NotNull(first.WaitFor("paused"));

        // A plan says it at once; what was planned before waits a while, and then says it.
        await AssertNamesAsync(first, () => work.Engine.PlanRestoreAsync(Request(set, app)));
        await Task.WhenAll(
            AssertNamesAsync(first, () => work.Engine.RestoreAsync(plan)),
            AssertNamesAsync(first, () => work.Engine.UndoAsync(undo)),
            AssertNamesAsync(first, () => work.Engine
                .CompleteAsync(new RestoreSelector { RestoreId = first.WaitFor("step") is null ? ""
                : work.Engine.ListRestores()[0].RestoreId })));
        await Assert.ThrowsAsync<DatabaseBusyException>(() =>
            work.Engine.RemovePreviousCopyAsync(work.Engine.ListPreviousCopies(new SqliteAddress(app))[0]));
        first.Resume();
        Assert.Equal(0, first.WaitForEnd());
        Assert.Equal(RestoreStatus.Committed, (await work.Engine
            .RestoreAsync(await work.Engine.PlanRestoreAsync(Request(set, app)))).Status);
    }

    [StockFact]
    public void A_process_knows_its_own_lock_where_the_file_tells_nobody_as_on_Windows()
    {
        using var work = new Workspace();
        var target = RestoreTarget.OfFile(work["app.db"]);
        using (FileLock.TryAcquire(target.LockFile, target.Name))
        {
            StockTools.Shell(": > \"$1\"", target.LockFile);
            Assert.Null(FileLock.ReadOwner(target.LockFile));
            Assert.Null(target.Busy());
        }

        Assert.False(File.Exists(target.LockFile));
    }

    [StockFact]
    public async Task A_second_backup_into_a_root_is_told_who_is_at_it()
    {
        using var work = new Workspace();
        var (app, _) = await PrepareAsync(work);
        using var first = HostProcess.Start("backup", work.BackupRoot, app, "pause=progress:Compressing");
        Assert.NotNull(first.WaitFor("paused"));
        await AssertNamesAsync(first, () => work.BackUpAsync(app));
        first.Resume();
        Assert.Equal(0, first.WaitForEnd());
        Assert.Equal(2, work.Engine.ListBackups(new BackupQuery()).Count);
    }

    [StockFact]
    public async Task A_second_backup_that_need_not_wait_long_waits()
    {
        using var work = new Workspace();
        var (app, _) = await PrepareAsync(work);
        using var first = HostProcess.Start("backup", work.BackupRoot, app, "pause=progress:Compressing");
        Assert.NotNull(first.WaitFor("paused"));
        var second = work.BackUpAsync(app);
        await Task.Delay(500);
        Assert.False(second.IsCompleted);
        first.Resume();
        Assert.Equal(BackupStatus.Complete, (await second).Status);
        Assert.Equal(3, work.Engine.ListBackups(new BackupQuery()).Count);
    }

    [StockFact]
    public async Task The_locks_of_a_dead_process_are_taken_over_at_once()
    {
        using var work = new Workspace();
        var (app, set) = await PrepareAsync(work);
        var (rootLock, targetLock) = (Path.Combine(work.BackupRoot, ".lock"), RestoreJournal.LockFor(app));
        using (var backup = HostProcess.RunToEnd("backup", work.BackupRoot, app, "kill=progress:Compressing"))
            AssertSaysHolder(rootLock, backup);
        using (var restore = HostProcess.RunToEnd("restore", work.BackupRoot, app, $"id={set.Id}", "kill=Staged"))
            AssertSaysHolder(targetLock, restore);

        var clock = Stopwatch.StartNew();
        Assert.Equal(BackupStatus.Complete, (await work.BackUpAsync(app)).Status);
        Assert.Equal(RestoreStatus.Committed, (await work.RestoreAsync(set.Id, app)).Status);
        // Waiting for a living holder would take five seconds and ten.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"It took {clock.Elapsed}.");
        Assert.False(File.Exists(rootLock) || File.Exists(targetLock));
    }

    [StockFact]
    public async Task A_lock_of_another_host_is_refused_until_it_is_unlocked()
    {
        using var work = new Workspace();
        var (app, set) = await PrepareAsync(work);
        var path = Path.Combine(work.BackupRoot, ".lock");
        WriteForeignLock(path);
        var busy = await Assert.ThrowsAsync<DatabaseBusyException>(() => work.BackUpAsync(app));
        Assert.Contains("elsewhere.example", busy.Message);
        Assert.Contains($"{CommandName.UnlockBackupRoot}", busy.Hint);
        Assert.True(File.Exists(path));
        // The lock is that of commands that write backups: a restore does not need it.
        Assert.Equal(RestoreStatus.Committed, (await work.RestoreAsync(set.Id, app)).Status);
        Assert.Contains("elsewhere.example", await work.Engine.UnlockBackupRootAsync());
        Assert.Null(await work.Engine.UnlockBackupRootAsync());
        Assert.Equal(BackupStatus.Complete, (await work.BackUpAsync(app)).Status);
    }

    [StockFact]
    public async Task A_target_locked_from_another_host_is_refused_until_the_file_is_removed()
    {
        using var work = new Workspace();
        var (app, set) = await PrepareAsync(work);
        var path = RestoreJournal.LockFor(app);
        WriteForeignLock(path);
        var busy = await Assert.ThrowsAsync<DatabaseBusyException>(() => work.RestoreAsync(set.Id, app));
        Assert.Contains("elsewhere.example", busy.Message);
        Assert.Contains(path, busy.Hint);
        File.Delete(path);
        Assert.Equal(RestoreStatus.Committed, (await work.RestoreAsync(set.Id, app)).Status);
    }

    [StockFact]
    public async Task The_lock_of_a_living_process_cannot_be_unlocked()
    {
        using var work = new Workspace();
        var (app, _) = await PrepareAsync(work);
        using var first = HostProcess.Start("backup", work.BackupRoot, app, "pause=progress:Compressing");
        Assert.NotNull(first.WaitFor("paused"));
        Assert.Contains($"process {first.Id} ", (await Assert.ThrowsAsync<DatabaseBusyException>(() => work.Engine.UnlockBackupRootAsync())).Message);
        first.Resume();
        Assert.Equal(0, first.WaitForEnd());
    }

    [StockFact]
    public async Task Many_at_once_take_turns()
    {
        using var work = new Workspace();
        var (app, set) = await PrepareAsync(work);
        var hosts = Enumerable.Range(0, 4).Select(i => i % 2 == 0
            ? HostProcess.Start("backup", work.BackupRoot, app)
            : HostProcess.Start("restore", work.BackupRoot, work[$"new-{i}.db"], $"id={set.Id}")).ToList();
        foreach (var host in hosts) Assert.True(host.WaitForEnd() == 0, string.Join('\n', host.Lines) + host.Errors);
        foreach (var host in hosts) host.Dispose();
        Assert.Equal(3, work.Engine.ListBackups(new BackupQuery()).Count(found => found.Status == BackupStatus.Complete));
        Assert.DoesNotContain(work.AllFiles(), file => file.Contains("lock") || file.Contains("partial") || file.Contains(".scratch"));
    }

    private static async Task<(string App, BackupSet Set)> PrepareAsync(Workspace work)
    {
        var app = work["app.db"];
        BankDatabase.Create(app, "wal", megabytes: 1);
        return (app, await work.BackUpAsync(app));
    }

    private static RestoreRequest Request(BackupSet set, string app) =>
        new() { Backup = new BackupSelector { Id = set.Id }, Target = new SqliteAddress(app) };

    private static async Task AssertNamesAsync(HostProcess holder, Func<Task> command)
    {
        var busy = await Assert.ThrowsAsync<DatabaseBusyException>(command);
        Assert.Contains($"process {holder.Id} ", busy.Message);
        Assert.Contains(Environment.MachineName, busy.Message);
    }

    private static void AssertSaysHolder(string lockFile, HostProcess dead) =>
        Assert.Contains($"\"processId\":{dead.Id},", File.ReadAllText(lockFile));

    private static void WriteForeignLock(string path) => File.WriteAllText(path,
        """{"token":"0123456789abcdef","host":"elsewhere.example","processId":4711,"operation":"Backup","since":"2020-01-01T00:00:00Z"}""");
}
