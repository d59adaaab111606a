using System.Diagnostics;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Postgres.Crashes;
using Postry.Ops.Engine.Tests.Support.Postgres;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Postgres.Concurrency;

/// <summary>The network between a command and the server goes away: the command says so, leaves nothing running anywhere, and the next one
/// recovers from what it left.</summary>
public sealed class NetworkLossTests(ITestOutputHelper output)
{
    public static TheoryData<int> Iterations() => ServerMoments.Iterations(quick: 2);

    [PostgresTheory]
    [MemberData(nameof(Iterations))]
    public async Task During_a_backup(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(NetworkLossTests), iteration);
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        using var relay = new Relay(fixture.Server.Port);
        var files = fixture.Work.AllFiles();
        var done = await CutAsync(relay, random, 1500, () => fixture.Work.Engine.BackUpAsync(
            new BackupRequest { Source = relay.Of(fixture.Address), Fingerprint = iteration % 2 == 0 ? FingerprintKind.Live
                : FingerprintKind.Content }));
        AssertNothingRuns(fixture, relay);
        if (!done) Assert.Equal(files, fixture.Work.AllFiles());
        await fixture.BackUpAsync();
        fixture.AssertTidy();
    }

    [PostgresTheory]
    [MemberData(nameof(Iterations))]
    public async Task During_a_restore(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(NetworkLossTests) + "Restore", iteration);
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerMoments.ScenarioOf(iteration));
        using var relay = new Relay(fixture.Server.Port);
        await CutAsync(relay, random, 2500, async () =>
            await fixture.Work.Engine.RestoreAsync(await fixture.Work.Engine
                .PlanRestoreAsync(fixture.Request with { Target = relay.Of(fixture.Address) })));
        AssertNothingRuns(fixture, relay);
        await ServerCrashOutcome.OfRestoreAsync(fixture, (FirstCommand)random.Next(3), ServerMoments.ReadsFirst(iteration));
    }

    [PostgresTheory]
    [MemberData(nameof(Iterations))]
    public async Task During_an_undo(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(NetworkLossTests) + "Undo", iteration);
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerMoments.ScenarioOf(iteration));
        var restore = await fixture.FirstRestoreAsync();
        using var relay = new Relay(fixture.Server.Port);
        await CutAsync(relay, random, 400, async () => await fixture.Work.Engine.UndoAsync(
            await fixture.Work.Engine.PlanUndoAsync(new RestoreSelector { RestoreId = restore.RestoreId, Connection =
                relay.Of(fixture.Address) })));
        AssertNothingRuns(fixture, relay);
        await ServerCrashOutcome.OfUndoAsync(fixture, restore, random.Next(2) == 0 ? FirstCommand.RestoreAgain : FirstCommand.Undo,
            ServerMoments.ReadsFirst(iteration));
    }

    /// <summary>Cuts the network at a moment of a command, which then has ended well already or says that the server is away. True where it
    /// ended well.</summary>
    private async Task<bool> CutAsync(Relay relay, Random random, double longestMs, Func<Task> command)
    {
        var delay = TimeSpan.FromMilliseconds(5 + (longestMs * random.NextDouble()));
        var clock = Stopwatch.StartNew();
        var running = Task.Run(command);
        await Task.WhenAny(running, Task.Delay(delay));
        relay.Cut();
        try
        {
            await running;
            output.WriteLine($"cut after {delay.TotalMilliseconds:F0} ms, ended well after {clock.ElapsedMilliseconds} ms");
            return true;
        }
        catch (DatabaseUnreachableException e)
        {
            output.WriteLine(
                $"cut after {delay.TotalMilliseconds:F0} ms and {relay.Connections} connections, ended after {clock.ElapsedMilliseconds} " +
                $"ms: {e.Message}");
            return false;
        }
    }

    private static void AssertNothingRuns(ServerFixture fixture, Relay relay)
    {
        Leftovers.AssertNoProcess($"PGPORT={relay.Port}\0");
        fixture.AssertNothingRuns();
    }
}
