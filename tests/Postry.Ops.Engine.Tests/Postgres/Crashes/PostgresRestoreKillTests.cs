using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support.Postgres;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>A restore on a server whose process is killed leaves the old database or the new one under the live name, whole and open, and
/// the next command settles it.</summary>
public sealed class PostgresRestoreKillTests(ITestOutputHelper output)
{
    public static TheoryData<ServerScene, string> Steps() => ServerScenes.Steps(JournalStep.Staged);

    public static TheoryData<int> Iterations() => ServerMoments.Iterations(quick: 10);

    [PostgresTheory]
    [MemberData(nameof(Steps))]
    public async Task Killed_at_a_step_of_the_journal(ServerScene scene, string step)
    {
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, scene);
        using var host = site.Start("restore", $"kill={step}");
        Assert.True(host.WaitForEnd() == KillMoments.ExitCodeOfKill, string.Join(" | ", host.Lines) + host.Errors);
        Assert.Equal($"step {step}", host.Lines[^1]);

        Assert.Equal(step == nameof(JournalStep.Swapped) ? site.Restored : site.Before, site.Now);
        // Over all scenes each command comes first after each step.
        await ServerAftermath.OfRestoreAsync(site, (FirstCommand)(((int)scene + (int)Enum.Parse<JournalStep>(step)) % 3));
    }

    [PostgresTheory]
    [InlineData("progress:Making a new database", FirstCommand.RestoreAgain)]
    [InlineData("progress:Restoring into the new database", FirstCommand.Complete)]
    [InlineData("progress:Comparing the restored rows", FirstCommand.Undo)]
    public async Task Killed_while_it_makes_the_new_database(string moment, FirstCommand first)
    {
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, ServerScene.Swap);
        using var host = site.Start("restore", $"kill={moment}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.Equal(site.Before, site.Now);
        await ServerAftermath.OfRestoreAsync(site, first);
    }

    [PostgresTheory]
    [MemberData(nameof(Iterations))]
    public async Task Killed_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(PostgresRestoreKillTests), iteration);
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, ServerMoments.SceneOf(iteration));
        using var host = site.Start("restore");
        output.WriteLine($"{site.Scene}: " + ServerMoments.KillAtAny(host, random));
        await ServerAftermath.OfRestoreAsync(site, (FirstCommand)random.Next(3), ServerMoments.ReadsFirst(iteration));
    }
}
