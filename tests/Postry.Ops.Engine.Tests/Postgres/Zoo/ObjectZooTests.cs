using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Zoo;

/// <summary>A database with every kind of object goes through backup, test, restore by each way in, and undo; stock tools say whether it is
/// the same.</summary>
public sealed class ObjectZooTests
{
    private const string Damage = """
        DELETE FROM zoo.parted WHERE id % 2 = 0 AND id > 20; UPDATE zoo.types SET f8 = 1 WHERE id = 1; DROP TABLE zoo.chicken CASCADE; CREATE TABLE zoo.new_one (a int); INSERT INTO zoo.new_one VALUES (1);
        ALTER TABLE other.plain ADD COLUMN more int; SELECT nextval('zoo.called'); DROP VIEW zoo.on_m2; CREATE FUNCTION zoo.new_function() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SCHEMA newer; CREATE TABLE newer.t (a int);
        """;

    [PostgresTheory]
    [InlineData(FingerprintKind.Content)]
    [InlineData(FingerprintKind.Live)]
    public async Task Everything_comes_back_over_the_live_database_and_is_undone(FingerprintKind fingerprint)
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var zoo = await ZooDatabase.MakeAsync(server);
        var was = Inventory.All(server, zoo.Database);
        var set = await work.BackUpAsync(zoo, fingerprint);
        Assert.Equal(BackupStatus.Complete, set.Status);
        Assert.Null(set.Scope);
        Assert.Empty(work.Reporter.Warnings);
        Assert.All(set.Tables, table => Assert.NotNull(table.Fingerprint));
        await work.PassesAsync(set, fingerprint == FingerprintKind.Content ? VerificationLevel.Restore : VerificationLevel.Contents);
        var equal = await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, zoo);
        Assert.True(equal.Status == TableDifference.Equal, equal.Summary);

        server.Psql(zoo.Database, Damage);
        server.Psql("postgres",
            $"ALTER DATABASE {zoo.Database} SET work_mem = '9MB'; ALTER DATABASE {zoo.Database} RESET timezone; COMMENT ON DATABASE " +
            $"{zoo.Database} IS 'damaged'");
        var damaged = Inventory.All(server, zoo.Database);
        var record = await work.RestoreAsync(set, zoo, options: new() { AllowReplicationBreak = true });
        Assert.Equal((RestoreStrategy.Swap, RestoreStatus.Committed), (record.Strategy, record.Status));
        // The rows of materialised views are made anew, and only their number is told.
        var open = record.Checks.Where(check => check.Status != CheckStatus.Passed);
        Assert.Equal([("Not held: zoo.m1", CheckStatus.Skipped), ("Not held: zoo.m2", CheckStatus.Skipped)],
            open.Select(check => (check.Name, check.Status)));
        Assert.Equal(was, Inventory.All(server, zoo.Database));
        Assert.Contains(record.DataLoss!.Tables, table => table.Name == "zoo.new_one"
            && table.Difference == TableDifference.OnlyInLive);

        server.Psql(zoo.Database, "INSERT INTO other.plain VALUES (1000, 'written since')");
        var since = Inventory.All(server, zoo.Database);
        var plan = await work.PlanUndoAsync(record, zoo);
        Assert.Contains("other.plain has 501 rows now and 500", plan.Summary, StringComparison.Ordinal);
        var undone = await work.Engine.UndoAsync(plan);
        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.Equal(damaged, Inventory.All(server, zoo.Database));
        server.Psql("postgres", $"ALTER DATABASE {PostgresServer.Quote(undone.UndoneCopy!)} ALLOW_CONNECTIONS true");
        Assert.Equal(since, Inventory.All(server, undone.UndoneCopy!));
    }

    [PostgresFact]
    public async Task Everything_comes_back_under_another_name()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var zoo = await ZooDatabase.MakeAsync(server);
        var set = await work.BackUpAsync(zoo);
        var other = zoo.For($"a \"new\" one's ünï\\{Guid.NewGuid().ToString("N")[..6]}");

        await Assert.ThrowsAsync<DifferentSourceException>(() => work.PlanAsync(set, other));
        var record = await work.RestoreAsync(set, other, allowDifferentSource: true);
        Assert.Equal(RestoreStrategy.New, record.Strategy);
        Assert.Null(record.PreviousCopy);
        Assert.Equal(Inventory.All(server, zoo.Database), Inventory.All(server, other.Database));
        Assert.Equal(TableDifference.Equal, (await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, other)).Status);

        var undone = await work.UndoAsync(record, other);
        Assert.DoesNotContain(other.Database, Inventory.Databases(server));
        Assert.Contains(undone.UndoneCopy!, Inventory.Databases(server));
    }

    [PostgresFact]
    public async Task Stock_tools_restore_it_on_a_bare_server_as_documented()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var zoo = await ZooDatabase.MakeAsync(server);
        var set = await work.BackUpAsync(zoo);
        await using var bare = await PostgresServer.StartAsync();
        var steps = Docs.Block("manifest.md", "sh", "postry-roles.sql").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('#')[0].Replace("app.pgdump", set.BackupFile, StringComparison.Ordinal)
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        Assert.Equal(["psql", "createdb", "pg_restore"], steps.Select(step => step[0]));
        foreach (var step in steps)
            bare.Tool(step[0], [.. step[1..], .. step[0] == "pg_restore" ? new[] { "--no-subscriptions" } : []], "postgres");
        // Roles that are there are left alone.
        bare.Tool(steps[0][0], steps[0][1..], "postgres");

        // pg_restore without -C leaves the database's own properties alone.
        ZooDatabase.SetProperties(bare, "app");
        // The event trigger hears pg_restore itself fill a materialised view.
        Assert.Equal(Comparable(Inventory.All(server, zoo.Database)), Comparable(Inventory.All(bare, "app")));
        const string roles = """
            SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolconnlimit, shobj_description(oid, 'pg_authid'),
                   (SELECT string_agg(s::text, ',') FROM pg_db_role_setting, unnest(setconfig) s WHERE setrole = pg_roles.oid AND setdatabase = 0),
                   (SELECT string_agg(roleid::regrole::text || admin_option, ',') FROM pg_auth_members WHERE member = pg_roles.oid)
            FROM pg_roles WHERE rolname ~ '^[zZ]oo' ORDER BY rolname COLLATE "C"
            """;
        Assert.Equal(server.Psql("postgres", roles), bare.Psql("postgres", roles));
    }

    [PostgresFact]
    public async Task A_child_table_whose_columns_come_back_in_another_order_holds_the_same()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var source = await server.CreateDatabaseAsync();
        server.Psql(source.Database, """
            CREATE TABLE parent (a int, b text); CREATE TABLE child (own int, b text, a int); ALTER TABLE child INHERIT parent;
            INSERT INTO child VALUES (1, 'b', 2), (3, 'd', 4);
            """);
        var set = await work.BackUpAsync(source, FingerprintKind.Live);
        await work.PassesAsync(set, VerificationLevel.Restore);
        server.Psql(source.Database, "DELETE FROM child");
        await work.RestoreAsync(set, source);
        Assert.Equal("1|b|2\n3|d|4", server.Psql(source.Database, "SELECT own, b, a FROM child ORDER BY 1"));
    }

    // A policy names its roles in the order in which the server finds them.
    private static string Comparable(string inventory) =>
        string.Join('\n', inventory.Split('\n').Where(line => !line.StartsWith("zoo.ddl_log ", StringComparison.Ordinal)))
        .Replace("\"zoo group\", \"zoo_reader\"", "\"zoo_reader\", \"zoo group\"", StringComparison.Ordinal);
}
