using Postry.Ops.Engine.BackingUp;
using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Restoring;
using Postry.Ops.Engine.Tests.Support.Postgres;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Engine.Tests.Postgres.Restoring;

/// <summary>Whole restores and undos by the strategies that are one transaction, as the front ends run them, by an owner who may create no databases.</summary>
public sealed class TransactionRestoreTests
{
    [PostgresTheory]
    [InlineData(RestoreStrategy.Schema)]
    [InlineData(RestoreStrategy.InPlace)]
    public async Task Is_restored_and_undone(RestoreStrategy strategy)
    {
        await using var site = await TransactionSite.CreateAsync();
        var set = await site.Engine.BackUpAsync(new BackupRequest { Source = site.Address });
        var (schema, rows) = (site.Schema(), site.Rows());
        await site.RunAsync("DELETE FROM app.late; UPDATE public.users SET name = 'ruined'; DROP VIEW app.totals CASCADE; CREATE TABLE app.extra (i int)");
        var (ruinedSchema, ruinedRows) = (site.Schema(), site.Rows());

        var plan = await site.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = set.Id }, Target = site.Address, Postgres = new PostgresRestoreOptions { Strategy = strategy },
        });
        var record = await site.Engine.RestoreAsync(plan);

        Assert.Equal((RestoreStatus.Committed, strategy.ToString()), (record.Status, record.Strategy));
        Assert.DoesNotContain(record.Checks, check => check.Status is CheckStatus.Failed or CheckStatus.Inconclusive);
        Assert.Equal((schema, rows), (site.Schema(), site.Rows()));

        var undone = await site.Engine.UndoAsync(await site.Engine.PlanUndoAsync(new RestoreSelector { RestoreId = record.RestoreId, Connection = site.Address }));

        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.Equal((ruinedSchema, ruinedRows), (site.Schema(), site.Rows()));
        Assert.Equal("0", site.Sessions());
    }
}
