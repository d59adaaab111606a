using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Restoring;

/// <summary>Whole restores and undos by the strategies that are one transaction, as the front ends run them, by an owner who may create no
/// databases.</summary>
public sealed class TransactionRestoreTests
{
    [PostgresTheory]
    [InlineData(RestoreStrategy.Schema, false)]
    [InlineData(RestoreStrategy.Schema, true)]
    [InlineData(RestoreStrategy.InPlace, true)]
    public async Task Is_restored_and_undone(RestoreStrategy strategy, bool freeze)
    {
        await using var site = await TransactionSite.CreateAsync();
        var set = await site.Engine.BackUpAsync(new BackupRequest { Source = site.Address });
        var (schema, rows) = (site.Schema(), site.Rows());
        await site
            .RunAsync(
            "DELETE FROM app.late; UPDATE public.users SET name = 'ruined'; DROP VIEW app.totals CASCADE; CREATE TABLE app.extra (i int)");
        var (ruinedSchema, ruinedRows) = (site.Schema(), site.Rows());

        var plan = await site.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = set.Id }, Target = site.Address, Postgres =
                new PostgresRestoreOptions { Strategy = strategy, FreezeWrites = freeze },
        });
        var record = await site.Engine.RestoreAsync(plan);

        Assert.Equal((RestoreStatus.Committed, strategy.ToString()), (record.Status, record.Strategy));
        Assert.DoesNotContain(record.Checks, check => check.Status is CheckStatus.Failed or CheckStatus.Inconclusive);
        Assert.Equal((schema, rows), (site.Schema(), site.Rows()));

        var undone = await site.Engine.UndoAsync(await site.Engine
            .PlanUndoAsync(new RestoreSelector { RestoreId = record.RestoreId, Connection = site.Address }));

        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.Equal((ruinedSchema, ruinedRows), (site.Schema(), site.Rows()));
        Assert.Equal("0", site.Sessions());
    }

    [PostgresFact]
    public async Task What_restores_keep_is_in_no_backup()
    {
        await using var site = await TransactionSite.CreateAsync();
        await site.RestoreAsync(new SchemaStrategy(site.Address, site.Reporter), await site.BackUpAsync());
        var incoming = await site.BackUpAsync();
        Assert.True(incoming.Manifest.Postgres!.Scope.IsWhole);
        Assert.DoesNotContain(incoming.Manifest.Contents.Tables, table => table.Name.Contains("postry_", StringComparison.Ordinal));
        Assert.DoesNotContain(incoming.Manifest.Contents.Schema, o => (o.Name + o.Table).Contains("postry_", StringComparison.Ordinal));
        await site.RestoreAsync(new InPlaceStrategy(site.Address, site.Reporter), incoming);
    }

    [PostgresFact]
    public async Task A_killed_command_leaves_no_session_and_no_lock_once_the_next_one_has_run()
    {
        await using var site = await TransactionSite.CreateAsync();
        var incoming = await site.BackUpAsync();
        await site.RunAsync("DELETE FROM app.late");
        var log = site.Log();
        await using var strategy = new InPlaceStrategy(site.Address, site.Reporter);
        await strategy.StageAsync(incoming, log, default);
        // As after a SIGKILL whose server process has not noticed: somebody else settles the journal.
        await using (var database = new PostgresDatabase(site.Settings, site.Address, site.Reporter)) await database
            .RollBackSwapAsync(log.Journal, default);
        Assert.Equal("0", site.Ask("SELECT count(*) FROM app.late"));
        await Assert.ThrowsAnyAsync<OpsException>(() => strategy.CommitAsync(log, default));
        Assert.Equal("0", site.Ask("SELECT count(*) FROM app.late"));
    }
}
