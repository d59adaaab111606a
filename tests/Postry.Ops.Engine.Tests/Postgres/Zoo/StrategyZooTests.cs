using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Zoo;

/// <summary>Every strategy brings back the contents of schemas, and refuses with a reason what it cannot do.</summary>
public sealed class StrategyZooTests
{
    private const string Damage = """
        DELETE FROM zoo.types WHERE id = 1; DROP TABLE zoo.egg CASCADE; CREATE TABLE zoo.new_one (a int); ALTER TABLE other.plain ADD COLUMN more int; SELECT nextval('zoo.called'); DROP VIEW zoo.on_m2;
        CREATE FUNCTION zoo.new_function() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner IN SCHEMA zoo GRANT INSERT ON TABLES TO zoo_reader;
        """;

    [PostgresTheory]
    [InlineData(RestoreStrategy.Swap)]
    [InlineData(RestoreStrategy.InPlace)]
    public async Task What_lies_in_schemas_comes_back_and_is_undone(RestoreStrategy strategy)
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var zoo = await ZooDatabase.MakeSchemasAsync(server);
        ZooDatabase.SetProperties(server, zoo.Database);
        var was = Inventory.All(server, zoo.Database);
        var set = await work.BackUpAsync(zoo);
        server.Psql(zoo.Database, Damage);
        var damaged = Inventory.All(server, zoo.Database);

        var record = await work.RestoreAsync(set, zoo, strategy);
        Assert.Equal((strategy, RestoreStatus.Committed), (record.Strategy, record.Status));
        Assert.DoesNotContain(record.Checks, check => check.Status == CheckStatus.Failed);
        Assert.Equal(was, Inventory.All(server, zoo.Database));
        await EqualsAsync(work, set, zoo);

        server.Psql(zoo.Database, "INSERT INTO other.plain VALUES (1000, 'written since')");
        Assert.Contains("other.plain has 501 rows now and 500", (await work.PlanUndoAsync(record, zoo)).Summary, StringComparison.Ordinal);
        var undone = await work.UndoAsync(record, zoo);
        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.Equal(damaged, Inventory.All(server, zoo.Database));
        foreach (var copy in work.Engine.ListPreviousCopies(zoo)) await work.Engine.RemovePreviousCopyAsync(copy, zoo);
        Assert.Equal(damaged, Inventory.All(server, zoo.Database));
        Assert.Equal("0", server.Psql(zoo.Database, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'postry%'"));
    }

    [PostgresFact]
    public async Task Schemas_alone_cannot_replace_what_others_hang_on()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var zoo = await ZooDatabase.MakeAsync(server);
        var was = Inventory.All(server, zoo.Database);
        var set = await work.BackUpAsync(zoo);
        var e = await ServerCommands.RefusedAsync<RestoreRefusedException>(() =>
            work.RestoreAsync(set, zoo, RestoreStrategy.Schema, options: new() { AllowReplicationBreak = true }),
            "Extensions live in the schemas public, zoo", "publication", "3 large objects", "log_ddl");
        Assert.Contains($"{OptionName.Strategy}", e.Hint, StringComparison.Ordinal);
        Assert.Equal(was, Inventory.All(server, zoo.Database));
    }

    [PostgresFact]
    public async Task Everything_comes_back_in_place()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var zoo = await ZooDatabase.MakeAsync(server);
        var was = Inventory.All(server, zoo.Database);
        var set = await work.BackUpAsync(zoo);
        server.Psql(zoo.Database, "DROP EVENT TRIGGER log_ddl; " + Damage
            + "SELECT lo_unlink(900001); DROP PUBLICATION of_schema; CREATE EXTENSION fuzzystrmatch SCHEMA zoo; DROP SERVER remote " +
            "CASCADE;");
        var damaged = Inventory.All(server, zoo.Database);
        var record = await work.RestoreAsync(set, zoo, RestoreStrategy.InPlace, options: new() { AllowReplicationBreak = true });
        Assert.Equal((RestoreStrategy.InPlace, RestoreStatus.Committed), (record.Strategy, record.Status));
        Assert.Equal(was, Inventory.All(server, zoo.Database));
        await EqualsAsync(work, set, zoo);
        await work.UndoAsync(record, zoo);
        Assert.Equal(damaged, Inventory.All(server, zoo.Database));
    }

    private static async Task EqualsAsync(Workspace work, BackupSet set, PostgresAddress live)
    {
        var comparison = await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, live);
        Assert.True(comparison.Status == TableDifference.Equal, comparison.Summary);
        Assert.All(comparison.NotCompared, one =>
            Assert.Contains(one.Kind, new[] { "foreign table", "materialized view rows", "extension rows", "definitions" }));
    }
}
