using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Runtime;

/// <summary>A process that is killed while it replaces runtime files leaves what the next command finishes or rolls back: never half of
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
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var before = fixture.Now();
        var after = await RestoredAsync(fixture, set, alone, before);

        using var host = HostProcess.RunToEnd("restore", fixture.Work.BackupRoot, alone ? "runtime" : fixture.App, $"id={set.Id}",
            "runtime=1", $"kill={Moment(fixture, moment)}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        await CheckOutcomeAsync(fixture, set, alone, first, before, after);
    }

    public static TheoryData<int> Iterations() => [.. Enumerable.Range(0, TestOptions.Long ? 200 : 6)];

    [StockTheory]
    [MemberData(nameof(Iterations))]
    public async Task Restore_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(RuntimeKillTests), iteration);
        var alone = iteration % 2 == 0;
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var before = fixture.Now();
        var after = await RestoredAsync(fixture, set, alone, before);
        using var host = HostProcess.Start("restore", fixture.Work.BackupRoot, alone ? "runtime" : fixture.App, $"id={set.Id}",
            "runtime=1");
        output.WriteLine(KillMoments.KillAtAny(host, random));
        if (fixture.Work.Engine.ListRestores().Any(record => record.Status == RestoreStatus.Committed
            && record.StartedAt > DateTime.UtcNow.AddMinutes(-1) && record.UndoneCopy is null && record.Runtime?.UndoneFolder is null))
        {
            Assert.Equal(after, fixture.Now());
            return;
        }

        await CheckOutcomeAsync(fixture, set, alone, (FirstCommand)random.Next(3), before, after);
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
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var before = fixture.Now();
        var record = alone ? await fixture.RestoreFilesAsync(set.Id) : await fixture.RestoreAsync(set.Id);
        var restored = fixture.Now();
        using var host = HostProcess.RunToEnd("undo", fixture.Work.BackupRoot, alone ? "runtime" : fixture.App,
            $"kill={Moment(fixture, moment)}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());

        // The next undo finishes the interrupted one, or undoes the restore.
        var undone = await fixture.Work.UndoAsync(record.RestoreId);
        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.Equal(before, fixture.Now());
        Assert.NotEqual(before, restored);
        AssertTidy(fixture);
    }

    [StockTheory]
    [InlineData("runtime/*.partial")]
    [InlineData("runtime/runtime-app-*.tar.gz")]
    [InlineData("runtime/runtime-app-*.manifest.json")]
    [InlineData("db/*.manifest.json.partial")]
    [InlineData("db/sqlite-app-*.db.gz")]
    public async Task Backup(string pattern)
    {
        using var fixture = new RuntimeFixture();
        using var host = HostProcess.RunToEnd("backup", fixture.Work.BackupRoot, fixture.App,
            $"kill=file:{fixture.Work.BackupRoot}/{pattern}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.DoesNotContain(fixture.Work.Engine.ListBackups(new BackupQuery()), set => set.Mode == DatabaseMode.Sqlite);
        var set = await fixture.BackUpAsync();
        // The killed backup left nothing, and this one is whole.
        Assert.Equal(set.Id, Assert.Single(fixture.Work.Engine.ListBackups(new BackupQuery())).Id);
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(fixture.Work["backups/runtime"]).Count());
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(fixture.Work["backups/db"]).Count());
        Assert.Equal(BackupStatus.Complete, set.Status);
    }

    [StockFact]
    public async Task Files_that_an_interrupted_restore_of_a_database_holds_are_not_restored_alone()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        using var host = HostProcess.RunToEnd("restore", fixture.Work.BackupRoot, fixture.App, $"id={set.Id}", "runtime=1", "kill=Swapped");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        var id = fixture.Work.Engine.ListRestores()[0].RestoreId;
        var error = await Assert.ThrowsAsync<TargetPendingException>(() => fixture.RestoreFilesAsync(set.Id));
        Assert.Contains(id, error.Hint);
        await fixture.Work.Engine.CompleteAsync(new RestoreSelector { RestoreId = id });
        Assert.Equal(RestoreStatus.Committed, (await fixture.RestoreFilesAsync(set.Id)).Status);
    }

    [StockTheory]
    // Before the swap all files are old; after it, and after each of the first renames, some may be new; after the last rename all are new.
    [InlineData(true, "Staged", false)]
    [InlineData(true, "Swapped", true)]
    [InlineData(true, "gone:.postry-stage-*-0", true)]
    [InlineData(true, "gone:scripts/.postry-stage-*-3", false)]
    [InlineData(false, "Staged", false)]
    [InlineData(false, "Swapped", true)]
    [InlineData(false, "gone:backend/.postry-stage-*-1", true)]
    public async Task Files_that_are_half_old_and_half_new_are_not_backed_up(bool alone, string moment, bool refused)
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        using var host = HostProcess.RunToEnd("restore", fixture.Work.BackupRoot, alone ? "runtime" : fixture.App, $"id={set.Id}",
            "runtime=1", $"kill={Moment(fixture, moment)}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        var id = fixture.Work.Engine.ListRestores()[0].RestoreId;
        string Backups() => StockTools.Tree(fixture.Work["backups/db"]) + StockTools.Tree(fixture.Work["backups/runtime"]);
        var backups = Backups();
        foreach (var backUp in new Func<Task<BackupSet>>[] { fixture.BackUpAsync, () => fixture.BackUpFilesAsync() })
        {
            if (!refused)
            {
                Assert.Equal(BackupStatus.Complete, (await backUp()).Status);
                continue;
            }

            var error = await Assert.ThrowsAsync<TargetPendingException>(backUp);
            Assert.Contains($"{CommandName.CompleteRestore} {OptionName.RestoreId} {id}", error.Hint);
        }

        if (!refused) return;
        await Assert.ThrowsAsync<TargetPendingException>(() =>
            fixture.Work.Engine.PlanBackupAsync(new BackupRequest { Source = fixture.Root }));
        Assert.Equal(backups, Backups());
        // The database is whole at every moment.
        Assert.Equal(BackupStatus.Complete, (await fixture.Work.Engine
            .BackUpAsync(new BackupRequest { Source = new SqliteAddress(fixture.App), NoRuntime = true })).Status);
        await fixture.Work.Engine.CompleteAsync(new RestoreSelector { RestoreId = id });
        Assert.Equal(BackupStatus.Complete, (await fixture.BackUpAsync()).Status);
    }

    [StockFact]
    public async Task Files_that_an_interrupted_undo_has_put_back_only_half_are_not_backed_up()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var before = fixture.Now();
        var record = await fixture.RestoreFilesAsync(set.Id);
        using var host = HostProcess.RunToEnd("undo", fixture.Work.BackupRoot, "runtime",
            $"kill={Moment(fixture, "gone:.postry-back-*-0")}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        var error = await Assert.ThrowsAsync<TargetPendingException>(fixture.BackUpAsync);
        // The only way on is to the end.
        Assert.Contains($"{CommandName.UndoRestore} {OptionName.RestoreId} {record.RestoreId}", error.Hint);
        Assert.DoesNotContain("Complete", error.Hint);
        await fixture.Work.UndoAsync(record.RestoreId);
        Assert.Equal(before, fixture.Now());
        Assert.Equal(BackupStatus.Complete, (await fixture.BackUpAsync()).Status);
    }

    [StockFact]
    public async Task Files_that_a_restore_replaces_while_they_are_backed_up_are_no_backup()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var tree = StockTools.Tree(fixture.Work["backups/runtime"]);
        var restored = false;
        fixture.Work.Reporter.OnProgress = progress =>
        {
            if (restored || progress.Step != "Archiving runtime files") return;
            restored = true;
            using var host = HostProcess.RunToEnd("restore", fixture.Work.BackupRoot, "runtime", $"id={set.Id}");
            Assert.Equal(0, host.WaitForEnd());
        };
        var error = await Assert.ThrowsAsync<DatabaseBusyException>(fixture.BackUpAsync);
        Assert.Contains(fixture.Work.Engine.ListRestores()[0].RestoreId, error.Message);
        Assert.Equal(tree, StockTools.Tree(fixture.Work["backups/runtime"]));
        Assert.Equal(BackupStatus.Complete, (await fixture.BackUpAsync()).Status);
    }

    /// <summary>Returns the state of the product after the restore, by trying it and undoing it.</summary>
    private static async Task<string> RestoredAsync(RuntimeFixture fixture, BackupSet set, bool alone, string before)
    {
        var record = alone ? await fixture.RestoreFilesAsync(set.Id) : await fixture.RestoreAsync(set.Id);
        var after = fixture.Now();
        await fixture.Work.UndoAsync(record.RestoreId);
        Assert.Equal(before, fixture.Now());
        Assert.NotEqual(before, after);
        return after;
    }

    private static async Task CheckOutcomeAsync(RuntimeFixture fixture, BackupSet set, bool alone, FirstCommand first, string before,
        string after)
    {
        var record = fixture.Work.Engine.ListRestores().FirstOrDefault(record => record.Status == RestoreStatus.InProgress);
        if (record is null)
        {
            // Killed before it was on record: nothing has changed.
            Assert.Equal(before, fixture.Now());
            first = FirstCommand.RestoreAgain;
        }

        var wasPending = false;
        switch (first)
        {
            case FirstCommand.Complete:
                var completed = await fixture.Work.Engine.CompleteAsync(new RestoreSelector { RestoreId = record!.RestoreId });
                Assert.Equal(completed.Status == RestoreStatus.Committed ? after : before, fixture.Now());
                break;
            case FirstCommand.Undo:
                Assert.Contains((await fixture.Work.UndoAsync(record!.RestoreId)).Status,
                    new[] { RestoreStatus.Undone, RestoreStatus.Failed });
                Assert.Equal(before, fixture.Now());
                break;
            default:
                try
                {
                    var again = alone ? await fixture.RestoreFilesAsync(set.Id) : await fixture.RestoreAsync(set.Id);
                    Assert.Equal(after, fixture.Now());
                    await fixture.Work.UndoAsync(again.RestoreId);
                    Assert.Equal(before, fixture.Now());
                }
                catch (TargetPendingException)
                {
                    // The restore had gone live, so it is finished, and an operator decides.
                    Assert.Equal(after, fixture.Now());
                    await fixture.Work.UndoAsync(record!.RestoreId);
                    Assert.Equal(before, fixture.Now());
                    wasPending = true;
                }

                break;
        }

        Assert.True(!wasPending || record is not null);
        AssertTidy(fixture);
    }

    private static void AssertTidy(RuntimeFixture fixture)
    {
        Assert.DoesNotContain(fixture.Work.AllFiles(), file => file.Contains(".postry-stage", StringComparison.Ordinal)
            || file.Contains(".postry-back", StringComparison.Ordinal)
            || file.Contains(".postry-journal", StringComparison.Ordinal) || file.EndsWith(".partial", StringComparison.Ordinal));
        Assert.Empty(fixture.Work.Engine.PendingWarnings());
    }

    // A file's name is that of a path in the root.
    private static string Moment(RuntimeFixture fixture, string moment) => moment.Split(':', 2) is [var kind, var pattern]
        ? $"{kind}:{fixture.Work[pattern]}" : moment;
}
