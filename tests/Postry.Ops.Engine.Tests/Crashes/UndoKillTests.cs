using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>An undo that is killed leaves what it found or what it was to bring back, whole, and can be run again.</summary>
public sealed class UndoKillTests(ITestOutputHelper output)
{
    public static TheoryData<Scene, string> StepsOfEveryScene() => RestoreKillTests.StepsOfEveryScene();

    public static TheoryData<int> Iterations() => KillMoments.Iterations();

    [StockTheory]
    [MemberData(nameof(StepsOfEveryScene))]
    public async Task Killed_at_a_step_of_the_journal(Scene scene, string step)
    {
        using var site = await CrashSite.PrepareAsync(scene);
        var restore = await site.FirstRestoreAsync();
        using var host = HostProcess.RunToEnd("undo", site.Work.BackupRoot, site.App, $"kill={step}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.Equal($"step {step}", host.Lines[^1]);

        Assert.Equal(step == nameof(JournalStep.Swapped) ? site.Before : site.Restored, site.Now);
        await Aftermath.OfUndoAsync(site, restore, (int)Enum.Parse<JournalStep>(step) % 2 == (int)scene % 2 ? FirstCommand.RestoreAgain
            : FirstCommand.Undo);
    }

    [StockTheory]
    [InlineData(FirstCommand.RestoreAgain)]
    [InlineData(FirstCommand.Undo)]
    public async Task Killed_when_the_damaged_file_is_back_but_not_yet_its_log(FirstCommand first)
    {
        using var site = await CrashSite.PrepareAsync(Scene.Destroyed);
        var restore = await site.FirstRestoreAsync();
        using var host = HostProcess.RunToEnd("undo", site.Work.BackupRoot, site.App,
            $"kill=gone:{site.Work[".app.db.postry-stage-" + restore.RestoreId]}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        if (first == FirstCommand.Undo)
        {
            // The undo is settled as done, and with it the log is back in its place.
            Assert.Equal(RestoreStatus.Undone, (await site.Work.UndoAsync(restore.RestoreId)).Status);
            Assert.Equal(site.Before, site.Now);
            await site.AssertTidyAsync();
        }

        var again = await site.RestoreAsync();
        Assert.Equal(site.Before, CrashSite.StateOf(again.PreviousCopy!));
        Assert.Equal(site.Restored, site.Now);
        await site.AssertTidyAsync();
    }

    [StockTheory]
    [MemberData(nameof(Iterations))]
    public async Task Killed_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(UndoKillTests), iteration);
        using var site = await CrashSite.PrepareAsync((Scene)(iteration % Enum.GetValues<Scene>().Length));
        var restore = await site.FirstRestoreAsync();
        using var host = HostProcess.Start("undo", site.Work.BackupRoot, site.App);
        output.WriteLine($"{site.Scene}: " + KillMoments.KillAtAny(host, random));
        await Aftermath.OfUndoAsync(site, restore, random.Next(2) == 0 ? FirstCommand.RestoreAgain : FirstCommand.Undo);
    }
}
