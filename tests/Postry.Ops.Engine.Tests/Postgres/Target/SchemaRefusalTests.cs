using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Target;

/// <summary>The reasons why the strategy Schema is refused.</summary>
public class SchemaRefusalTests
{
    private static readonly PostgresRestoreOptions Schema = new() { Strategy = RestoreStrategy.Schema };

    [PostgresFact]
    public async Task Nothing_where_the_schemas_stand_alone()
    {
        await using var fixture = await SurveyFixture.CreateAsync(PostgresServer.Shared, """
            CREATE SCHEMA other;; CREATE TABLE other.o (id int REFERENCES app.t, e int DEFAULT 1);; CREATE VIEW app.v AS SELECT t.* FROM app.t, other.o;;
            CREATE TYPE app.mood AS ENUM ('a', 'b');; ALTER TABLE app.t ADD m app.mood DEFAULT 'a';; CREATE MATERIALIZED VIEW other.m AS SELECT count(*) FROM app.t;;
            CREATE PUBLICATION everything
            """);
        var facts = await fixture.LookAsync(options: Schema);
        Assert.Empty(facts.Problems);
        Assert.Contains(facts.Notes, note => note.Contains("publication everything"));
    }

    private static readonly (string Sql, string Name)[] Outside =
    [
        ("CREATE VIEW public.v AS SELECT * FROM app.t", "v"),
        ("CREATE MATERIALIZED VIEW public.m AS SELECT * FROM app.t", "m"),
        ("CREATE TABLE public.f (id int REFERENCES app.t)", "f"),
        ("CREATE SEQUENCE app.s;; CREATE TABLE public.d (id int DEFAULT nextval('app.s'))", "d"),
        ("CREATE FUNCTION public.fn(app.t) RETURNS int LANGUAGE sql AS 'SELECT 1'", "fn"),
        ("CREATE TYPE app.mood AS ENUM ('a');; CREATE TABLE public.e (m app.mood)", "e"),
        ("CREATE TABLE public.c () INHERITS (app.t)", "c"),
        ("CREATE FUNCTION app.trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';; CREATE TABLE public.g (a int);; CREATE " +
            "TRIGGER tr BEFORE INSERT ON public.g FOR EACH ROW EXECUTE FUNCTION app.trg()", "tr"),
        ("CREATE FUNCTION app.ok() RETURNS boolean LANGUAGE sql AS 'SELECT true';; CREATE TABLE public.p (a int);; CREATE POLICY pol ON " +
            "public.p USING (app.ok())", "pol"),
        ("CREATE TABLE public.out (id int PRIMARY KEY);; ALTER TABLE app.t ADD FOREIGN KEY (id) REFERENCES public.out NOT VALID",
            "t_id_fkey"),
    ];

    [PostgresFact]
    public async Task What_outside_depends_on_them_is_named()
    {
        // The archive knows of the schema app alone.
        await using var fixture = await SurveyFixture.CreateAsync(PostgresServer.Shared, options: new() { Schemas = ["app"] });
        foreach (var (sql, name) in Outside)
        {
            await fixture.Database.RunAsync(
                "DROP SCHEMA app, public CASCADE;; CREATE SCHEMA app;; CREATE SCHEMA public;; CREATE TABLE app.t (id int PRIMARY KEY)",
                fixture.Database.Live, fixture.Database.Owner);
            await fixture.Database.RunAsync(sql, fixture.Database.Live, fixture.Database.Owner);
            var problem = SurveyFixture.Only<InvalidRequestException>(await fixture.LookAsync(options: Schema));
            Assert.Contains("These connect the schemas that would be replaced with the rest of the database:", problem.Message);
            Assert.Matches($@"\b{name}\b", problem.Message);
            Assert.EndsWith($"{OptionName.Strategy} Swap would work.", problem.Hint);
        }
    }

    [PostgresFact]
    public async Task Extensions_publications_large_objects_and_event_triggers_are_named()
    {
        await using var fixture = await SurveyFixture.CreateAsync(PostgresServer.Shared,
            "CREATE EXTENSION citext SCHEMA app;; CREATE PUBLICATION \"Pub\" FOR TABLE app.t;; SELECT lo_from_bytea(0, 'x')",
            "CREATE FUNCTION public.ev() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';; CREATE EVENT TRIGGER \"Ev\" ON sql_drop " +
                "EXECUTE FUNCTION public.ev();; CREATE PUBLICATION whole FOR TABLES IN SCHEMA app");
        var problems = (await fixture.LookAsync(PostgresServer.Superuser, Schema)).Problems.Select(problem => problem.Message).ToList();
        Assert.Contains(problems, problem => problem.StartsWith("Extensions live in the schemas app,", StringComparison.Ordinal));
        var dependents = Assert.Single(problems, problem => problem.StartsWith("These connect", StringComparison.Ordinal));
        Assert.Contains("publication Pub", dependents);
        Assert.Contains("publication whole", dependents);
        Assert.Contains(problems, problem => problem.Contains("1 large objects"));
        Assert.Contains(problems, problem => problem.Contains("event triggers, which are in no schema: Ev"));
    }

    [PostgresFact]
    public async Task Schemas_and_tables_of_others_are_named()
    {
        await using var fixture = await SurveyFixture.CreateAsync(PostgresServer.Shared,
            superuserSql: "CREATE SCHEMA foreigner;; CREATE TABLE foreigner.x (a int);; CREATE TABLE app.theirs (a int)");
        var problem = SurveyFixture.Only<AccessDeniedException>(await fixture
            .LookAsync(options: new() { Strategy = RestoreStrategy.Schema, NoOwner = true }));
        Assert.Contains($"{fixture.Database.Owner} does not own all that would be replaced: app.theirs, foreigner.x, schema foreigner",
            problem.Message);
        Assert.Empty((await fixture.LookAsync(PostgresServer.Superuser, Schema)).Problems);
    }
}
