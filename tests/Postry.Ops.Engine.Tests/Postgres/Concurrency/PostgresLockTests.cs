using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Postgres.Crashes;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Concurrency;

/// <summary>One restore of a target at a time, from wherever it is started; and a backup waits for none.</summary>
public sealed class PostgresLockTests
{
    [PostgresTheory]
    [InlineData("Started")]
    [InlineData("Staged")]
    public async Task A_second_restore_from_the_same_backup_root_is_refused(string step)
    {
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, ServerScene.Swap);
        using var host = site.Start("restore", $"pause={step}");
        Assert.NotNull(host.WaitFor("paused"));
        var busy = await Assert.ThrowsAsync<DatabaseBusyException>(site.RestoreAsync);
        Assert.Contains($"process {host.Id}", busy.Message);
        await Assert.ThrowsAsync<DatabaseBusyException>(() => site.CompleteAsync(site.Work.Engine.ListRestores().Single().RestoreId));
        await site.BackUpAsync();
        await FinishAsync(site, host);
    }

    [PostgresFact]
    public async Task A_restore_or_undo_from_another_host_is_refused()
    {
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, ServerScene.Swap);
        // Another host shares no file with this one, only the server.
        using var other = new Workspace();
        (await ServerStates.OfAsync(site.Server)).CopyBackup(other.BackupRoot);
        var restored = await other.Engine.RestoreAsync(await other.Engine.PlanRestoreAsync(site.Request));
        using var host = site.Start("restore", "pause=Staged");
        Assert.NotNull(host.WaitFor("paused"));
        var plan = await other.Engine.PlanRestoreAsync(site.Request);
        var busy = await Assert.ThrowsAsync<DatabaseBusyException>(() => other.Engine.RestoreAsync(plan));
        Assert.Contains("127.0.0.1", busy.Message);
        var undo = await other.Engine.PlanUndoAsync(new RestoreSelector { RestoreId = restored.RestoreId, Connection = site.Address });
        await Assert.ThrowsAsync<DatabaseBusyException>(() => other.Engine.UndoAsync(undo));
        host.Resume();
        Assert.Equal(0, host.WaitForEnd());
        Assert.Equal(site.Restored, site.Now);
        // It does not sweep the other's kept copy.
        Assert.Equal(site.Before, site.KeptState(restored.PreviousCopy));
        Assert.DoesNotContain(other.AllFiles(), file => file.Contains("postry-journal") || file.Contains("lock"));
    }

    [PostgresFact]
    public async Task A_killed_restore_of_another_host_is_not_in_the_way()
    {
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, ServerScene.Swap);
        using var host = site.Start("restore", "kill=Staged");
        host.WaitForEnd();
        using var other = new Workspace();
        (await ServerStates.OfAsync(site.Server)).CopyBackup(other.BackupRoot);
        var restored = await other.Engine.RestoreAsync(await other.Engine.PlanRestoreAsync(site.Request));
        Assert.Equal(site.Restored, site.Now);
        // The first host's own next command finds that there was nothing of it.
        Assert.Equal(RestoreStatus.Failed, (await site.CompleteAsync(site.Work.Engine.ListRestores().Single().RestoreId)).Status);
        Assert.Equal(site.Restored, site.Now);
        Assert.Equal(site.Before, site.KeptState(restored.PreviousCopy));
    }

    private static async Task FinishAsync(ServerSite site, HostProcess host)
    {
        host.Resume();
        Assert.Equal(0, host.WaitForEnd());
        Assert.Equal(site.Restored, site.Now);
        Assert.Equal(RestoreStatus.Undone, (await site.UndoAsync(site.Work.Engine.ListRestores().Single().RestoreId)).Status);
        Assert.Equal(site.Before, site.Now);
        site.AssertTidy();
    }
}
