using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Transactions;

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
        await using var fixture = await TransactionFixture.CreateAsync();
        var set = await fixture.Engine.BackUpAsync(new BackupRequest { Source = fixture.Address });
        var (schema, rows) = (fixture.Schema(), fixture.Rows());
        await fixture
            .RunAsync(
            "DELETE FROM app.late; UPDATE public.users SET name = 'ruined'; DROP VIEW app.totals CASCADE; CREATE TABLE app.extra (i int)");
        var (ruinedSchema, ruinedRows) = (fixture.Schema(), fixture.Rows());

        var plan = await fixture.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = set.Id }, Target = fixture.Address, Postgres =
                new PostgresRestoreOptions { Strategy = strategy, FreezeWrites = freeze },
        });
        var record = await fixture.Engine.RestoreAsync(plan);

        Assert.Equal((RestoreStatus.Committed, strategy), (record.Status, record.Strategy));
        Assert.DoesNotContain(record.Checks, check => check.Status is CheckStatus.Failed or CheckStatus.Inconclusive);
        Assert.Equal((schema, rows), (fixture.Schema(), fixture.Rows()));

        var undone = await fixture.Engine.UndoAsync(await fixture.Engine
            .PlanUndoAsync(new RestoreSelector { RestoreId = record.RestoreId, Connection = fixture.Address }));

        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.Equal((ruinedSchema, ruinedRows), (fixture.Schema(), fixture.Rows()));
        Assert.Equal("0", fixture.Sessions());
    }

    [PostgresFact]
    public async Task What_restores_keep_is_in_no_backup()
    {
        await using var fixture = await TransactionFixture.CreateAsync();
        await fixture.RestoreAsync(new SchemaStrategy(fixture.Address, fixture.Reporter), await fixture.BackUpAsync());
        var incoming = await fixture.BackUpAsync();
        Assert.True(incoming.Manifest.Postgres!.Scope.IsWhole);
        Assert.DoesNotContain(incoming.Manifest.Contents.Tables, table => table.Name.Contains("postry_", StringComparison.Ordinal));
        Assert.DoesNotContain(incoming.Manifest.Contents.Schema, o => (o.Name + o.Table).Contains("postry_", StringComparison.Ordinal));
        await fixture.RestoreAsync(new InPlaceStrategy(fixture.Address, fixture.Reporter), incoming);
    }

    [PostgresFact]
    public async Task A_killed_command_leaves_no_session_and_no_lock_once_the_next_one_has_run()
    {
        await using var fixture = await TransactionFixture.CreateAsync();
        var incoming = await fixture.BackUpAsync();
        await fixture.RunAsync("DELETE FROM app.late");
        var log = fixture.Log();
        await using var strategy = new InPlaceStrategy(fixture.Address, fixture.Reporter);
        await strategy.StageAsync(incoming, log, default);
        // The session stays open, as after a SIGKILL that its server process has not noticed: another process recovers from the journal.
        await using (var database = new PostgresDatabase(fixture.Settings, fixture.Address, fixture.Reporter)) await database
            .RollBackAsync(log.Journal, default);
        Assert.Equal("0", fixture.Ask("SELECT count(*) FROM app.late"));
        await Assert.ThrowsAnyAsync<OpsException>(() => strategy.CommitAsync(log, default));
        Assert.Equal("0", fixture.Ask("SELECT count(*) FROM app.late"));
    }
}
