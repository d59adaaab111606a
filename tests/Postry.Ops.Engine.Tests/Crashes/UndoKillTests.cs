using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>An undo that is killed leaves what it found or what it was to bring back, whole, and can be run again.</summary>
public sealed class UndoKillTests(ITestOutputHelper output)
{
    public static TheoryData<Scenario, string> StepsOfEveryScenario() => RestoreKillTests.StepsOfEveryScenario();

    public static TheoryData<int> Iterations() => KillMoments.Iterations();

    [StockTheory]
    [MemberData(nameof(StepsOfEveryScenario))]
    public async Task Killed_at_a_step_of_the_journal(Scenario scenario, string step)
    {
        using var fixture = await CrashFixture.PrepareAsync(scenario);
        var restore = await fixture.FirstRestoreAsync();
        using var host = HostProcess.RunToEnd("undo", fixture.Work.BackupRoot, fixture.App, $"kill={step}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.Equal($"step {step}", host.Lines[^1]);

        Assert.Equal(step == nameof(JournalStep.Swapped) ? fixture.Before : fixture.Restored, fixture.Now);
        await CrashOutcome.OfUndoAsync(fixture, restore,
            (int)Enum.Parse<JournalStep>(step) % 2 == (int)scenario % 2 ? FirstCommand.RestoreAgain
            : FirstCommand.Undo);
    }

    [StockTheory]
    [InlineData(FirstCommand.RestoreAgain)]
    [InlineData(FirstCommand.Undo)]
    public async Task Killed_when_the_damaged_file_is_back_but_not_yet_its_log(FirstCommand first)
    {
        using var fixture = await CrashFixture.PrepareAsync(Scenario.Destroyed);
        var restore = await fixture.FirstRestoreAsync();
        using var host = HostProcess.RunToEnd("undo", fixture.Work.BackupRoot, fixture.App,
            $"kill=gone:{fixture.Work[".app.db.postry-stage-" + restore.RestoreId]}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        if (first == FirstCommand.Undo)
        {
            // Recovery finds the undo done, and with it the log is back in its place.
            Assert.Equal(RestoreStatus.Undone, (await fixture.Work.UndoAsync(restore.RestoreId)).Status);
            Assert.Equal(fixture.Before, fixture.Now);
            await fixture.AssertTidyAsync();
        }

        var again = await fixture.RestoreAsync();
        Assert.Equal(fixture.Before, CrashFixture.StateOf(again.PreviousCopy!));
        Assert.Equal(fixture.Restored, fixture.Now);
        await fixture.AssertTidyAsync();
    }

    [StockTheory]
    [MemberData(nameof(Iterations))]
    public async Task Killed_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(UndoKillTests), iteration);
        using var fixture = await CrashFixture.PrepareAsync((Scenario)(iteration % Enum.GetValues<Scenario>().Length));
        var restore = await fixture.FirstRestoreAsync();
        using var host = HostProcess.Start("undo", fixture.Work.BackupRoot, fixture.App);
        output.WriteLine($"{fixture.Scenario}: " + KillMoments.KillAtAny(host, random));
        await CrashOutcome.OfUndoAsync(fixture, restore, random.Next(2) == 0 ? FirstCommand.RestoreAgain : FirstCommand.Undo);
    }
}
