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
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        await AtEveryStepAsync(fixture, token => fixture.Work.Engine
            .BackUpAsync(new BackupRequest { Source = fixture.Address, Fingerprint = fingerprint }, token));
    }

    [PostgresTheory]
    [InlineData(ServerScenario.Swap)]
    [InlineData(ServerScenario.Frozen)]
    [InlineData(ServerScenario.New)]
    [InlineData(ServerScenario.Schema)]
    [InlineData(ServerScenario.InPlace)]
    public async Task A_restore(ServerScenario scenario)
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, scenario);
        await AtEveryStepAsync(fixture, async token =>
            await fixture.Work.Engine.RestoreAsync(await fixture.Work.Engine.PlanRestoreAsync(fixture.Request with { SkipCompare = false },
                token),
                token));
        Assert.All(fixture.Work.Engine.ListRestores().Where(record => record.Status != RestoreStatus.Committed), record =>
            Assert.Equal(RestoreStatus.Failed, record.Status));
        Assert.Equal(fixture.Restored, fixture.Now);
    }

    [PostgresTheory]
    [InlineData(VerificationLevel.Contents)]
    [InlineData(VerificationLevel.Restore)]
    public async Task A_test(VerificationLevel level)
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        await AtEveryStepAsync(fixture, async token =>
            Assert.Equal(CheckStatus.Passed, (await fixture.Work.Engine
            .TestAsync(new BackupSelector { Id = fixture.Backup.Id }, level, null, token)).Status));
    }

    /// <summary>Cancels at each step that a command reports, one after the other, until it is through without meeting a new one.</summary>
    private async Task AtEveryStepAsync(ServerFixture fixture, Func<CancellationToken, Task> command)
    {
        var seen = new HashSet<string>();
        while (true)
        {
            using var cancel = new CancellationTokenSource();
            string? at = null;
            fixture.Work.Reporter.OnProgress = progress =>
            {
                lock (seen) if (at is null && seen.Add(progress.Step)) at = progress.Step;
                if (at == progress.Step) cancel.Cancel();
            };
            var (files, state) = (Files(fixture), fixture.Now);
            try
            {
                await command(cancel.Token);
                // The last step may come too late for a cancellation.
                if (at is null) break;
                output.WriteLine($"{at}: too late");
                continue;
            }
            catch (OperationCanceledException)
            {
                output.WriteLine($"{at}: cancelled");
            }

            fixture.AssertNothingRuns();
            Assert.Equal(state, fixture.Now);
            Assert.Equal(files, Files(fixture));
            fixture.AssertTidy();
        }

        Assert.NotEmpty(seen);
        fixture.AssertTidy();
    }

    // A failed restore leaves its record, and nothing else; an in-place one also the whole backup that it had already made, which is one
    // like all others.
    private static List<string> Files(ServerFixture fixture)
    {
        var safety = fixture.Work.Engine.ListBackups(new BackupQuery { Label = "before the in-place restore *" });
        Assert.All(safety, set => Assert.Equal(BackupStatus.Complete, set.Status));
        return [.. fixture.Work.AllFiles().Where(file => !Path.GetFileName(file).StartsWith("restore-", StringComparison.Ordinal)
            && !safety.Any(set => file.Contains(set.Id, StringComparison.Ordinal)))];
    }
}
