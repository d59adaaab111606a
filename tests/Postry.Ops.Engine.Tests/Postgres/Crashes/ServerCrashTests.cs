using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>A server of its own for tests that crash it.</summary>
public sealed class CrashingServer : IAsyncLifetime
{
    internal PostgresServer Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (PostgresRequirements.Missing() is null) Server = await PostgresServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (Server is not null) await Server.DisposeAsync();
    }
}

/// <summary>The server crashes (stopped with -m immediate) at any moment of a command: once it runs again the live name has the old
/// database or the new one, whole and open.</summary>
public sealed class ServerCrashTests(CrashingServer fixture, ITestOutputHelper output) : IClassFixture<CrashingServer>
{
    private PostgresServer Server => fixture.Server;

    public static TheoryData<ServerScenario, string> Steps() => ServerScenarios.Steps(JournalStep.Swapping);

    public static TheoryData<int> Four() => ServerMoments.Iterations(quick: 4);

    public static TheoryData<int> Three() => ServerMoments.Iterations(quick: 3);

    [PostgresTheory]
    [MemberData(nameof(Steps))]
    public async Task At_a_step_of_a_restore(ServerScenario scenario, string step)
    {
        using var fixture = await ServerFixture.PrepareAsync(Server, scenario);
        using var host = fixture.Start("restore", $"pause={step}");
        Assert.NotNull(host.WaitFor("paused"));
        // A command that finds the server up again before it needs it next may well go on.
        var done = await CrashAsync(host.Resume, host, restartAtOnce: (int)Enum.Parse<JournalStep>(step) % 2 == (int)scenario % 2);
        Assert.Equal(done || step == nameof(JournalStep.Swapped) ? fixture.Restored : fixture.Before, fixture.Now);
        await ServerCrashOutcome.OfRestoreAsync(fixture, (FirstCommand)(((int)scenario + (int)Enum.Parse<JournalStep>(step)) % 3));
    }

    [PostgresFact]
    public async Task The_number_of_a_transaction_that_a_crash_ended_is_never_anybody_else_s()
    {
        await using var server = await PostgresServer.StartAsync(false, "wal_writer_delay=10s", "autovacuum=off");
        var address = await server.CreateDatabaseAsync();
        for (var i = 0; i < 3; i++)
        {
            server.Psql("postgres", "CHECKPOINT");
            var transaction = await PsqlTransaction.BeginAsync(address, server.Major, default);
            var number = transaction.Id;
            await server.CrashAsync();
            await server.RestartAsync();
            await transaction.DisposeAsync();
            for (var other = 0; other < 5; other++) server.Psql(address.Database, "SELECT txid_current()");
            Assert.Equal(TransactionOutcome.Aborted, await TransactionOutcome.DetermineAsync(address, number, default));
        }
    }

    [PostgresTheory]
    [MemberData(nameof(Four))]
    public async Task At_any_moment_of_a_restore(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(ServerCrashTests), iteration);
        using var fixture = await ServerFixture.PrepareAsync(Server, ServerMoments.ScenarioOf(iteration));
        using var host = fixture.Start("restore");
        await AtAnyMomentAsync(host, random, ServerMoments.Beginning(random));
        await ServerCrashOutcome.OfRestoreAsync(fixture, (FirstCommand)random.Next(3), ServerMoments.ReadsFirst(iteration));
    }

    [PostgresTheory]
    [MemberData(nameof(Three))]
    public async Task At_any_moment_of_an_undo(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(ServerCrashTests) + "Undo", iteration);
        using var fixture = await ServerFixture.PrepareAsync(Server, ServerMoments.ScenarioOf(iteration));
        var restore = await fixture.FirstRestoreAsync();
        using var host = fixture.Start("undo");
        await AtAnyMomentAsync(host, random, ServerMoments.Beginning(random));
        await ServerCrashOutcome.OfUndoAsync(fixture, restore, random.Next(2) == 0 ? FirstCommand.RestoreAgain : FirstCommand.Undo,
            ServerMoments.ReadsFirst(iteration));
    }

    [PostgresTheory]
    [MemberData(nameof(Three))]
    public async Task At_any_moment_of_a_backup(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(ServerCrashTests) + "Backup", iteration);
        using var fixture = await ServerFixture.PrepareAsync(Server, ServerScenario.Swap);
        using var host = fixture.Start("backup");
        await AtAnyMomentAsync(host, random, "planned");
        // A command that could say how it ended has taken its files away itself.
        Assert.DoesNotContain(fixture.Work.AllFiles(), file => file.Contains(".partial") || file.Contains(".lock"));
        await PostgresBackupKillTests.AssertLikeNeverBegunAsync(fixture, mayBeDone: true, ServerMoments.ReadsFirst(iteration));
    }

    private async Task AtAnyMomentAsync(HostProcess host, Random random, string beginning)
    {
        var delay = TimeSpan.FromMilliseconds(0.1 * Math.Pow(ServerMoments.LongestMs(beginning) / 0.1, random.NextDouble()));
        host.WaitFor(beginning);
        await Task.Delay(delay);
        await CrashAsync(() => { }, host, restartAtOnce: random.Next(2) == 0);
        output.WriteLine(
            $"crashed {delay.TotalMilliseconds:F1} ms after '{beginning}', the host ended with '{host.Lines.LastOrDefault()}'");
    }

    /// <summary>Crashes the server and starts it again, before or after the command has noticed; the command itself always ends with a
    /// verdict. True where it was done.</summary>
    private async Task<bool> CrashAsync(Action resume, HostProcess host, bool restartAtOnce)
    {
        await Server.CrashAsync();
        if (restartAtOnce) await Server.RestartAsync();
        resume();
        var code = host.WaitForEnd();
        if (!restartAtOnce) await Server.RestartAsync();
        var last = host.Lines[^1];
        Assert.True(code == 0 && last.StartsWith("done", StringComparison.Ordinal) || code == 1
            && last.StartsWith("error DatabaseUnreachable", StringComparison.Ordinal), $"{code}: {last}\n{host.Errors}");
        return code == 0;
    }
}
