using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support.Postgres;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>A backup of a server's database that is killed is no backup: it is not listed, nothing of it goes on, and the next one sweeps
/// it.</summary>
public sealed class PostgresBackupKillTests(ITestOutputHelper output)
{
    public static TheoryData<int> Iterations() => ServerMoments.Iterations(quick: 10);

    [PostgresTheory]
    [InlineData("kill=progress:Taking the snapshot")]
    [InlineData("kill=progress:Dumping")]
    [InlineData("kill=progress:Proving the archive")]
    [InlineData("kill=file:.lock")]
    [InlineData("kill=file:db/*.manifest.json.partial")]
    [InlineData("kill=file:db/*.pgdump")]
    public async Task Killed_at_a_moment(string moment)
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        using var host = fixture.Start("backup", moment.Replace("kill=file:db/*",
            $"kill=file:{fixture.Work.BackupRoot}/db/postgres-{fixture.App}*")
            .Replace("file:.lock", $"file:{fixture.Work.BackupRoot}/.lock"));
        Assert.True(host.WaitForEnd() == KillMoments.ExitCodeOfKill, string.Join(" | ", host.Lines) + host.Errors);
        await AssertLikeNeverBegunAsync(fixture, mayBeDone: false);
    }

    [PostgresTheory]
    [MemberData(nameof(Iterations))]
    public async Task Killed_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(PostgresBackupKillTests), iteration);
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        using var host = fixture.Start("backup", iteration % 3 == 0 ? "fingerprint=Live" : "fingerprint=Content");
        output.WriteLine(KillMoments.KillAfter(host, "planned", random, longestMs: 2500));
        await AssertLikeNeverBegunAsync(fixture, mayBeDone: host.Lines.Any(line => line.StartsWith("done", StringComparison.Ordinal)),
            ServerMoments.ReadsFirst(iteration));
    }

    internal static async Task AssertLikeNeverBegunAsync(ServerFixture fixture, bool mayBeDone, bool readsFirst = true)
    {
        fixture.AssertNothingRuns();
        if (readsFirst) await fixture.ReadOnlyCommandsChangeNothingAsync();
        var listed = fixture.Work.Engine.ListBackups(new BackupQuery());
        // Killed after its manifest was there and before it could say so, it is a backup.
        if (!mayBeDone && listed.Count > 1)
            Assert.Contains(fixture.Work.AllFiles(), file => file.EndsWith(".manifest.json", StringComparison.Ordinal)
                && file.Contains(fixture.App));
        Assert.InRange(listed.Count, 1, 2);
        // The killed backup's lock ends with its process, and every listed set can be restored.
        var next = await fixture.BackUpAsync();
        Assert.Contains(fixture.Work.Engine.ListBackups(new BackupQuery()), set => set.Id == next.Id);
        Assert.Equal(fixture.Before, fixture.Now);
        fixture.AssertTidy();
    }
}
