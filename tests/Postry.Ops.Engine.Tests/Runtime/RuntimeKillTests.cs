using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Runtime;

/// <summary>A process that is killed while it replaces runtime files leaves what the next command finishes or takes back: never half of
/// it.</summary>
public sealed class RuntimeKillTests(ITestOutputHelper output)
{
    public static TheoryData<bool, string, FirstCommand> Moments()
    {
        var data = new TheoryData<bool, string, FirstCommand>();
        var first = 0;
        foreach (var alone in new[] { false, true })
        {
            foreach (var step in Enum.GetNames<JournalStep>())
            {
                // Files alone are not locked, nor copied as a whole.
                if (alone && step is nameof(JournalStep.Locked) or nameof(JournalStep.PreviousCopyTaken)) continue;
                data.Add(alone, step, (FirstCommand)(first++ % 3));
            }

            foreach (var stage in new[] { ".postry-stage-*-0", "backend/.postry-stage-*-1", "scripts/.postry-stage-*-2",
                "scripts/.postry-stage-*-3" })
            {
                data.Add(alone, "gone:" + stage, (FirstCommand)(first++ % 3));
                data.Add(alone, "file:" + stage, (FirstCommand)(first++ % 3));
            }
        }

        return data;
    }

    [StockTheory]
    [MemberData(nameof(Moments))]
    public async Task Restore(bool alone, string moment, FirstCommand first)
    {
        using var site = new RuntimeSite();
        var set = await site.BackUpAsync();
        site.ChangeAfterBackup();
        var before = site.Now();
        var after = await RestoredAsync(site, set, alone, before);

        using var host = HostProcess.RunToEnd("restore", site.Work.BackupRoot, alone ? "runtime" : site.App, $"id={set.Id}", "runtime=1",
            $"kill={Moment(site, moment)}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        await AftermathAsync(site, set, alone, first, before, after);
    }

    public static TheoryData<int> Iterations() => [.. Enumerable.Range(0, TestOptions.Long ? 200 : 6)];

    [StockTheory]
    [MemberData(nameof(Iterations))]
    public async Task Restore_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(RuntimeKillTests), iteration);
        var alone = iteration % 2 == 0;
        using var site = new RuntimeSite();
        var set = await site.BackUpAsync();
        site.ChangeAfterBackup();
        var before = site.Now();
        var after = await RestoredAsync(site, set, alone, before);
        using var host = HostProcess.Start("restore", site.Work.BackupRoot, alone ? "runtime" : site.App, $"id={set.Id}", "runtime=1");
        output.WriteLine(KillMoments.KillAtAny(host, random));
        if (site.Work.Engine.ListRestores().Any(record => record.Status == RestoreStatus.Committed
            && record.StartedAt > DateTime.UtcNow.AddMinutes(-1) && record.UndoneCopy is null && record.Runtime?.UndoneFolder is null))
        {
            Assert.Equal(after, site.Now());
            return;
        }

        await AftermathAsync(site, set, alone, (FirstCommand)random.Next(3), before, after);
    }

    [StockTheory]
    [InlineData(false, "Started")]
    [InlineData(false, "Staged")]
    [InlineData(false, "Swapping")]
    [InlineData(false, "Swapped")]
    [InlineData(false, "gone:.postry-back-*-0")]
    [InlineData(true, "Staged")]
    [InlineData(true, "Swapping")]
    [InlineData(true, "Swapped")]
    [InlineData(true, "gone:.postry-back-*-0")]
    [InlineData(true, "gone:scripts/.postry-back-*-2")]
    public async Task Undo(bool alone, string moment)
    {
        using var site = new RuntimeSite();
        var set = await site.BackUpAsync();
        site.ChangeAfterBackup();
        var before = site.Now();
        var record = alone ? await site.RestoreFilesAsync(set.Id) : await site.RestoreAsync(set.Id);
        var restored = site.Now();
        using var host = HostProcess.RunToEnd("undo", site.Work.BackupRoot, alone ? "runtime" : site.App, $"kill={Moment(site, moment)}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());

        // The next undo settles it, or does it.
        var undone = await site.Work.UndoAsync(record.RestoreId);
        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.Equal(before, site.Now());
        Assert.NotEqual(before, restored);
        AssertTidy(site);
    }

    [StockTheory]
    [InlineData("runtime/*.partial")]
    [InlineData("runtime/runtime-app-*.tar.gz")]
    [InlineData("runtime/runtime-app-*.manifest.json")]
    [InlineData("db/*.manifest.json.partial")]
    [InlineData("db/sqlite-app-*.db.gz")]
    public async Task Backup(string pattern)
    {
        using var site = new RuntimeSite();
        using var host = HostProcess.RunToEnd("backup", site.Work.BackupRoot, site.App, $"kill=file:{site.Work.BackupRoot}/{pattern}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.DoesNotContain(site.Work.Engine.ListBackups(new BackupQuery()), set => set.Mode == DatabaseMode.Sqlite);
        var set = await site.BackUpAsync();
        // Nothing of the dead one is left, and this one is whole.
        Assert.Equal(set.Id, Assert.Single(site.Work.Engine.ListBackups(new BackupQuery())).Id);
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(site.Work["backups/runtime"]).Count());
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(site.Work["backups/db"]).Count());
        Assert.Equal(BackupStatus.Complete, set.Status);
    }

    [StockFact]
    public async Task Files_that_an_interrupted_restore_of_a_database_holds_are_not_restored_alone()
    {
        using var site = new RuntimeSite();
        var set = await site.BackUpAsync();
        site.ChangeAfterBackup();
        using var host = HostProcess.RunToEnd("restore", site.Work.BackupRoot, site.App, $"id={set.Id}", "runtime=1", "kill=Swapped");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        var id = site.Work.Engine.ListRestores()[0].RestoreId;
        var error = await Assert.ThrowsAsync<TargetPendingException>(() => site.RestoreFilesAsync(set.Id));
        Assert.Contains(id, error.Hint);
        await site.Work.Engine.CompleteAsync(new RestoreSelector { RestoreId = id });
        Assert.Equal(RestoreStatus.Committed, (await site.RestoreFilesAsync(set.Id)).Status);
    }

    [StockTheory]
    // Before the swap all files are old; behind it, and after each of the first renames, some may be new; after the last, all are.
    [InlineData(true, "Staged", false)]
    [InlineData(true, "Swapped", true)]
    [InlineData(true, "gone:.postry-stage-*-0", true)]
    [InlineData(true, "gone:scripts/.postry-stage-*-3", false)]
    [InlineData(false, "Staged", false)]
    [InlineData(false, "Swapped", true)]
    [InlineData(false, "gone:backend/.postry-stage-*-1", true)]
    public async Task Files_that_are_half_old_and_half_new_are_not_backed_up(bool alone, string moment, bool refused)
    {
        using var site = new RuntimeSite();
        var set = await site.BackUpAsync();
        site.ChangeAfterBackup();
        using var host = HostProcess.RunToEnd("restore", site.Work.BackupRoot, alone ? "runtime" : site.App, $"id={set.Id}", "runtime=1",
            $"kill={Moment(site, moment)}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        var id = site.Work.Engine.ListRestores()[0].RestoreId;
        string Backups() => Stock.Tree(site.Work["backups/db"]) + Stock.Tree(site.Work["backups/runtime"]);
        var backups = Backups();
        foreach (var backUp in new Func<Task<BackupSet>>[] { site.BackUpAsync, () => site.BackUpFilesAsync() })
        {
            if (!refused)
            {
                Assert.Equal(BackupStatus.Complete, (await backUp()).Status);
                continue;
            }

            var error = await Assert.ThrowsAsync<TargetPendingException>(backUp);
            Assert.Contains($"Complete-PostryRestore -RestoreId {id}", error.Hint);
        }

        if (!refused) return;
        await Assert.ThrowsAsync<TargetPendingException>(() =>
            site.Work.Engine.PlanBackupAsync(new BackupRequest { Source = site.Root }));
        Assert.Equal(backups, Backups());
        // The database is whole at every moment.
        Assert.Equal(BackupStatus.Complete, (await site.Work.Engine
            .BackUpAsync(new BackupRequest { Source = new SqliteAddress(site.App), NoRuntime = true })).Status);
        await site.Work.Engine.CompleteAsync(new RestoreSelector { RestoreId = id });
        Assert.Equal(BackupStatus.Complete, (await site.BackUpAsync()).Status);
    }

    [StockFact]
    public async Task Files_that_an_interrupted_undo_has_put_back_only_half_are_not_backed_up()
    {
        using var site = new RuntimeSite();
        var set = await site.BackUpAsync();
        site.ChangeAfterBackup();
        var before = site.Now();
        var record = await site.RestoreFilesAsync(set.Id);
        using var host = HostProcess.RunToEnd("undo", site.Work.BackupRoot, "runtime", $"kill={Moment(site, "gone:.postry-back-*-0")}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        var error = await Assert.ThrowsAsync<TargetPendingException>(site.BackUpAsync);
        // The only way on is to the end.
        Assert.Contains($"Undo-PostryRestore -RestoreId {record.RestoreId}", error.Hint);
        Assert.DoesNotContain("Complete", error.Hint);
        await site.Work.UndoAsync(record.RestoreId);
        Assert.Equal(before, site.Now());
        Assert.Equal(BackupStatus.Complete, (await site.BackUpAsync()).Status);
    }

    [StockFact]
    public async Task Files_that_a_restore_replaces_while_they_are_backed_up_are_no_backup()
    {
        using var site = new RuntimeSite();
        var set = await site.BackUpAsync();
        site.ChangeAfterBackup();
        var tree = Stock.Tree(site.Work["backups/runtime"]);
        var restored = false;
        site.Work.Reporter.OnProgress = progress =>
        {
            if (restored || progress.Step != "Archiving runtime files") return;
            restored = true;
            using var host = HostProcess.RunToEnd("restore", site.Work.BackupRoot, "runtime", $"id={set.Id}");
            Assert.Equal(0, host.WaitForEnd());
        };
        var error = await Assert.ThrowsAsync<DatabaseBusyException>(site.BackUpAsync);
        Assert.Contains(site.Work.Engine.ListRestores()[0].RestoreId, error.Message);
        Assert.Equal(tree, Stock.Tree(site.Work["backups/runtime"]));
        Assert.Equal(BackupStatus.Complete, (await site.BackUpAsync()).Status);
    }

    /// <summary>What the product is once the restore is done; tried, and taken back.</summary>
    private static async Task<string> RestoredAsync(RuntimeSite site, BackupSet set, bool alone, string before)
    {
        var record = alone ? await site.RestoreFilesAsync(set.Id) : await site.RestoreAsync(set.Id);
        var after = site.Now();
        await site.Work.UndoAsync(record.RestoreId);
        Assert.Equal(before, site.Now());
        Assert.NotEqual(before, after);
        return after;
    }

    private static async Task AftermathAsync(RuntimeSite site, BackupSet set, bool alone, FirstCommand first, string before, string after)
    {
        var record = site.Work.Engine.ListRestores().FirstOrDefault(record => record.Status == RestoreStatus.InProgress);
        if (record is null)
        {
            // Killed before it was on record: nothing has changed.
            Assert.Equal(before, site.Now());
            first = FirstCommand.RestoreAgain;
        }

        var settled = true;
        switch (first)
        {
            case FirstCommand.Complete:
                var completed = await site.Work.Engine.CompleteAsync(new RestoreSelector { RestoreId = record!.RestoreId });
                Assert.Equal(completed.Status == RestoreStatus.Committed ? after : before, site.Now());
                break;
            case FirstCommand.Undo:
                Assert.Contains((await site.Work.UndoAsync(record!.RestoreId)).Status,
                    new[] { RestoreStatus.Undone, RestoreStatus.Failed });
                Assert.Equal(before, site.Now());
                break;
            default:
                try
                {
                    var again = alone ? await site.RestoreFilesAsync(set.Id) : await site.RestoreAsync(set.Id);
                    Assert.Equal(after, site.Now());
                    await site.Work.UndoAsync(again.RestoreId);
                    Assert.Equal(before, site.Now());
                }
                catch (TargetPendingException)
                {
                    // It had gone live, and is finished; people decide.
                    Assert.Equal(after, site.Now());
                    await site.Work.UndoAsync(record!.RestoreId);
                    Assert.Equal(before, site.Now());
                    settled = false;
                }

                break;
        }

        Assert.True(settled || record is not null);
        AssertTidy(site);
    }

    private static void AssertTidy(RuntimeSite site)
    {
        Assert.DoesNotContain(site.Work.AllFiles(), file => file.Contains(".postry-stage", StringComparison.Ordinal)
            || file.Contains(".postry-back", StringComparison.Ordinal)
            || file.Contains(".postry-journal", StringComparison.Ordinal) || file.EndsWith(".partial", StringComparison.Ordinal));
        Assert.Empty(site.Work.Engine.PendingWarnings());
    }

    // A file's name is that of a path in the root.
    private static string Moment(RuntimeSite site, string moment) => moment.Split(':', 2) is [var kind, var pattern]
        ? $"{kind}:{site.Work[pattern]}" : moment;
}
