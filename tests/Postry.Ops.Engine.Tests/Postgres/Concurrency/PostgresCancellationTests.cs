using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Postgres.Crashes;
using Postry.Ops.Engine.Tests.Support.Postgres;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Postgres.Concurrency;

/// <summary>A command that is cancelled at any step that it reports leaves nothing of itself: no file, no program, no session, no database,
/// no server.</summary>
public sealed class PostgresCancellationTests(ITestOutputHelper output)
{
    [PostgresTheory]
    [InlineData(FingerprintKind.Content)]
    [InlineData(FingerprintKind.Live)]
    public async Task A_backup(FingerprintKind fingerprint)
    {
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, ServerScene.Swap);
        await AtEveryStepAsync(site, token => site.Work.Engine
            .BackUpAsync(new BackupRequest { Source = site.Address, Fingerprint = fingerprint }, token));
    }

    [PostgresTheory]
    [InlineData(ServerScene.Swap)]
    [InlineData(ServerScene.Frozen)]
    [InlineData(ServerScene.New)]
    [InlineData(ServerScene.Schema)]
    [InlineData(ServerScene.InPlace)]
    public async Task A_restore(ServerScene scene)
    {
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, scene);
        await AtEveryStepAsync(site, async token =>
            await site.Work.Engine.RestoreAsync(await site.Work.Engine.PlanRestoreAsync(site.Request with { SkipCompare = false }, token),
                token));
        Assert.All(site.Work.Engine.ListRestores().Where(record => record.Status != RestoreStatus.Committed), record =>
            Assert.Equal(RestoreStatus.Failed, record.Status));
        Assert.Equal(site.Restored, site.Now);
    }

    [PostgresTheory]
    [InlineData(VerificationLevel.Contents)]
    [InlineData(VerificationLevel.Restore)]
    public async Task A_test(VerificationLevel level)
    {
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, ServerScene.Swap);
        await AtEveryStepAsync(site, async token =>
            Assert.Equal(CheckStatus.Passed, (await site.Work.Engine
            .TestAsync(new BackupSelector { Id = site.Backup.Id }, level, null, token)).Status));
    }

    /// <summary>Cancels at each step that a command reports, one after the other, until it is through without meeting a new one.</summary>
    private async Task AtEveryStepAsync(ServerSite site, Func<CancellationToken, Task> command)
    {
        var seen = new HashSet<string>();
        while (true)
        {
            using var cancel = new CancellationTokenSource();
            string? at = null;
            site.Work.Reporter.OnProgress = progress =>
            {
                lock (seen) if (at is null && seen.Add(progress.Step)) at = progress.Step;
                if (at == progress.Step) cancel.Cancel();
            };
            var (files, state) = (Files(site), site.Now);
            try
            {
                await command(cancel.Token);
                // At the last step it may be too late.
                if (at is null) break;
                output.WriteLine($"{at}: too late");
                continue;
            }
            catch (OperationCanceledException)
            {
                output.WriteLine($"{at}: cancelled");
            }

            site.AssertNothingRuns();
            Assert.Equal(state, site.Now);
            Assert.Equal(files, Files(site));
            site.AssertTidy();
        }

        Assert.NotEmpty(seen);
        site.AssertTidy();
    }

    // A failed restore leaves its record, and nothing else; an in-place one also the whole backup that it had already made, which is one
    // like all others.
    private static List<string> Files(ServerSite site)
    {
        var safety = site.Work.Engine.ListBackups(new BackupQuery { Label = "before the in-place restore *" });
        Assert.All(safety, set => Assert.Equal(BackupStatus.Complete, set.Status));
        return [.. site.Work.AllFiles().Where(file => !Path.GetFileName(file).StartsWith("restore-", StringComparison.Ordinal)
            && !safety.Any(set => file.Contains(set.Id, StringComparison.Ordinal)))];
    }
}
