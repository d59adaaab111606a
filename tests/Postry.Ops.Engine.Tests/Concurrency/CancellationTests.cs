using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Concurrency;

/// <summary>A command that is cancelled in its middle leaves nothing of itself.</summary>
public sealed class CancellationTests
{
    [StockTheory]
    [InlineData("wal", "Copying the snapshot")]
    [InlineData("wal", "Compressing")]
    [InlineData("delete", "Copying the snapshot")]
    [InlineData("delete", "Compressing")]
    public async Task A_cancelled_backup_leaves_no_file_and_the_application_goes_on(string journalMode, string step)
    {
        using var fixture = await BankFixture.OpenAsync(journalMode, megabytes: 24);
        var before = fixture.Work.AllFiles().Where(InBackups).ToList();
        using var cancel = CancelAt(fixture.Work, step);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fixture.Work.BackUpAsync(fixture.App, cancellation: cancel.Token));
        Assert.True(cancel.IsCancellationRequested, "It was over before it could be cancelled.");
        Assert.Equal(before, fixture.Work.AllFiles().Where(InBackups));

        fixture.Work.Reporter.OnProgress = null;
        fixture.WritersGoOn();
        Assert.Equal(BackupStatus.Complete, (await fixture.Work.BackUpAsync(fixture.App)).Status);
        fixture.CloseAndAssertConsistent();
    }

    [StockTheory]
    [InlineData("wal", "Checking the stored bytes")]
    [InlineData("wal", "Unpacking the artefact")]
    [InlineData("wal", "Keeping a copy of the live database")]
    [InlineData("wal", "Replacing the live contents")]
    [InlineData("delete", "Unpacking the artefact")]
    [InlineData("delete", "Keeping a copy of the live database")]
    [InlineData("delete", "Replacing the live contents")]
    public async Task A_cancelled_restore_leaves_the_live_database_as_it_was(string journalMode, string step)
    {
        using var work = new Workspace();
        var app = work["bank.db"];
        BankDatabase.Create(app, journalMode, megabytes: 24);
        var set = await work.BackUpAsync(app);
        Commands.Sqlite(app, "UPDATE papers SET body = 'later ' || body WHERE id % 7 = 0;");
        var (state, files) = (CrashFixture.StateOf(app), work.AllFiles().Where(file => !InRecords(file)).ToList());

        using var cancel = CancelAt(work, step);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await work.Engine.RestoreAsync(
            await work.Engine.PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target =
                new SqliteAddress(app) }, cancel.Token), cancel.Token));
        Assert.True(cancel.IsCancellationRequested, "It was over before it could be cancelled.");
        Assert.Equal(state, CrashFixture.StateOf(app));
        Assert.Equal(files, work.AllFiles().Where(file => !InRecords(file)));
        Assert.Equal(journalMode, Commands.Sqlite(app, "PRAGMA journal_mode"));
        Assert.All(work.Engine.ListRestores(), record => Assert.Equal(RestoreStatus.Failed, record.Status));

        work.Reporter.OnProgress = null;
        Assert.Equal(RestoreStatus.Committed, (await work.RestoreAsync(set.Id, app)).Status);
    }

    private static CancellationTokenSource CancelAt(Workspace work, string step)
    {
        var source = new CancellationTokenSource();
        work.Reporter.OnProgress = progress =>
        {
            if (progress.Step == step) source.Cancel();
        };
        return source;
    }

    private static bool InBackups(string file) => file.StartsWith("backups", StringComparison.Ordinal);

    private static bool InRecords(string file) => file.StartsWith(Path.Combine("backups", "restores"), StringComparison.Ordinal);
}
