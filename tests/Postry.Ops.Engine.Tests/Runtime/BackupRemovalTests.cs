using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.Restoring;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Runtime;

/// <summary>A recovery set goes whole, and nothing else goes with it.</summary>
public sealed class BackupRemovalTests
{
    [StockFact]
    public async Task A_set_goes_with_its_runtime_files_and_leaves_the_others()
    {
        using var site = new RuntimeSite();
        var first = await site.BackUpAsync();
        var others = Stock.Tree(site.Work.BackupRoot);
        var second = await site.BackUpAsync();
        var alone = await site.BackUpFilesAsync();

        var plan = site.Work.Engine.PlanRemoval(new BackupSelector { Id = second.Id });
        Assert.Equal(second.Runtime.File, plan.RuntimeFile);
        Assert.False(plan.IsLastGood);
        Assert.True(File.Exists(second.BackupFile));
        await site.Work.Engine.RemoveBackupAsync(plan);
        await site.Work.Engine.RemoveBackupAsync(site.Work.Engine.PlanRemoval(new BackupSelector { Id = alone.Id }));
        Assert.Equal(others, Stock.Tree(site.Work.BackupRoot));
        Assert.Equal(first.Id, Assert.Single(site.Work.Engine.ListBackups(new BackupQuery())).Id);
        Assert.True(site.Work.Engine.PlanRemoval(new BackupSelector { Id = first.Id }).IsLastGood);
        await Assert.ThrowsAsync<SourceNotFoundException>(() => site.Work.Engine.RemoveBackupAsync(plan));
    }

    [StockFact]
    public async Task The_runtime_files_of_a_set_do_not_go_alone()
    {
        using var site = new RuntimeSite();
        var set = await site.BackUpAsync();
        var error = Assert.Throws<InvalidRequestException>(() => site.Work.Engine.PlanRemoval(new BackupSelector { BackupFile = set.Runtime.File }));
        Assert.Contains(set.Id, error.Hint);
        Assert.Equal(BackupStatus.Complete, Assert.Single(site.Work.Engine.ListBackups(new BackupQuery())).Status);
    }

    [StockTheory]
    [InlineData("gone:db/sqlite-app-*.manifest.json")]
    public async Task Killed_on_the_way_it_is_gone_and_swept(string moment)
    {
        using var site = new RuntimeSite();
        var set = await site.BackUpAsync();
        var pattern = Path.Combine(site.Work.BackupRoot, moment["gone:".Length..]);
        using var host = HostProcess.RunToEnd("remove", site.Work.BackupRoot, site.App, $"id={set.Id}", $"kill=gone:{pattern}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.DoesNotContain(site.Work.Engine.ListBackups(new BackupQuery()), other => other.Id == set.Id && other.Mode == Databases.DatabaseMode.Sqlite);
        var next = await site.BackUpAsync();
        Assert.Equal(next.Id, Assert.Single(site.Work.Engine.ListBackups(new BackupQuery())).Id);
        Assert.False(File.Exists(set.BackupFile));
        Assert.False(File.Exists(set.Runtime.File));
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(site.Work["backups/runtime"]).Count());
    }
}
