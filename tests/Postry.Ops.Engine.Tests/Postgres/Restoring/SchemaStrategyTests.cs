using Npgsql;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Restoring;

public sealed class SchemaStrategyTests
{
    private const string Ruin =
        "DELETE FROM app.late; UPDATE public.users SET name = 'ruined'; DROP VIEW app.totals CASCADE; CREATE TABLE app.extra (i int); " +
        "INSERT INTO app.extra VALUES (7)";

    [PostgresFact]
    public async Task An_owner_without_any_right_gets_everything_back_and_an_undo_brings_back_what_was_replaced()
    {
        await using var site = await TransactionSite.CreateAsync();
        var incoming = await site.BackUpAsync();
        var (schema, rows) = (site.Schema(), site.Rows());
        await site.RunAsync(Ruin);
        var (ruinedSchema, ruinedRows) = (site.Schema(), site.Rows());

        var log = site.Log();
        var swap = await site.RestoreAsync(new SchemaStrategy(site.Address, site.Reporter), incoming, log);

        Assert.Equal(schema, site.Schema());
        Assert.Equal(rows, site.Rows());
        Assert.Equal("Schema", swap.Strategy);
        Assert.Equal($"schemas postry_prev_{log.Journal.RestoreId}_*", swap.PreviousCopy);
        Assert.True(swap.PreviousBytes > 0);
        Assert.Equal("ruined", site.Ask($"SELECT DISTINCT name FROM postry_prev_{log.Journal.RestoreId}_public.users"));
        Assert.Equal("4", site.Ask("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'postry_prev_%'"));
        Assert.NotEqual("0", site.Ask("SELECT reltuples FROM pg_class WHERE oid = 'public.users'::regclass"));
        Assert.Equal("0", site.Sessions());

        var copies = new SchemaCopies(site.Address);
        Assert.True(await copies.SizeAsync(swap.PreviousCopy!, default) > 0);
        var undone = await copies.UndoAsync(swap.PreviousCopy!, incoming.Manifest, site.Log(JournalKind.Undo, log.Journal.RestoreId),
            default);

        Assert.Equal(ruinedSchema, site.Schema());
        Assert.Equal(ruinedRows, site.Rows());
        Assert.Equal(0, await copies.SizeAsync(swap.PreviousCopy!, default));
        Assert.True(await copies.SizeAsync(undone.PreviousCopy!, default) > 0);

        await copies.DropAsync(undone.PreviousCopy!, default);
        Assert.Equal("0", site.Ask("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'postry_%'"));
        Assert.Equal(ruinedRows, site.Rows());
    }

    [PostgresFact]
    public async Task Until_the_commit_readers_see_the_old_and_nobody_sees_a_mixture()
    {
        await using var site = await TransactionSite.CreateAsync(zoo: false);
        await site
            .RunAsync(
            "CREATE TABLE a (v int); CREATE TABLE b (v int); CREATE VIEW doubled AS SELECT a.v + b.v AS v FROM a, b; INSERT INTO a " +
            "VALUES (1); INSERT INTO b VALUES (1); CREATE SEQUENCE s");
        var incoming = await site.BackUpAsync();
        await site.RunAsync("UPDATE a SET v = 2; UPDATE b SET v = 2");
        var seen = new HashSet<string>();
        var reads = 0;
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(i => Task.Run(async () =>
        {
            await using var connection = await TransactionSite.Server.ConnectAsync(site.Database);
            while (!stop.IsCancellationRequested)
            {
                string one;
                if (i == 2)
                {
                    await using var transaction = await connection.BeginTransactionAsync();
                    one = await AskAsync("SELECT v FROM a") + await AskAsync("SELECT v FROM b");
                    await transaction.CommitAsync();
                }
                else
                {
                    one = await AskAsync(i == 0 ? "SELECT a.v::text || b.v FROM public.a, public.b"
                        : "SELECT (doubled.v / 2)::text || a.v FROM doubled, a");
                }

                Interlocked.Increment(ref reads);
                lock (seen) seen.Add(one);
            }

            async Task<string> AskAsync(string sql)
            {
                await using var command = new NpgsqlCommand(sql, connection);
                return (await command.ExecuteScalarAsync())!.ToString()!;
            }
        })).ToList();

        for (var round = 0; round < 5; round++)
        {
            await using var strategy = new SchemaStrategy(site.Address, site.Reporter);
            var log = site.Log();
            await strategy.StageAsync(incoming, log, default);
            Assert.Equal(round == 0 ? "2" : "1", site.Ask("SELECT v FROM a"));
            await strategy.CommitAsync(log, default);
            Assert.Equal("1", site.Ask("SELECT v FROM a"));
            if (round == 0) lock (seen) Assert.Contains("22", seen);
        }

        await Task.Delay(50);
        await stop.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Equal(["11", "22"], seen.Order());
        Assert.True(reads > 50, $"{reads} reads");
    }

    [PostgresFact]
    public async Task Who_only_holds_a_lock_is_ended_in_the_end()
    {
        await using var site = await TransactionSite.CreateAsync(zoo: false);
        await site.RunAsync("CREATE TABLE a (v int); CREATE SEQUENCE s");
        var incoming = await site.BackUpAsync();
        await using var idle = await TransactionSite.Server.ConnectAsync(site.Database, site.Address.User, site.Address.Password);
        await using var transaction = await idle.BeginTransactionAsync();
        await new NpgsqlCommand("INSERT INTO a VALUES (1)", idle).ExecuteNonQueryAsync();
        await site.RestoreAsync(new SchemaStrategy(site.Address, site.Reporter), incoming);
        await Assert.ThrowsAsync<PostgresException>(() => new NpgsqlCommand("SELECT 1", idle).ExecuteScalarAsync());
    }

    [PostgresFact]
    public async Task Names_what_stands_in_the_way()
    {
        await using var site = await TransactionSite.CreateAsync(zoo: false);
        await site
            .RunAsync(
            "CREATE SCHEMA app; CREATE TABLE app.a (id int PRIMARY KEY); CREATE SCHEMA other; CREATE TABLE other.b (id int REFERENCES " +
            "app.a)");
        var incoming = await site.BackUpAsync(options: new PostgresBackupOptions { Schemas = ["app"] });
        TransactionSite.Server.Psql(site.Database, "CREATE EXTENSION hstore SCHEMA app; CREATE PUBLICATION p FOR TABLE app.a");
        var before = site.Schema();

        await using var strategy = new SchemaStrategy(site.Address, site.Reporter);
        var refused = await Assert.ThrowsAsync<RestoreRefusedException>(() => strategy.StageAsync(incoming, site.Log(), default));

        Assert.Contains("Extensions live in the schemas app, and would be left without them.", refused.Message);
        Assert.Contains("constraint b_id_fkey on table other.b", refused.Message);
        Assert.Contains("publication", refused.Message);
        Assert.Equal(before, site.Schema());
        Assert.Equal("0", site.Sessions());
    }

    [PostgresFact]
    public async Task A_narrow_backup_replaces_its_own_schemas_only()
    {
        await using var site = await TransactionSite.CreateAsync();
        await site.RunAsync("CREATE SCHEMA mine CREATE TABLE t (i serial)");
        var incoming = await site.BackUpAsync(options: new PostgresBackupOptions { Schemas = ["mine"] });
        await site.RunAsync("INSERT INTO mine.t DEFAULT VALUES; DELETE FROM app.late");
        await site.RestoreAsync(new SchemaStrategy(site.Address, site.Reporter), incoming);
        Assert.Equal("0 0", site.Ask("SELECT (SELECT count(*) FROM mine.t) || ' ' || (SELECT count(*) FROM app.late)"));
        Assert.Equal("1", site.Ask("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'postry_%'"));
    }

    [PostgresFact]
    public async Task Another_role_gets_it_all_without_owners()
    {
        await using var site = await TransactionSite.CreateAsync();
        var incoming = await site.BackUpAsync(noOwner: true);
        await using var other = await TransactionSite.CreateAsync(zoo: false);
        await other.RestoreAsync(new SchemaStrategy(other.Address, other.Reporter), incoming);
        Assert.Equal(site.Rows(), other.Rows());
        Assert.Equal(other.Owner, other.Ask("SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'app'::regnamespace"));
    }

    [PostgresFact]
    public async Task A_schema_that_was_not_there_goes_when_the_restore_is_undone()
    {
        await using var site = await TransactionSite.CreateAsync();
        var incoming = await site.BackUpAsync();
        await site.RunAsync("DROP SCHEMA app CASCADE");
        var before = site.Schema();
        var log = site.Log();
        var swap = await site.RestoreAsync(new SchemaStrategy(site.Address, site.Reporter), incoming, log);
        Assert.Equal("1", site.Ask("SELECT count(*) FROM app.late"));
        await new SchemaCopies(site.Address).UndoAsync(swap.PreviousCopy!, incoming.Manifest,
            site.Log(JournalKind.Undo, log.Journal.RestoreId), default);
        Assert.Equal(before, site.Schema());
    }
}
