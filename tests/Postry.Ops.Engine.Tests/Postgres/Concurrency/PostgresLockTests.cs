using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Postgres.Crashes;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Concurrency;

/// <summary>Only one restore of a target runs at a time, wherever it is started; a backup waits for no restore.</summary>
public sealed class PostgresLockTests
{
    [PostgresTheory]
    [InlineData("Started")]
    [InlineData("Staged")]
    public async Task A_second_restore_from_the_same_backup_root_is_refused(string step)
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        using var host = fixture.Start("restore", $"pause={step}");
        Assert.NotNull(host.WaitFor("paused"));
        var busy = await Assert.ThrowsAsync<DatabaseBusyException>(fixture.RestoreAsync);
        Assert.Contains($"process {host.Id}", busy.Message);
        await Assert.ThrowsAsync<DatabaseBusyException>(() => fixture.CompleteAsync(fixture.Work.Engine.ListRestores().Single().RestoreId));
        await fixture.BackUpAsync();
        await FinishAsync(fixture, host);
    }

    [PostgresFact]
    public async Task A_restore_or_undo_from_another_host_is_refused()
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        // Another host shares no file with this one, only the server.
        using var other = new Workspace();
        (await ServerStates.OfAsync(fixture.Server)).CopyBackup(other.BackupRoot);
        var restored = await other.Engine.RestoreAsync(await other.Engine.PlanRestoreAsync(fixture.Request));
        using var host = fixture.Start("restore", "pause=Staged");
        Assert.NotNull(host.WaitFor("paused"));
        var plan = await other.Engine.PlanRestoreAsync(fixture.Request);
        var busy = await Assert.ThrowsAsync<DatabaseBusyException>(() => other.Engine.RestoreAsync(plan));
        Assert.Contains("127.0.0.1", busy.Message);
        var undo = await other.Engine.PlanUndoAsync(new RestoreSelector { RestoreId = restored.RestoreId, Connection = fixture.Address });
        await Assert.ThrowsAsync<DatabaseBusyException>(() => other.Engine.UndoAsync(undo));
        host.Resume();
        Assert.Equal(0, host.WaitForEnd());
        Assert.Equal(fixture.Restored, fixture.Now);
        // The refused restore does not remove the other's kept copy.
        Assert.Equal(fixture.Before, fixture.KeptState(restored.PreviousCopy));
        Assert.DoesNotContain(other.AllFiles(), file => file.Contains("postry-journal") || file.Contains("lock"));
    }

    [PostgresFact]
    public async Task A_killed_restore_of_another_host_is_not_in_the_way()
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        using var host = fixture.Start("restore", "kill=Staged");
        host.WaitForEnd();
        using var other = new Workspace();
        (await ServerStates.OfAsync(fixture.Server)).CopyBackup(other.BackupRoot);
        var restored = await other.Engine.RestoreAsync(await other.Engine.PlanRestoreAsync(fixture.Request));
        Assert.Equal(fixture.Restored, fixture.Now);
        // The first host's own next command finds that there was nothing of it.
        Assert.Equal(RestoreStatus.Failed, (await fixture.CompleteAsync(fixture.Work.Engine.ListRestores().Single().RestoreId)).Status);
        Assert.Equal(fixture.Restored, fixture.Now);
        Assert.Equal(fixture.Before, fixture.KeptState(restored.PreviousCopy));
    }

    private static async Task FinishAsync(ServerFixture fixture, HostProcess host)
    {
        host.Resume();
        Assert.Equal(0, host.WaitForEnd());
        Assert.Equal(fixture.Restored, fixture.Now);
        Assert.Equal(RestoreStatus.Undone, (await fixture.UndoAsync(fixture.Work.Engine.ListRestores().Single().RestoreId)).Status);
        Assert.Equal(fixture.Before, fixture.Now);
        fixture.AssertTidy();
    }
}
