using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>A recovery set of a server's database: the database and the runtime files come back and go back together, also when the process
/// dies.</summary>
public sealed class PostgresRuntimeTests
{
    private const string Old = "SMTP_HOST=old\nMAINTENANCE_MODE=false\n";
    private const string New = "SMTP_HOST=new\nMAINTENANCE_MODE=true\n";
    private const string Merged = "SMTP_HOST=old\nMAINTENANCE_MODE=true\n";

    [PostgresTheory]
    [InlineData(ServerScenario.Swap)]
    [InlineData(ServerScenario.Schema)]
    [InlineData(ServerScenario.InPlace)]
    public async Task Together_and_back_again(ServerScenario scenario)
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, scenario);
        var set = await ChangedAsync(fixture);
        var plan = await fixture.Work.Engine.PlanRestoreAsync(Request(fixture, set));
        var record = await fixture.Work.Engine.RestoreAsync(plan);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal("", Marked(fixture));
        Assert.Equal(Merged, Env(fixture));
        // The full backup that a restore in place makes first is of the database alone.
        Assert.All(fixture.Work.Engine.ListBackups(new BackupQuery()).Where(other => other.Id != set.Id), other =>
            Assert.Null(other.Runtime.File));

        Assert.Equal(RestoreStatus.Undone, (await fixture.UndoAsync(record.RestoreId)).Status);
        Assert.Equal("later", Marked(fixture));
        Assert.Equal(New, Env(fixture));
        AssertNoStage(fixture);
    }

    [PostgresTheory]
    [InlineData(ServerScenario.Swap, "Staged")]
    [InlineData(ServerScenario.Swap, "Swapping")]
    [InlineData(ServerScenario.Swap, "Swapped")]
    [InlineData(ServerScenario.Schema, "Swapping")]
    [InlineData(ServerScenario.Schema, "Swapped")]
    [InlineData(ServerScenario.InPlace, "Swapping")]
    [InlineData(ServerScenario.InPlace, "Swapped")]
    public async Task Killed_it_is_both_or_neither(ServerScenario scenario, string step)
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, scenario);
        var set = await ChangedAsync(fixture);
        using var host = HostProcess.Start("restore", fixture.Work.BackupRoot, fixture.Server.Url(fixture.App), $"id={set.Id}", "runtime=1",
            "skipcompare=1", $"strategy={ServerScenarios.Strategy(scenario)}", $"kill={step}");
        Assert.True(host.WaitForEnd() == KillMoments.ExitCodeOfKill, string.Join(" | ", host.Lines) + host.Errors);

        var record = fixture.Work.Engine.ListRestores()[0];
        Assert.Equal(RestoreStatus.InProgress, record.Status);
        var completed = await fixture.CompleteAsync(record.RestoreId);
        Assert.Equal(step == "Swapped" ? RestoreStatus.Committed : RestoreStatus.Failed, completed.Status);
        Assert.Equal(step == "Swapped" ? "" : "later", Marked(fixture));
        Assert.Equal(step == "Swapped" ? Merged : New, Env(fixture));
        AssertNoStage(fixture);
    }

    private static async Task<BackupSet> ChangedAsync(ServerFixture fixture)
    {
        File.WriteAllText(fixture.Work[".env"], Old);
        var set = await fixture.BackUpAsync();
        Assert.Equal(1, set.Runtime.Files);
        File.WriteAllText(fixture.Work[".env"], New);
        fixture.Server.Psql(fixture.App, "CREATE TABLE public.marked_later (note text); INSERT INTO public.marked_later VALUES ('later')");
        return set;
    }

    private static RestoreRequest Request(ServerFixture fixture, BackupSet set) =>
        fixture.Request with { Backup = new BackupSelector { Id = set.Id }, WithRuntime = true };

    private static string Marked(ServerFixture fixture) =>
        fixture.Server.Psql(fixture.App, "SELECT to_regclass('public.marked_later')") == "" ? ""
            : fixture.Server.Psql(fixture.App, "SELECT note FROM public.marked_later");

    private static string Env(ServerFixture fixture) => File.ReadAllText(fixture.Work[".env"]);

    private static void AssertNoStage(ServerFixture fixture)
    {
        Assert.DoesNotContain(fixture.Work.AllFiles(), file => file.Contains(".postry-", StringComparison.Ordinal)
            && !file.EndsWith("-lock", StringComparison.Ordinal));
        fixture.AssertNothingRuns();
    }
}
