using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Concurrency;

/// <summary>Restores and undos of a database that an application writes and reads at full speed: it sees the old database or the new one,
/// whole.</summary>
public sealed class RestoreUnderLoadTests(ITestOutputHelper output)
{
    [StockTheory]
    [InlineData("wal")]
    [InlineData("delete")]
    public async Task The_application_sees_the_old_database_or_the_new_one_and_loses_nothing(string journalMode)
    {
        using var fixture = await BankFixture.OpenAsync(journalMode, readers: 2);
        for (var i = 0; i < (TestOptions.Long ? 30 : 3); i++)
        {
            fixture.WritersGoOn();
            var acknowledged = BankDatabase.Acknowledged(fixture.Writer);
            var record = await fixture.Work.RestoreAsync(fixture.Backup.Id, fixture.App);
            Assert.Equal(RestoreStatus.Committed, record.Status);
            Assert.Equal(RestoreStrategy.Contents, record.Strategy);
            fixture.WritersGoOn();
            // The copy was taken under the lock of the swap: all that had been acknowledged is in it, but for what an earlier restore took.
            BankDatabase.AssertAddsUp(record.PreviousCopy!);
            var known = fixture.Work.Engine.ListPreviousCopies(new SqliteAddress(fixture.App))
                .SelectMany(copy => BankDatabase.Ledger(copy.Path))
                .ToHashSet();
            Assert.Subset(known, acknowledged);
            output.WriteLine($"{journalMode}: others waited {record.Unavailable.TotalMilliseconds:F0} ms for the restore");

            if (i % 2 == 0) continue;
            var undone = await fixture.Work.UndoAsync(record.RestoreId);
            Assert.Equal(RestoreStatus.Undone, undone.Status);
            fixture.WritersGoOn();
        }

        // The writer went back in time with every swap, and nowhere else.
        Assert.Contains(fixture.Writer.Lines, line => line.StartsWith("back ", StringComparison.Ordinal));
        foreach (var line in fixture.CloseAndAssertConsistent()) output.WriteLine($"{journalMode}: {line}");
    }

    [StockFact]
    public async Task A_restore_that_needs_the_database_for_itself_says_so_and_disturbs_nobody()
    {
        using var fixture = await BankFixture.OpenAsync("wal");
        var other = fixture.Work["other.db"];
        BankDatabase.Create(other, "wal", megabytes: 1);
        Commands.Sqlite(other, "PRAGMA journal_mode=delete; PRAGMA page_size=1024; VACUUM;");
        var set = await fixture.Work.BackUpAsync(other);
        File.Delete(other);

        var busy = await Assert.ThrowsAsync<DatabaseBusyException>(() =>
            fixture.Work.RestoreAsync(set.Id, fixture.App, allowDifferentSource: true));
        Assert.Contains("page size", busy.Message);
        Assert.Contains("Stop the application", busy.Hint);
        Assert.Equal(RestoreStatus.Failed, Assert.Single(fixture.Work.Engine.ListRestores()).Status);
        fixture.WritersGoOn();
        Assert.Equal("wal", Commands.Sqlite(fixture.App, "PRAGMA journal_mode"));
        fixture.CloseAndAssertConsistent();
    }

    [StockTheory]
    [InlineData("wal", "progress:Copying the snapshot")]
    [InlineData("wal", "progress:Compressing")]
    [InlineData("delete", "progress:Compressing")]
    public async Task A_running_backup_does_not_block_a_restore(string journalMode, string moment)
    {
        using var fixture = await BankFixture.OpenAsync(journalMode, megabytes: 12);
        var acknowledged = BankDatabase.Acknowledged(fixture.Writer);
        using var backup = HostProcess.Start("backup", fixture.Work.BackupRoot, fixture.App, $"pause={moment}");
        Assert.NotNull(backup.WaitFor("paused"));
        var record = await fixture.Work.RestoreAsync(fixture.Backup.Id, fixture.App);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        backup.Resume();
        Assert.Equal(0, backup.WaitForEnd());

        // The backup holds the moment at which it began, not a mix.
        var set = fixture.Work.Engine.FindBackup(new BackupSelector { Id = backup.Lines[^1]["done ".Length..] });
        Commands.Gunzip(set.BackupFile, fixture.Work["unpacked.db"]);
        BankDatabase.AssertAddsUp(fixture.Work["unpacked.db"]);
        Assert.Subset(BankDatabase.Ledger(fixture.Work["unpacked.db"]), acknowledged);
        fixture.CloseAndAssertConsistent();
    }
}
