using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support.Postgres;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>A restore on a server whose process is killed leaves the old database or the new one under the live name, whole and open, and
/// the next command recovers from that.</summary>
public sealed class PostgresRestoreKillTests(ITestOutputHelper output)
{
    public static TheoryData<ServerScenario, string> Steps() => ServerScenarios.Steps(JournalStep.Staged);

    public static TheoryData<int> Iterations() => ServerMoments.Iterations(quick: 10);

    [PostgresTheory]
    [MemberData(nameof(Steps))]
    public async Task Killed_at_a_step_of_the_journal(ServerScenario scenario, string step)
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, scenario);
        using var host = fixture.Start("restore", $"kill={step}");
        Assert.True(host.WaitForEnd() == KillMoments.ExitCodeOfKill, string.Join(" | ", host.Lines) + host.Errors);
        Assert.Equal($"step {step}", host.Lines[^1]);

        Assert.Equal(step == nameof(JournalStep.Swapped) ? fixture.Restored : fixture.Before, fixture.Now);
        // Together, the scenarios run each command first after each step.
        await ServerCrashOutcome.OfRestoreAsync(fixture, (FirstCommand)(((int)scenario + (int)Enum.Parse<JournalStep>(step)) % 3));
    }

    [PostgresTheory]
    [InlineData("progress:Making a new database", FirstCommand.RestoreAgain)]
    [InlineData("progress:Restoring into the new database", FirstCommand.Complete)]
    [InlineData("progress:Comparing the restored rows", FirstCommand.Undo)]
    public async Task Killed_while_it_makes_the_new_database(string moment, FirstCommand first)
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        using var host = fixture.Start("restore", $"kill={moment}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.Equal(fixture.Before, fixture.Now);
        await ServerCrashOutcome.OfRestoreAsync(fixture, first);
    }

    [PostgresTheory]
    [MemberData(nameof(Iterations))]
    public async Task Killed_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(PostgresRestoreKillTests), iteration);
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerMoments.ScenarioOf(iteration));
        using var host = fixture.Start("restore");
        output.WriteLine($"{fixture.Scenario}: " + ServerMoments.KillAtAny(host, random));
        await ServerCrashOutcome.OfRestoreAsync(fixture, (FirstCommand)random.Next(3), ServerMoments.ReadsFirst(iteration));
    }
}
