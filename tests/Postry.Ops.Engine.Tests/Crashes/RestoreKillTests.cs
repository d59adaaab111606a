using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>A restore that is killed leaves the old database or the new one, whole, and the next command recovers from that.</summary>
public sealed class RestoreKillTests(ITestOutputHelper output)
{
    public static TheoryData<Scenario, string> StepsOfEveryScenario()
    {
        var data = new TheoryData<Scenario, string>();
        foreach (var scenario in Enum.GetValues<Scenario>()) foreach (var step in Enum.GetNames<JournalStep>()) data.Add(scenario, step);
        return data;
    }

    public static TheoryData<int> Iterations() => KillMoments.Iterations();

    [StockTheory]
    [MemberData(nameof(StepsOfEveryScenario))]
    public async Task Killed_at_a_step_of_the_journal(Scenario scenario, string step)
    {
        using var fixture = await CrashFixture.PrepareAsync(scenario);
        using var host = HostProcess.RunToEnd("restore", fixture.Work.BackupRoot, fixture.App, $"id={fixture.Backup.Id}", $"kill={step}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.Equal($"step {step}", host.Lines[^1]);

        Assert.Equal(step == nameof(JournalStep.Swapped) ? fixture.Restored : fixture.Before, fixture.Now);
        // Together, the scenarios run each command first after each step.
        await CrashOutcome.OfRestoreAsync(fixture, (FirstCommand)(((int)scenario + (int)Enum.Parse<JournalStep>(step)) % 3));
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
        using var fixture = await CrashFixture.PrepareAsync(Scenario.Wal);
        using var host = HostProcess.RunToEnd("restore", fixture.Work.BackupRoot, fixture.App, $"id={fixture.Backup.Id}",
            $"kill=file:{fixture.Work[pattern]}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        await CrashOutcome.OfRestoreAsync(fixture, first);
    }

    [StockTheory]
    [InlineData(FirstCommand.RestoreAgain)]
    [InlineData(FirstCommand.Complete)]
    [InlineData(FirstCommand.Undo)]
    public async Task Killed_when_the_logs_of_the_damaged_file_are_gone_and_it_is_not_yet_replaced(FirstCommand first)
    {
        using var fixture = await CrashFixture.PrepareAsync(Scenario.Destroyed);
        using var host = HostProcess.RunToEnd("restore", fixture.Work.BackupRoot, fixture.App, $"id={fixture.Backup.Id}", "kill=Swapping");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        // The restore removes the side files next, before the rename.
        SqliteFiles.RemoveSideFiles(fixture.App);
        Assert.True(fixture.HasLostItsLogs);
        await CrashOutcome.OfRestoreAsync(fixture, first);
    }

    [StockTheory]
    [InlineData(Scenario.Wal, "Swapping")]
    [InlineData(Scenario.Rollback, "Swapping")]
    [InlineData(Scenario.Destroyed, "Swapping")]
    [InlineData(Scenario.Wal, "Swapped")]
    [InlineData(Scenario.New, "Swapped")]
    public async Task The_command_that_recovers_is_killed_too(Scenario scenario, string step)
    {
        using var fixture = await CrashFixture.PrepareAsync(scenario);
        using var restore = HostProcess.RunToEnd("restore", fixture.Work.BackupRoot, fixture.App, $"id={fixture.Backup.Id}",
            $"kill={step}");
        // The command prints its warning after all the work except the removal of the journal.
        using var recovering = HostProcess.RunToEnd("complete", fixture.Work.BackupRoot, fixture.App, "kill=warning");
        Assert.Equal(KillMoments.ExitCodeOfKill, recovering.WaitForEnd());
        Assert.Contains(".app.db.postry-journal.json", fixture.Work.AllFiles());

        var id = Assert.Single(fixture.Work.Engine.ListRestores()).RestoreId;
        if (step == "Swapped")
        {
            Assert.Equal(RestoreStatus.Committed, (await fixture.Work.Engine.CompleteAsync(new RestoreSelector { RestoreId = id })).Status);
            Assert.Equal(fixture.Restored, fixture.Now);
            Assert.Equal(RestoreStatus.Undone, (await fixture.Work.UndoAsync(id)).Status);
        }
        else
        {
            var again = await fixture.RestoreAsync();
            Assert.Equal(RestoreStatus.Failed, fixture.Record(id).Status);
            Assert.Equal(fixture.Restored, fixture.Now);
            Assert.Equal(RestoreStatus.Undone, (await fixture.Work.UndoAsync(again.RestoreId)).Status);
        }

        Assert.Equal(fixture.Before, fixture.Now);
        await fixture.AssertTidyAsync();
    }

    [StockTheory]
    [InlineData(Scenario.Wal)]
    [InlineData(Scenario.Rollback)]
    public async Task It_is_known_not_to_have_swapped_although_every_page_was_written_since(Scenario scenario)
    {
        using var fixture = await CrashFixture.PrepareAsync(scenario);
        using var host = HostProcess.RunToEnd("restore", fixture.Work.BackupRoot, fixture.App, $"id={fixture.Backup.Id}", "kill=Swapping");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Commands.Sqlite(fixture.App, "PRAGMA secure_delete=ON; DELETE FROM posts; INSERT INTO posts VALUES (1, 'written since');");
        var written = fixture.Now;
        Assert.Equal(RestoreStatus.Failed, (await fixture.Work.Engine
            .CompleteAsync(new RestoreSelector { Latest = true, Target = new SqliteAddress(fixture.App) })).Status);
        Assert.Equal(written, fixture.Now);
        await fixture.AssertTidyAsync();
    }

    [StockFact]
    public async Task A_restore_that_was_done_but_for_its_journal_stays_done()
    {
        using var fixture = await CrashFixture.PrepareAsync(Scenario.Wal);
        var journal = RestoreJournal.PathFor(fixture.App);
        using var host = HostProcess.Start("restore", fixture.Work.BackupRoot, fixture.App, $"id={fixture.Backup.Id}", "pause=Swapped");
        Assert.NotNull(host.WaitFor("paused"));
        var last = File.ReadAllBytes(journal);
        host.Resume();
        Assert.Equal(0, host.WaitForEnd());
        // The journal comes back, as if the process had died after its last record and before it removed the journal.
        File.WriteAllBytes(journal, last);

        var done = Assert.Single(fixture.Work.Engine.ListRestores());
        var again = await fixture.RestoreAsync();
        Assert.Equal(RestoreStatus.Committed, fixture.Record(done.RestoreId).Status);
        Assert.Equal(RestoreStatus.Committed, again.Status);
        await fixture.AssertTidyAsync();
    }

    [StockTheory]
    [MemberData(nameof(Iterations))]
    public async Task Killed_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(RestoreKillTests), iteration);
        using var fixture = await CrashFixture.PrepareAsync((Scenario)(iteration % Enum.GetValues<Scenario>().Length));
        using var host = HostProcess.Start("restore", fixture.Work.BackupRoot, fixture.App, $"id={fixture.Backup.Id}");
        output.WriteLine($"{fixture.Scenario}: " + KillMoments.KillAtAny(host, random));
        await CrashOutcome.OfRestoreAsync(fixture, (FirstCommand)random.Next(3));
    }
}
