using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>A restore that is killed leaves the old database or the new one, whole, and the next command settles it.</summary>
public sealed class RestoreKillTests(ITestOutputHelper output)
{
    public static TheoryData<Scene, string> StepsOfEveryScene()
    {
        var data = new TheoryData<Scene, string>();
        foreach (var scene in Enum.GetValues<Scene>()) foreach (var step in Enum.GetNames<JournalStep>()) data.Add(scene, step);
        return data;
    }

    public static TheoryData<int> Iterations() => KillMoments.Iterations();

    [StockTheory]
    [MemberData(nameof(StepsOfEveryScene))]
    public async Task Killed_at_a_step_of_the_journal(Scene scene, string step)
    {
        using var site = await CrashSite.PrepareAsync(scene);
        using var host = HostProcess.RunToEnd("restore", site.Work.BackupRoot, site.App, $"id={site.Backup.Id}", $"kill={step}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.Equal($"step {step}", host.Lines[^1]);

        Assert.Equal(step == nameof(JournalStep.Swapped) ? site.Restored : site.Before, site.Now);
        // Over all scenes each command comes first after each step.
        await Aftermath.OfRestoreAsync(site, (FirstCommand)(((int)scene + (int)Enum.Parse<JournalStep>(step)) % 3));
    }

    [StockTheory]
    [InlineData("backups/restores/restore-*.json", FirstCommand.RestoreAgain)]
    [InlineData("backups/restores/restore-*.json", FirstCommand.Complete)]
    [InlineData("backups/restores/restore-*.json", FirstCommand.Undo)]
    [InlineData("backups/restores/restore-*.json.*.partial", FirstCommand.RestoreAgain)]
    [InlineData(".app.db.postry-journal.json", FirstCommand.RestoreAgain)]
    [InlineData(".app.db.postry-journal.json.*.partial", FirstCommand.RestoreAgain)]
    [InlineData(".app.db.postry-stage-*", FirstCommand.Undo)]
    public async Task Killed_when_a_file_of_it_has_just_appeared(string pattern, FirstCommand first)
    {
        using var site = await CrashSite.PrepareAsync(Scene.Wal);
        using var host = HostProcess.RunToEnd("restore", site.Work.BackupRoot, site.App, $"id={site.Backup.Id}",
            $"kill=file:{site.Work[pattern]}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        await Aftermath.OfRestoreAsync(site, first);
    }

    [StockTheory]
    [InlineData(FirstCommand.RestoreAgain)]
    [InlineData(FirstCommand.Complete)]
    [InlineData(FirstCommand.Undo)]
    public async Task Killed_when_the_logs_of_the_damaged_file_are_gone_and_it_is_not_yet_replaced(FirstCommand first)
    {
        using var site = await CrashSite.PrepareAsync(Scene.Destroyed);
        using var host = HostProcess.RunToEnd("restore", site.Work.BackupRoot, site.App, $"id={site.Backup.Id}", "kill=Swapping");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        // What the restore does next, before the rename.
        SqliteFiles.RemoveSideFiles(site.App);
        Assert.True(site.HasLostItsLogs);
        await Aftermath.OfRestoreAsync(site, first);
    }

    [StockTheory]
    [InlineData(Scene.Wal, "Swapping")]
    [InlineData(Scene.Rollback, "Swapping")]
    [InlineData(Scene.Destroyed, "Swapping")]
    [InlineData(Scene.Wal, "Swapped")]
    [InlineData(Scene.New, "Swapped")]
    public async Task The_command_that_settles_it_is_killed_too(Scene scene, string step)
    {
        using var site = await CrashSite.PrepareAsync(scene);
        using var restore = HostProcess.RunToEnd("restore", site.Work.BackupRoot, site.App, $"id={site.Backup.Id}", $"kill={step}");
        // It warns of what it settled when all of that is done, but for the journal.
        using var settling = HostProcess.RunToEnd("complete", site.Work.BackupRoot, site.App, "kill=warning");
        Assert.Equal(KillMoments.ExitCodeOfKill, settling.WaitForEnd());
        Assert.Contains(".app.db.postry-journal.json", site.Work.AllFiles());

        var id = Assert.Single(site.Work.Engine.ListRestores()).RestoreId;
        if (step == "Swapped")
        {
            Assert.Equal(RestoreStatus.Committed, (await site.Work.Engine.CompleteAsync(new RestoreSelector { RestoreId = id })).Status);
            Assert.Equal(site.Restored, site.Now);
            Assert.Equal(RestoreStatus.Undone, (await site.Work.UndoAsync(id)).Status);
        }
        else
        {
            var again = await site.RestoreAsync();
            Assert.Equal(RestoreStatus.Failed, site.Record(id).Status);
            Assert.Equal(site.Restored, site.Now);
            Assert.Equal(RestoreStatus.Undone, (await site.Work.UndoAsync(again.RestoreId)).Status);
        }

        Assert.Equal(site.Before, site.Now);
        await site.AssertTidyAsync();
    }

    [StockTheory]
    [InlineData(Scene.Wal)]
    [InlineData(Scene.Rollback)]
    public async Task It_is_known_not_to_have_swapped_although_every_page_was_written_since(Scene scene)
    {
        using var site = await CrashSite.PrepareAsync(scene);
        using var host = HostProcess.RunToEnd("restore", site.Work.BackupRoot, site.App, $"id={site.Backup.Id}", "kill=Swapping");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Commands.Sqlite(site.App, "PRAGMA secure_delete=ON; DELETE FROM posts; INSERT INTO posts VALUES (1, 'written since');");
        var written = site.Now;
        Assert.Equal(RestoreStatus.Failed, (await site.Work.Engine
            .CompleteAsync(new RestoreSelector { Latest = true, Target = new SqliteAddress(site.App) })).Status);
        Assert.Equal(written, site.Now);
        await site.AssertTidyAsync();
    }

    [StockFact]
    public async Task A_restore_that_was_done_but_for_its_journal_stays_done()
    {
        using var site = await CrashSite.PrepareAsync(Scene.Wal);
        var journal = RestoreJournal.PathFor(site.App);
        using var host = HostProcess.Start("restore", site.Work.BackupRoot, site.App, $"id={site.Backup.Id}", "pause=Swapped");
        Assert.NotNull(host.WaitFor("paused"));
        var last = File.ReadAllBytes(journal);
        host.Resume();
        Assert.Equal(0, host.WaitForEnd());
        // As if it had been killed after its last record and before its journal was gone.
        File.WriteAllBytes(journal, last);

        var done = Assert.Single(site.Work.Engine.ListRestores());
        var again = await site.RestoreAsync();
        Assert.Equal(RestoreStatus.Committed, site.Record(done.RestoreId).Status);
        Assert.Equal(RestoreStatus.Committed, again.Status);
        await site.AssertTidyAsync();
    }

    [StockTheory]
    [MemberData(nameof(Iterations))]
    public async Task Killed_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(RestoreKillTests), iteration);
        using var site = await CrashSite.PrepareAsync((Scene)(iteration % Enum.GetValues<Scene>().Length));
        using var host = HostProcess.Start("restore", site.Work.BackupRoot, site.App, $"id={site.Backup.Id}");
        output.WriteLine($"{site.Scene}: " + KillMoments.KillAtAny(host, random));
        await Aftermath.OfRestoreAsync(site, (FirstCommand)random.Next(3));
    }
}
