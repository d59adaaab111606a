using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support.Postgres;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>An undo on a server that is killed leaves what it found or what it was to bring back, whole and open, and can be run
/// again.</summary>
public sealed class PostgresUndoKillTests(ITestOutputHelper output)
{
    public static TheoryData<ServerScenario, string> Steps() => ServerScenarios.Steps(JournalStep.Staged, undo: true);

    public static TheoryData<int> Iterations() => ServerMoments.Iterations(quick: 10);

    [PostgresTheory]
    [MemberData(nameof(Steps))]
    public async Task Killed_at_a_step_of_the_journal(ServerScenario scenario, string step)
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, scenario);
        var restore = await fixture.FirstRestoreAsync();
        using var host = fixture.Start("undo", $"kill={step}");
        Assert.True(host.WaitForEnd() == KillMoments.ExitCodeOfKill, string.Join(" | ", host.Lines) + host.Errors);
        Assert.Equal($"step {step}", host.Lines[^1]);

        Assert.Equal(step == nameof(JournalStep.Swapped) ? fixture.Before : fixture.Restored, fixture.Now);
        await ServerCrashOutcome.OfUndoAsync(fixture, restore, ((int)Enum.Parse<JournalStep>(step) + (int)scenario) % 2 == 0
            ? FirstCommand.RestoreAgain : FirstCommand.Undo);
    }

    [PostgresTheory]
    [MemberData(nameof(Iterations))]
    public async Task Killed_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(PostgresUndoKillTests), iteration);
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerMoments.ScenarioOf(iteration));
        var restore = await fixture.FirstRestoreAsync();
        using var host = fixture.Start("undo");
        output.WriteLine($"{fixture.Scenario}: " + KillMoments.KillAfter(host, ServerMoments.Beginning(random), random, longestMs: 120));
        await ServerCrashOutcome.OfUndoAsync(fixture, restore, random.Next(2) == 0 ? FirstCommand.RestoreAgain : FirstCommand.Undo,
            ServerMoments.ReadsFirst(iteration));
    }
}
