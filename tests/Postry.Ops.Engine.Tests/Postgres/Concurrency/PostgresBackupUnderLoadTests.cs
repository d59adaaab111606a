using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Postgres.Concurrency;

/// <summary>Backups of a database that is written at full speed: each is one moment of it, by the product's restore and by stock
/// pg_restore.</summary>
public sealed class PostgresBackupUnderLoadTests(ITestOutputHelper output)
{
    private static readonly int Rounds = TestOptions.Long ? 20 : 2;

    [PostgresTheory]
    [InlineData(FingerprintKind.Content)]
    [InlineData(FingerprintKind.Live)]
    public async Task Every_restored_copy_balances(FingerprintKind fingerprint)
    {
        var server = PostgresServer.Shared;
        using var work = new Workspace();
        await using var bank = await ServerBank.OpenAsync(server, writers: 3, changesTables: false);
        var sets = await BackUpAsync(work, bank, fingerprint);
        await bank.CloseAsync();
        await AssertConsistentAsync(server, work, sets, bank.Address);
    }

    [PostgresTheory]
    [InlineData(FingerprintKind.Content)]
    [InlineData(FingerprintKind.Live)]
    public async Task Where_tables_are_emptied_made_changed_and_dropped_a_backup_is_one_moment_or_gives_up(FingerprintKind fingerprint)
    {
        var server = PostgresServer.Shared;
        using var work = new Workspace();
        await using var bank = await ServerBank.OpenAsync(server, writers: 1, changesTables: true);
        var before = bank.Changes;
        var request = new BackupRequest { Source = bank.Address, Fingerprint = fingerprint };
        var sets = new List<BackupSet>();
        for (var i = 0; i < Rounds; i++)
        {
            // A session that waits to change a table stands between the backup's lock and pg_dump's: the backup must then give up, and
            // leave nothing.
            try
            {
                sets.Add(await work.Engine.BackUpAsync(request));
            }
            catch (DatabaseBusyException e)
            {
                output.WriteLine(e.Message);
                Assert.DoesNotContain(work.AllFiles(), file => file.Contains(".partial"));
                Assert.Equal(sets.Count, work.Engine.ListBackups(new BackupQuery()).Count);
            }
        }

        await bank.CloseAsync();
        Assert.True(bank.Changes > before, "No table was changed meanwhile.");
        sets.Add(await work.Engine.BackUpAsync(request));
        await AssertConsistentAsync(server, work, sets, bank.Address, wasWritten: sets.Count > 1);
    }

    [PostgresFact("pgbench")]
    public async Task Every_restored_copy_of_pgbench_balances()
    {
        var server = PostgresServer.Shared;
        using var work = new Workspace();
        var address = await server.CreateDatabaseAsync();
        server.Tool("pgbench", ["-i", "-q", "-s", "1"], address.Database);
        var running = Task.Run(() => server.Tool("pgbench", ["-n", "-c", "3", "-T", "4"], address.Database));
        var sets = new List<BackupSet>();
        while (!running.IsCompleted) sets.Add(await work.Engine.BackUpAsync(new BackupRequest { Source = address }));
        await running;
        output.WriteLine($"{sets.Count} backups");
        foreach (var set in sets.TakeLast(2))
        {
            var copy = await RestoreAsync(server, work, set);
            Assert.Equal("t",
                server.Psql(copy,
                "SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(bbalance) FROM pgbench_branches) AND (SELECT " +
                "sum(bbalance) FROM pgbench_branches) = (SELECT sum(tbalance) FROM pgbench_tellers) AND (SELECT sum(tbalance) FROM " +
                "pgbench_tellers) = coalesce((SELECT sum(delta) FROM pgbench_history), 0)"));
        }
    }

    private async Task<List<BackupSet>> BackUpAsync(Workspace work, ServerBank bank, FingerprintKind fingerprint)
    {
        var sets = new List<BackupSet>();
        for (var i = 0; i < Rounds; i++)
        {
            sets.Add(await work.Engine.BackUpAsync(new BackupRequest { Source = bank.Address, Fingerprint = fingerprint }));
            Assert.Equal(BackupStatus.Complete, sets[^1].Status);
            await bank.GoOnAsync();
        }

        output.WriteLine($"{bank.Changes} changes of tables");
        return sets;
    }

    private async Task AssertConsistentAsync(PostgresServer server, Workspace work, List<BackupSet> sets, PostgresAddress address,
        bool wasWritten = true)
    {
        var known = new List<long>();
        foreach (var set in sets)
        {
            known.Add(ServerBank.AssertAddsUp(server, await RestoreAsync(server, work, set)));
            // The stock program makes the same of it.
            var stock = (await server.CreateDatabaseAsync()).Database;
            server.Tool("pg_restore", ["--exit-on-error", "--no-owner", "-d", stock, set.BackupFile], stock);
            Assert.Equal(known[^1], ServerBank.AssertAddsUp(server, stock));
        }

        known.Add(ServerBank.AssertAddsUp(server, address.Database));
        output.WriteLine(string.Join(", ", known));
        Assert.Equal(known.Order(), known);
        Assert.True(!wasWritten || known[0] < known[^1], "Nothing was written meanwhile.");
    }

    private static async Task<string> RestoreAsync(PostgresServer server, Workspace work, BackupSet set)
    {
        var copy = $"copy_{Guid.NewGuid():N}";
        var record = await work.Engine.RestoreAsync(await work.Engine
            .PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target = server.Address(copy),
            AllowDifferentSource = true }));
        Assert.Equal(RestoreStatus.Committed, record.Status);
        return copy;
    }
}
