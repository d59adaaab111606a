using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Concurrency;

/// <summary>Backups of a database that an application writes and reads at full speed: each finishes, and holds one moment of it,
/// whole.</summary>
public sealed class BackupUnderLoadTests(ITestOutputHelper output)
{
    [StockTheory]
    [InlineData("wal")]
    [InlineData("delete")]
    public async Task Every_backup_holds_one_moment_whole(string journalMode)
    {
        using var fixture = await BankFixture.OpenAsync(journalMode, readers: 2);
        var earlier = new HashSet<long>();
        BackupSet? last = null;
        for (var i = 0; i < (TestOptions.Long ? 50 : 4); i++)
        {
            fixture.WritersGoOn();
            var acknowledged = BankDatabase.Acknowledged(fixture.Writer);
            var set = await fixture.Work.BackUpAsync(fixture.App);

            // The judge is stock tools: money adds up, every commit acknowledged before the backup began is in it, and nothing that an
            // earlier backup held has gone.
            var unpacked = fixture.Work[$"{set.Id}.db"];
            Commands.Gunzip(set.BackupFile, unpacked);
            BankDatabase.AssertAddsUp(unpacked);
            var ledger = BankDatabase.Ledger(unpacked);
            Assert.Subset(ledger, acknowledged);
            Assert.Subset(ledger, earlier);
            Assert.Equal(ledger.Count, set.Tables.Single(table => table.Name == "ledger").Rows);
            Assert.Equal(CheckStatus.Passed, (await fixture.Work.TestAsync(set.Id, VerificationLevel.Restore)).Status);

            if (last is not null)
            {
                // The comparison reports exactly the changes that were written between two backups.
                var comparison = await fixture.Work.Engine.CompareAsync(new BackupSelector { Id = last.Id }, new SqliteAddress(unpacked));
                var difference = comparison.Tables.Single(table => table.Name == "ledger");
                Assert.Equal((earlier.Count, ledger.Count), (difference.BackupRows, difference.LiveRows));
                Assert.Equal(TableDifference.Equal, comparison.Tables.Single(table => table.Name == "papers").Difference);
                Assert.Equal(ledger.Count == earlier.Count ? TableDifference.Equal : TableDifference.Different, comparison.Status);
            }

            (earlier, last) = (ledger, set);
        }

        foreach (var line in fixture.CloseAndAssertConsistent()) output.WriteLine($"{journalMode}: {line}");
    }

    [StockFact]
    public async Task Reading_a_size_while_journals_come_and_go_is_no_error()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        BankDatabase.Create(app, "delete", megabytes: 1);
        using var stop = new CancellationTokenSource();
        var journal = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                File.WriteAllBytes(app + "-journal", []);
                File.Delete(app + "-journal");
            }
        });
        for (var i = 0; i < 20_000; i++) Assert.True(SqliteFiles.Size(app) > 0);
        await stop.CancelAsync();
        await journal;
    }
}
