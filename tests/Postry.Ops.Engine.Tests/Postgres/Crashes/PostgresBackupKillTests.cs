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
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, ServerScene.Swap);
        using var host = site.Start("backup", moment.Replace("kill=file:db/*", $"kill=file:{site.Work.BackupRoot}/db/postgres-{site.App}*")
            .Replace("file:.lock", $"file:{site.Work.BackupRoot}/.lock"));
        Assert.True(host.WaitForEnd() == KillMoments.ExitCodeOfKill, string.Join(" | ", host.Lines) + host.Errors);
        await AssertLikeNeverBegunAsync(site, mayBeDone: false);
    }

    [PostgresTheory]
    [MemberData(nameof(Iterations))]
    public async Task Killed_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(PostgresBackupKillTests), iteration);
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, ServerScene.Swap);
        using var host = site.Start("backup", iteration % 3 == 0 ? "fingerprint=Live" : "fingerprint=Content");
        output.WriteLine(KillMoments.KillAfter(host, "planned", random, longestMs: 2500));
        await AssertLikeNeverBegunAsync(site, mayBeDone: host.Lines.Any(line => line.StartsWith("done", StringComparison.Ordinal)),
            ServerMoments.ReadsFirst(iteration));
    }

    internal static async Task AssertLikeNeverBegunAsync(ServerSite site, bool mayBeDone, bool readsFirst = true)
    {
        site.AssertNothingRuns();
        if (readsFirst) await site.ReadOnlyCommandsChangeNothingAsync();
        var listed = site.Work.Engine.ListBackups(new BackupQuery());
        // Killed after its manifest was there and before it could say so, it is a backup.
        if (!mayBeDone && listed.Count > 1)
            Assert.Contains(site.Work.AllFiles(), file => file.EndsWith(".manifest.json", StringComparison.Ordinal)
                && file.Contains(site.App));
        Assert.InRange(listed.Count, 1, 2);
        // Its lock does not outlive it, and what is listed can be restored.
        var next = await site.BackUpAsync();
        Assert.Contains(site.Work.Engine.ListBackups(new BackupQuery()), set => set.Id == next.Id);
        Assert.Equal(site.Before, site.Now);
        site.AssertTidy();
    }
}
