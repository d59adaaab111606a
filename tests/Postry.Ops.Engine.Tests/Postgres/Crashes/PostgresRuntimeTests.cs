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
    [InlineData(ServerScene.Swap)]
    [InlineData(ServerScene.Schema)]
    [InlineData(ServerScene.InPlace)]
    public async Task Together_and_back_again(ServerScene scene)
    {
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, scene);
        var set = await ChangedAsync(site);
        var plan = await site.Work.Engine.PlanRestoreAsync(Request(site, set));
        var record = await site.Work.Engine.RestoreAsync(plan);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal("", Marked(site));
        Assert.Equal(Merged, Env(site));
        // The full backup that a restore in place makes first is of the database alone.
        Assert.All(site.Work.Engine.ListBackups(new BackupQuery()).Where(other => other.Id != set.Id), other =>
            Assert.Null(other.Runtime.File));

        Assert.Equal(RestoreStatus.Undone, (await site.UndoAsync(record.RestoreId)).Status);
        Assert.Equal("later", Marked(site));
        Assert.Equal(New, Env(site));
        AssertNoStage(site);
    }

    [PostgresTheory]
    [InlineData(ServerScene.Swap, "Staged")]
    [InlineData(ServerScene.Swap, "Swapping")]
    [InlineData(ServerScene.Swap, "Swapped")]
    [InlineData(ServerScene.Schema, "Swapping")]
    [InlineData(ServerScene.Schema, "Swapped")]
    [InlineData(ServerScene.InPlace, "Swapping")]
    [InlineData(ServerScene.InPlace, "Swapped")]
    public async Task Killed_it_is_both_or_neither(ServerScene scene, string step)
    {
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, scene);
        var set = await ChangedAsync(site);
        using var host = HostProcess.Start("restore", site.Work.BackupRoot, site.Server.Url(site.App), $"id={set.Id}", "runtime=1",
            "skipcompare=1", $"strategy={ServerScenes.Strategy(scene)}", $"kill={step}");
        Assert.True(host.WaitForEnd() == KillMoments.ExitCodeOfKill, string.Join(" | ", host.Lines) + host.Errors);

        var record = site.Work.Engine.ListRestores()[0];
        Assert.Equal(RestoreStatus.InProgress, record.Status);
        var completed = await site.CompleteAsync(record.RestoreId);
        Assert.Equal(step == "Swapped" ? RestoreStatus.Committed : RestoreStatus.Failed, completed.Status);
        Assert.Equal(step == "Swapped" ? "" : "later", Marked(site));
        Assert.Equal(step == "Swapped" ? Merged : New, Env(site));
        AssertNoStage(site);
    }

    private static async Task<BackupSet> ChangedAsync(ServerSite site)
    {
        File.WriteAllText(site.Work[".env"], Old);
        var set = await site.BackUpAsync();
        Assert.Equal(1, set.Runtime.Files);
        File.WriteAllText(site.Work[".env"], New);
        site.Server.Psql(site.App, "CREATE TABLE public.marked_later (note text); INSERT INTO public.marked_later VALUES ('later')");
        return set;
    }

    private static RestoreRequest Request(ServerSite site, BackupSet set) =>
        site.Request with { Backup = new BackupSelector { Id = set.Id }, WithRuntime = true };

    private static string Marked(ServerSite site) =>
        site.Server.Psql(site.App, "SELECT to_regclass('public.marked_later')") == "" ? ""
            : site.Server.Psql(site.App, "SELECT note FROM public.marked_later");

    private static string Env(ServerSite site) => File.ReadAllText(site.Work[".env"]);

    private static void AssertNoStage(ServerSite site)
    {
        Assert.DoesNotContain(site.Work.AllFiles(), file => file.Contains(".postry-", StringComparison.Ordinal)
            && !file.EndsWith("-lock", StringComparison.Ordinal));
        site.AssertNothingRuns();
    }
}
