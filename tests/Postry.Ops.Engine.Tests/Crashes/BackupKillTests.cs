using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>A backup that is killed is no backup: it is not listed, it does not disturb the others, and the next one sweeps it.</summary>
public sealed class BackupKillTests(ITestOutputHelper output)
{
    public static TheoryData<int> Iterations() => KillMoments.Iterations();

    [StockTheory]
    [InlineData(Scene.Wal, "progress:Copying the snapshot")]
    [InlineData(Scene.Rollback, "progress:Copying the snapshot")]
    [InlineData(Scene.Wal, "progress:Compressing")]
    [InlineData(Scene.Rollback, "progress:Compressing")]
    public async Task Killed_while_it_works(Scene scene, string moment)
    {
        using var site = await CrashSite.PrepareAsync(scene);
        using var host = HostProcess.RunToEnd("backup", site.Work.BackupRoot, site.App, $"kill={moment}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.Equal(site.Backup.Id, Assert.Single(site.Work.Engine.ListBackups(new BackupQuery())).Id);
        await AssertLikeNeverBegunAsync(site);
    }

    [StockTheory]
    [InlineData(".lock")]
    [InlineData("db/*.partial")]
    [InlineData("db/*.manifest.json.partial")]
    [InlineData("db/new-*.db.gz")]
    public async Task Killed_when_a_file_of_it_has_just_appeared(string pattern)
    {
        using var site = await CrashSite.PrepareAsync(Scene.Wal);
        // The earlier set's files would be taken for the new one's: the new database has another name.
        var app = site.Work["new.db"];
        File.Move(site.App, app);
        if (File.Exists(site.App + "-wal")) File.Move(site.App + "-wal", app + "-wal");
        var state = CrashSite.StateOf(app);
        using var host = HostProcess.RunToEnd("backup", site.Work.BackupRoot, app,
            $"kill=file:{site.Work.BackupRoot}/{pattern.Replace("new-", "sqlite-new-")}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.Equal(state, CrashSite.StateOf(app));
        File.Move(app, site.App);
        if (File.Exists(app + "-wal")) File.Move(app + "-wal", site.App + "-wal");
        if (File.Exists(app + "-shm")) File.Delete(app + "-shm");
        await AssertLikeNeverBegunAsync(site);
    }

    [StockTheory]
    [MemberData(nameof(Iterations))]
    public async Task Killed_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(BackupKillTests), iteration);
        using var site = await CrashSite.PrepareAsync(iteration % 2 == 0 ? Scene.Wal : Scene.Rollback);
        using var host = HostProcess.Start("backup", site.Work.BackupRoot, site.App);
        // All of it comes after this line, so the delay is spread over the whole backup.
        output.WriteLine($"{site.Scene}: " + KillMoments.KillAfter(host, "planned", random, longestMs: 600));
        await AssertLikeNeverBegunAsync(site);
    }

    private static async Task AssertLikeNeverBegunAsync(CrashSite site)
    {
        Assert.Equal(site.Before, site.Now);
        await site.ReadOnlyCommandsChangeNothingAsync();
        // Its lock does not outlive it: a restore works at once, and so does the next backup.
        var next = await site.Work.BackUpAsync(site.App);
        Assert.Contains(site.Work.Engine.ListBackups(new BackupQuery()), set => set.Id == next.Id);
        await site.AssertTidyAsync();
        var restored = await site.RestoreAsync();
        Assert.Equal(site.Restored, site.Now);
        await site.Work.UndoAsync(restored.RestoreId);
        Assert.Equal(site.Before, site.Now);
    }
}
