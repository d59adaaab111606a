using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>A backup that is killed is no backup: it is not listed, it does not disturb the others, and the next one sweeps it.</summary>
public sealed class BackupKillTests(ITestOutputHelper output)
{
    public static TheoryData<int> Iterations() => KillMoments.Iterations();

    [StockTheory]
    [InlineData(Scenario.Wal, "progress:Copying the snapshot")]
    [InlineData(Scenario.Rollback, "progress:Copying the snapshot")]
    [InlineData(Scenario.Wal, "progress:Compressing")]
    [InlineData(Scenario.Rollback, "progress:Compressing")]
    public async Task Killed_while_it_works(Scenario scenario, string moment)
    {
        using var fixture = await CrashFixture.PrepareAsync(scenario);
        using var host = HostProcess.RunToEnd("backup", fixture.Work.BackupRoot, fixture.App, $"kill={moment}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.Equal(fixture.Backup.Id, Assert.Single(fixture.Work.Engine.ListBackups(new BackupQuery())).Id);
        await AssertLikeNeverBegunAsync(fixture);
    }

    [StockTheory]
    [InlineData(".lock")]
    [InlineData("db/*.partial")]
    [InlineData("db/*.manifest.json.partial")]
    [InlineData("db/new-*.db.gz")]
    public async Task Killed_when_a_file_of_it_has_just_appeared(string pattern)
    {
        using var fixture = await CrashFixture.PrepareAsync(Scenario.Wal);
        // The earlier set's files would be taken for the new one's: the new database has another name.
        var app = fixture.Work["new.db"];
        File.Move(fixture.App, app);
        if (File.Exists(fixture.App + "-wal")) File.Move(fixture.App + "-wal", app + "-wal");
        var state = CrashFixture.StateOf(app);
        using var host = HostProcess.RunToEnd("backup", fixture.Work.BackupRoot, app,
            $"kill=file:{fixture.Work.BackupRoot}/{pattern.Replace("new-", "sqlite-new-")}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.Equal(state, CrashFixture.StateOf(app));
        File.Move(app, fixture.App);
        if (File.Exists(app + "-wal")) File.Move(app + "-wal", fixture.App + "-wal");
        if (File.Exists(app + "-shm")) File.Delete(app + "-shm");
        await AssertLikeNeverBegunAsync(fixture);
    }

    [StockTheory]
    [MemberData(nameof(Iterations))]
    public async Task Killed_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(BackupKillTests), iteration);
        using var fixture = await CrashFixture.PrepareAsync(iteration % 2 == 0 ? Scenario.Wal : Scenario.Rollback);
        using var host = HostProcess.Start("backup", fixture.Work.BackupRoot, fixture.App);
        // All of it comes after this line, so the delay is spread over the whole backup.
        output.WriteLine($"{fixture.Scenario}: " + KillMoments.KillAfter(host, "planned", random, longestMs: 600));
        await AssertLikeNeverBegunAsync(fixture);
    }

    private static async Task AssertLikeNeverBegunAsync(CrashFixture fixture)
    {
        Assert.Equal(fixture.Before, fixture.Now);
        await fixture.ReadOnlyCommandsChangeNothingAsync();
        // The lock of the killed backup ends with its process: a restore works at once, and so does the next backup.
        var next = await fixture.Work.BackUpAsync(fixture.App);
        Assert.Contains(fixture.Work.Engine.ListBackups(new BackupQuery()), set => set.Id == next.Id);
        await fixture.AssertTidyAsync();
        var restored = await fixture.RestoreAsync();
        Assert.Equal(fixture.Restored, fixture.Now);
        await fixture.Work.UndoAsync(restored.RestoreId);
        Assert.Equal(fixture.Before, fixture.Now);
    }
}
