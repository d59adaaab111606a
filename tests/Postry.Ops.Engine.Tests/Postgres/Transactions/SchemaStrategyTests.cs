using Npgsql;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Transactions;

public sealed class SchemaStrategyTests
{
    private const string Ruin =
        "DELETE FROM app.late; UPDATE public.users SET name = 'ruined'; DROP VIEW app.totals CASCADE; CREATE TABLE app.extra (i int); " +
        "INSERT INTO app.extra VALUES (7)";

    [PostgresFact]
    public async Task An_owner_without_any_right_gets_everything_back_and_an_undo_brings_back_what_was_replaced()
    {
        await using var fixture = await TransactionFixture.CreateAsync();
        var incoming = await fixture.BackUpAsync();
        var (schema, rows) = (fixture.Schema(), fixture.Rows());
        await fixture.RunAsync(Ruin);
        var (ruinedSchema, ruinedRows) = (fixture.Schema(), fixture.Rows());

        var log = fixture.Log();
        var swap = await fixture.RestoreAsync(new SchemaStrategy(fixture.Address, fixture.Reporter), incoming, log);

        Assert.Equal(schema, fixture.Schema());
        Assert.Equal(rows, fixture.Rows());
        Assert.Equal(RestoreStrategy.Schema, swap.Strategy);
        Assert.Equal($"schemas postry_prev_{log.Journal.RestoreId}_*", swap.PreviousCopy);
        Assert.True(swap.PreviousBytes > 0);
        Assert.Equal("ruined", fixture.Ask($"SELECT DISTINCT name FROM postry_prev_{log.Journal.RestoreId}_public.users"));
        Assert.Equal("4", fixture.Ask("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'postry_prev_%'"));
        Assert.NotEqual("0", fixture.Ask("SELECT reltuples FROM pg_class WHERE oid = 'public.users'::regclass"));
        Assert.Equal("0", fixture.Sessions());

        var copies = new SchemaCopies(fixture.Address);
        Assert.True(await copies.SizeAsync(swap.PreviousCopy!, default) > 0);
        var undone = await copies.UndoAsync(swap.PreviousCopy!, incoming.Archive.Schemas,
            fixture.Log(JournalKind.Undo, log.Journal.RestoreId), default);

        Assert.Equal(ruinedSchema, fixture.Schema());
        Assert.Equal(ruinedRows, fixture.Rows());
        Assert.Equal(0, await copies.SizeAsync(swap.PreviousCopy!, default));
        Assert.True(await copies.SizeAsync(undone.PreviousCopy!, default) > 0);

        await copies.DropAsync(undone.PreviousCopy!, default);
        Assert.Equal("0", fixture.Ask("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'postry_%'"));
        Assert.Equal(ruinedRows, fixture.Rows());
    }

    [PostgresFact]
    public async Task Until_the_commit_readers_see_the_old_and_nobody_sees_a_mixture()
    {
        await using var fixture = await TransactionFixture.CreateAsync(zoo: false);
        await fixture
            .RunAsync(
            "CREATE TABLE a (v int); CREATE TABLE b (v int); CREATE VIEW doubled AS SELECT a.v + b.v AS v FROM a, b; INSERT INTO a " +
            "VALUES (1); INSERT INTO b VALUES (1); CREATE SEQUENCE s");
        var incoming = await fixture.BackUpAsync();
        await fixture.RunAsync("UPDATE a SET v = 2; UPDATE b SET v = 2");
        var seen = new HashSet<string>();
        var reads = 0;
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(i => Task.Run(async () =>
        {
            await using var connection = await TransactionFixture.Server.ConnectAsync(fixture.Database);
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
            await using var strategy = new SchemaStrategy(fixture.Address, fixture.Reporter);
            var log = fixture.Log();
            await strategy.StageAsync(incoming, log, default);
            Assert.Equal(round == 0 ? "2" : "1", fixture.Ask("SELECT v FROM a"));
            await strategy.CommitAsync(log, default);
            Assert.Equal("1", fixture.Ask("SELECT v FROM a"));
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
        await using var fixture = await TransactionFixture.CreateAsync(zoo: false);
        await fixture.RunAsync("CREATE TABLE a (v int); CREATE SEQUENCE s");
        var incoming = await fixture.BackUpAsync();
        await using var idle = await TransactionFixture.Server.ConnectAsync(fixture.Database, fixture.Address.User,
            fixture.Address.Password);
        await using var transaction = await idle.BeginTransactionAsync();
        await new NpgsqlCommand("INSERT INTO a VALUES (1)", idle).ExecuteNonQueryAsync();
        await fixture.RestoreAsync(new SchemaStrategy(fixture.Address, fixture.Reporter), incoming);
        await Assert.ThrowsAsync<PostgresException>(() => new NpgsqlCommand("SELECT 1", idle).ExecuteScalarAsync());
    }

    [PostgresFact]
    public async Task Names_what_stands_in_the_way()
    {
        await using var fixture = await TransactionFixture.CreateAsync(zoo: false);
        await fixture
            .RunAsync(
            "CREATE SCHEMA app; CREATE TABLE app.a (id int PRIMARY KEY); CREATE SCHEMA other; CREATE TABLE other.b (id int REFERENCES " +
            "app.a)");
        var incoming = await fixture.BackUpAsync(options: new PostgresBackupOptions { Schemas = ["app"] });
        TransactionFixture.Server.Psql(fixture.Database, "CREATE EXTENSION hstore SCHEMA app; CREATE PUBLICATION p FOR TABLE app.a");
        var before = fixture.Schema();

        await using var strategy = new SchemaStrategy(fixture.Address, fixture.Reporter);
        var refused = await Assert.ThrowsAsync<RestoreRefusedException>(() => strategy.StageAsync(incoming, fixture.Log(), default));

        Assert.Contains("Extensions live in the schemas app, and would be left without them.", refused.Message);
        Assert.Contains("constraint b_id_fkey on table other.b", refused.Message);
        Assert.Contains("publication", refused.Message);
        Assert.Equal(before, fixture.Schema());
        Assert.Equal("0", fixture.Sessions());
    }

    [PostgresFact]
    public async Task A_narrow_backup_replaces_its_own_schemas_only()
    {
        await using var fixture = await TransactionFixture.CreateAsync();
        await fixture.RunAsync("CREATE SCHEMA mine CREATE TABLE t (i serial)");
        var incoming = await fixture.BackUpAsync(options: new PostgresBackupOptions { Schemas = ["mine"] });
        await fixture.RunAsync("INSERT INTO mine.t DEFAULT VALUES; DELETE FROM app.late");
        await fixture.RestoreAsync(new SchemaStrategy(fixture.Address, fixture.Reporter), incoming);
        Assert.Equal("0 0", fixture.Ask("SELECT (SELECT count(*) FROM mine.t) || ' ' || (SELECT count(*) FROM app.late)"));
        Assert.Equal("1", fixture.Ask("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'postry_%'"));
    }

    [PostgresFact]
    public async Task Another_role_gets_it_all_without_owners()
    {
        await using var fixture = await TransactionFixture.CreateAsync();
        var incoming = await fixture.BackUpAsync(noOwner: true);
        await using var other = await TransactionFixture.CreateAsync(zoo: false);
        await other.RestoreAsync(new SchemaStrategy(other.Address, other.Reporter), incoming);
        Assert.Equal(fixture.Rows(), other.Rows());
        Assert.Equal(other.Owner, other.Ask("SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'app'::regnamespace"));
    }

    [PostgresFact]
    public async Task A_schema_that_was_not_there_goes_when_the_restore_is_undone()
    {
        await using var fixture = await TransactionFixture.CreateAsync();
        var incoming = await fixture.BackUpAsync();
        await fixture.RunAsync("DROP SCHEMA app CASCADE");
        var before = fixture.Schema();
        var log = fixture.Log();
        var swap = await fixture.RestoreAsync(new SchemaStrategy(fixture.Address, fixture.Reporter), incoming, log);
        Assert.Equal("1", fixture.Ask("SELECT count(*) FROM app.late"));
        await new SchemaCopies(fixture.Address).UndoAsync(swap.PreviousCopy!, incoming.Archive.Schemas,
            fixture.Log(JournalKind.Undo, log.Journal.RestoreId), default);
        Assert.Equal(before, fixture.Schema());
    }
}
