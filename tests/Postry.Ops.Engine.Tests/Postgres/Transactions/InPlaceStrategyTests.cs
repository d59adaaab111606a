using Npgsql;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Transactions;

public sealed class InPlaceStrategyTests
{
    // The SQL creates objects that only a superuser can create, and objects in no schema.
    private const string Beyond =
        """
        CREATE EXTENSION hstore; CREATE EXTENSION citext SCHEMA app;
        CREATE TABLE public.mixed (h hstore, c app.citext); INSERT INTO public.mixed VALUES ('a=>1', 'Text');
        CREATE INDEX ON public.mixed USING gin (h);
        CREATE FUNCTION public.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER watcher ON ddl_command_end EXECUTE FUNCTION public.on_ddl();
        CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert'); CREATE PUBLICATION one FOR TABLE public.mixed WITH (publish = 'insert, truncate');
        CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER far FOREIGN DATA WRAPPER nowhere; CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (name 'x');
        CREATE FOREIGN TABLE public.remote (i int) SERVER far;
        CREATE FUNCTION public.to_mood(int) RETURNS app.mood LANGUAGE sql AS 'SELECT NULL::app.mood'; CREATE CAST (int AS app.mood) WITH FUNCTION public.to_mood(int);
        CREATE TYPE public.span AS RANGE (subtype = float8); CREATE TYPE public.pair AS (a int, b text); CREATE DOMAIN public.short AS text CHECK (length(VALUE) < 5);
        CREATE FUNCTION public.add(public.pair, public.pair) RETURNS public.pair LANGUAGE sql AS 'SELECT $1'; CREATE OPERATOR public.|+| (LEFTARG = public.pair, RIGHTARG = public.pair, FUNCTION = public.add);
        CREATE AGGREGATE public.added (public.pair) (SFUNC = public.add, STYPE = public.pair); CREATE PROCEDURE public.proc() LANGUAGE sql AS 'SELECT 1';
        CREATE TEXT SEARCH CONFIGURATION public.words (COPY = simple); CREATE COLLATION public.plain FROM "C"; CREATE STATISTICS public.related ON who, n FROM app.orders_1;
        SELECT lo_from_bytea(4711, '\x0001ff'), lo_create(4712), lo_from_bytea(4713, decode(repeat('ab', 600000), 'hex')); COMMENT ON LARGE OBJECT 4711 IS 'large';
        ALTER LARGE OBJECT 4713 OWNER TO OWNER_ROLE; GRANT SELECT ON LARGE OBJECT 4711 TO OWNER_ROLE;
        """;

    private const string Ruin =
        """
        DELETE FROM app.late; UPDATE public.users SET name = 'ruined'; DROP VIEW app.totals CASCADE; CREATE TABLE app.extra (i int); CREATE SCHEMA extra CREATE TABLE t (i int);
        CREATE TABLE public.extra2 (i app.mood); COMMENT ON SCHEMA public IS 'theirs'; CREATE TYPE public.extra3 AS ENUM ('x'); CREATE FUNCTION public.extra4(public.extra3) RETURNS int LANGUAGE sql AS 'SELECT 1';
        """;

    [PostgresFact]
    public async Task Everything_comes_back_also_what_is_in_no_schema_or_beside_an_extension()
    {
        await using var fixture = await TransactionFixture.CreateAsync();
        TransactionFixture.Server.Psql(fixture.Database, Beyond.Replace("OWNER_ROLE", fixture.Owner, StringComparison.Ordinal));
        var incoming = await fixture.BackUpAsync(fixture.SuperAddress);
        var (schema, rows, large) = (fixture.Schema(), fixture.Rows(), LargeObjects(fixture));
        TransactionFixture.Server.Psql(fixture.Database,
            Ruin + "SELECT lo_unlink(4711), lo_create(99); DROP EVENT TRIGGER watcher; CREATE EVENT TRIGGER other ON sql_drop EXECUTE " +
            "FUNCTION public.on_ddl(); ALTER PUBLICATION one DROP TABLE public.mixed; CREATE PUBLICATION more;");
        TransactionFixture.Server.Psql(fixture.Database,
            $"ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {fixture.Reader}; ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM " +
            $"PUBLIC;");

        var swap = await fixture.RestoreAsync(new InPlaceStrategy(fixture.SuperAddress, fixture.Reporter), incoming);

        Assert.Equal(schema, fixture.Schema());
        Assert.Equal(rows, fixture.Rows());
        Assert.Equal(large, LargeObjects(fixture));
        Assert.Equal(RestoreStrategy.InPlace, swap.Strategy);
        Assert.Equal("0", fixture.Sessions());
    }

    [PostgresFact]
    public async Task An_owner_without_any_right_can_do_it_where_the_database_asks_for_none()
    {
        await using var fixture = await TransactionFixture.CreateAsync();
        TransactionFixture.Server.Psql(fixture.Database, "CREATE EXTENSION hstore; CREATE EXTENSION pg_stat_statements SCHEMA app");
        await fixture.RunAsync("CREATE TABLE with_extension (h hstore); INSERT INTO with_extension VALUES ('a=>1'); SELECT lo_create(5)");
        var incoming = await fixture.BackUpAsync();
        var (schema, rows) = (fixture.Schema(), fixture.Rows());
        await fixture.RunAsync(Ruin);

        var log = fixture.Log();
        await fixture.RestoreAsync(new InPlaceStrategy(fixture.Address, fixture.Reporter), incoming, log);

        Assert.Equal(schema, fixture.Schema());
        Assert.Equal(rows, fixture.Rows());
        Assert.Equal(LiveSide.Restored, await TransactionOutcome.FindSideAsync(fixture.Address, log.Journal, default));
    }

    [PostgresFact]
    public async Task Copies_that_earlier_restores_keep_stay()
    {
        await using var fixture = await TransactionFixture.CreateAsync();
        var incoming = await fixture.BackUpAsync();
        var swap = await fixture.RestoreAsync(new SchemaStrategy(fixture.Address, fixture.Reporter), incoming);
        await fixture.RestoreAsync(new InPlaceStrategy(fixture.Address, fixture.Reporter), incoming);
        Assert.Equal(swap.PreviousBytes, await new SchemaCopies(fixture.Address).SizeAsync(swap.PreviousCopy!, default));
    }

    [PostgresFact]
    public async Task A_narrow_backup_takes_nothing_along_that_it_does_not_hold()
    {
        await using var fixture = await TransactionFixture.CreateAsync();
        await fixture.RunAsync("CREATE SCHEMA mine CREATE TABLE t (i serial)");
        var incoming = await fixture.BackUpAsync(options: new PostgresBackupOptions { Schemas = ["mine"] });
        await fixture.RunAsync("INSERT INTO mine.t DEFAULT VALUES; DELETE FROM app.late");
        await fixture.RestoreAsync(new InPlaceStrategy(fixture.Address, fixture.Reporter), incoming);
        Assert.Equal("0 0", fixture.Ask("SELECT (SELECT count(*) FROM mine.t) || ' ' || (SELECT count(*) FROM app.late)"));

        await fixture.RunAsync("CREATE VIEW app.uses_mine AS SELECT * FROM mine.t");
        await using var strategy = new InPlaceStrategy(fixture.Address, fixture.Reporter);
        var refused = await Assert.ThrowsAsync<RestoreRefusedException>(() => strategy.StageAsync(incoming, fixture.Log(), default));
        Assert.Contains("view app.uses_mine", refused.Message);
        Assert.Equal("0", fixture.Ask("SELECT count(*) FROM app.uses_mine"));
    }

    [PostgresFact]
    public async Task Readers_wait_and_never_see_a_mixture()
    {
        await using var fixture = await TransactionFixture.CreateAsync(zoo: false);
        await fixture
            .RunAsync(
            "CREATE TABLE a (v int); CREATE TABLE b (v int); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); CREATE SEQUENCE s");
        var incoming = await fixture.BackUpAsync();
        await fixture.RunAsync("UPDATE a SET v = 2; UPDATE b SET v = 2");
        await using var strategy = new InPlaceStrategy(fixture.Address, fixture.Reporter);
        var log = fixture.Log();
        await strategy.StageAsync(incoming, log, default);
        await using var connection = await TransactionFixture.Server.ConnectAsync(fixture.Database);
        await using var command = new NpgsqlCommand("SELECT a.v::text || b.v FROM a, b", connection);
        var reading = command.ExecuteScalarAsync();
        await Task.Delay(200);
        Assert.False(reading.IsCompleted);
        var swap = await strategy.CommitAsync(log, default);
        Assert.Equal("11", await reading);
        Assert.True(swap.Unavailable > TimeSpan.FromMilliseconds(200));
    }

    private static string LargeObjects(TransactionFixture fixture) =>
        fixture.Ask(
        "SELECT oid, lomowner::regrole, lomacl, md5(lo_get(oid)), obj_description(oid, 'pg_largeobject') FROM pg_largeobject_metadata " +
        "ORDER BY oid");
}
