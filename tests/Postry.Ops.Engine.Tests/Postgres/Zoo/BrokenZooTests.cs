using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Zoo;

/// <summary>Archives that pg_restore cannot restore as they are, although the backup is whole: for want of a search_path, or because rows
/// break what the catalog says of them.</summary>
public sealed class BrokenZooTests
{
    // The query has one answer in the source and in every restored database.
    private const string Contents = """
        SELECT 'orders', count(*), sum(total) FROM app.orders UNION ALL SELECT 'visits', count(*), sum(customer) FROM app.aa_visits UNION ALL SELECT 'prices', count(*), sum(n) FROM app.ab_prices
        UNION ALL SELECT 'tree', count(*), sum(parent) FROM app.ac_tree UNION ALL SELECT 'priced', count(*), sum(p) FROM app.ad_priced
        UNION ALL SELECT 'totals', count(*), sum(total) FROM app.totals UNION ALL SELECT 'total', count(*), sum(total) FROM app.zz_total UNION ALL SELECT 'log', count(*), NULL FROM app.log ORDER BY 1
        """;

    [PostgresTheory]
    [InlineData(RestoreStrategy.Swap)]
    [InlineData(RestoreStrategy.InPlace)]
    public async Task What_needs_the_search_path_of_the_database_comes_back(RestoreStrategy strategy)
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var source = await MakeAsync(server, "paths.sql");
        var was = All(server, source);
        var set = await work.BackUpAsync(source);
        server.Psql(source.Database,
            "SET search_path = app; DELETE FROM orders WHERE id > 10; DROP MATERIALIZED VIEW zz_total; DROP TRIGGER changed ON orders; " +
            "TRUNCATE ac_tree");

        var record = await work.RestoreAsync(set, source, strategy);
        Assert.Equal((strategy, RestoreStatus.Committed), (record.Strategy, record.Status));
        Assert.Empty(record.BrokenObjects);
        Assert.Equal(was, All(server, source));
        var made = Assert.Single(record.Checks, check => check.Name == "Search path");
        Assert.Equal(CheckStatus.Passed, made.Status);
        Assert.Contains("pg_catalog, app, public", made.Detail, StringComparison.Ordinal);
        foreach (var name in new[] { "TABLE DATA app orders", "app nullable", "TRIGGER app orders changed", "TABLE DATA app aa_visits",
            "CHECK app.ac_tree ac_parent" })
            Assert.Contains(name, made.Detail, StringComparison.Ordinal);
        if (server.Major < 17) Assert.Contains("MATERIALIZED VIEW DATA app totals", made.Detail, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Schemas_alone_also_come_back_by_the_search_path()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        // An extension inside a schema that is replaced is refused for itself.
        var source = await MakeAsync(server, "paths.sql", script =>
            script.Replace("CREATE EXTENSION hstore SCHEMA app;", "CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext;",
            StringComparison.Ordinal)
            .Replace("SET search_path = app, public;", "SET search_path = app, ext, public;", StringComparison.Ordinal),
                "app, ext, public");
        var was = All(server, source);
        var set = await work.BackUpAsync(source, options: new() { Schemas = ["app"] });
        server.Psql(source.Database, "SET search_path = app; DELETE FROM orders WHERE id > 10; DROP MATERIALIZED VIEW zz_total");
        var record = await work.RestoreAsync(set, source, RestoreStrategy.Schema);
        Assert.Equal((RestoreStrategy.Schema, RestoreStatus.Committed), (record.Strategy, record.Status));
        foreach (var copy in work.Engine.ListPreviousCopies(source)) await work.Engine.RemovePreviousCopyAsync(copy, source);
        Assert.Equal(was, All(server, source));
    }

    [PostgresFact]
    public async Task A_trial_passes_and_says_that_it_needed_the_search_path()
    {
        using var work = new Workspace();
        var source = await MakeAsync(PostgresServer.Shared, "paths.sql");
        var set = await work.BackUpAsync(source);
        foreach (var place in new[] { null, PostgresServer.Shared.Address("postgres") })
        {
            var report = await work.PassesAsync(set, VerificationLevel.Restore, place);
            Assert.Contains("pg_catalog, app, public", Assert.Single(report.Checks, check => check.Name == "Restored: Search path").Detail,
                StringComparison.Ordinal);
        }
    }

    [PostgresTheory]
    [InlineData(RestoreStrategy.Swap)]
    [InlineData(RestoreStrategy.Schema)]
    [InlineData(RestoreStrategy.InPlace)]
    public async Task Rows_that_break_their_keys_are_refused_with_the_way_out_and_come_back_without_them(RestoreStrategy strategy)
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var source = await MakeAsync(server, "broken.sql");
        var rows = Rows(server, source);
        var set = await work.BackUpAsync(source);
        server.Psql(source.Database, "DELETE FROM app.orders WHERE id = 1; INSERT INTO app.customers VALUES (3, 'Eve')");
        var live = Rows(server, source);

        var e = await ServerCommands.RefusedAsync<RestoreRefusedException>(() => work.RestoreAsync(set, source, strategy),
            $"{OptionName.OnBrokenObject} Leave", "orders_customer", "Key (customer)=(99) is not present in table \"customers\"", "users_email",
            "Key (email)=(user3) is duplicated", "amounts_fine", "halves");
        Assert.Equal(live, Rows(server, source));
        var failed = Assert.Single(work.Engine.ListRestores());
        Assert.Equal(RestoreStatus.Failed, failed.Status);
        Assert.Equal(e.Broken.Select(one => one.Name), failed.BrokenObjects.Select(one => one.Name));

        // The plan after a refused restore names the objects that it found.
        var plan = await work.PlanAsync(set, source, strategy, options: new() { OnBrokenObject = BrokenObjectRule.Leave });
        Assert.Contains("orders_customer", plan.Summary, StringComparison.Ordinal);
        Assert.Contains("Key (customer)=(99)", plan.Summary, StringComparison.Ordinal);
        var record = await work.Engine.RestoreAsync(plan);
        Assert.Equal((strategy, RestoreStatus.Committed), (record.Strategy, record.Status));
        Assert.Equal(rows, Rows(server, source));
        Assert.Equal(
            ["check constraint app.amounts amounts_fine", "comment app.INDEX users_email", "constraint app.users users_pkey",
                "fk constraint app.logins logins_who",
             "fk constraint app.orders orders_customer", "index app.users_email", "materialized view data app.halves"],
            record.BrokenObjects.Select(one => $"{one.Type} {one.Name}").Order(StringComparer.Ordinal));
        Assert.Equal("t", server.Psql(source.Database,
            "SELECT count(*) = 1 FROM pg_constraint WHERE conname = 'amounts_small' AND conrelid = 'app.amounts'::regclass"));
        Assert.DoesNotContain(record.Checks, check => check.Status == CheckStatus.Failed);
        Assert.Contains(record.Checks, check => check
            is { Name: "Object fk constraint app.orders orders_customer", Status: CheckStatus.Inconclusive });
        Assert.Equal(record.BrokenObjects.Select(one => (one.ToString(), one.Sql)),
            work.Engine.ListRestores().First(one => one.RestoreId == record.RestoreId).BrokenObjects
            .Select(one => (one.ToString(), one.Sql)));

        Assert.Contains("ALTER TABLE ONLY app.orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer) REFERENCES app.customers(id);",
            record.BrokenObjects.Select(one => one.Sql));
        // Once the rows are mended, the statements of the record make all of it.
        server.Psql(source.Database,
            "DELETE FROM app.orders WHERE customer = 99; DELETE FROM app.users WHERE email IN ('seven again') OR id = 11; UPDATE " +
            "app.amounts SET n = 5 WHERE n < 0");
        foreach (var one in record.BrokenObjects) server.Psql(source.Database, one.Sql);
        Assert.Equal("11", server.Psql(source.Database, "SELECT count(*) FROM app.halves"));
        Assert.Equal("0", server.Psql(source.Database, "SELECT count(*) FROM pg_constraint WHERE NOT convalidated"));
        Assert.Equal("3", server.Psql(source.Database,
            "SELECT count(*) FROM pg_constraint WHERE conname IN ('orders_customer', 'logins_who', 'amounts_fine') AND connamespace = " +
            "'app'::regnamespace"));
    }

    [PostgresFact]
    public async Task An_undo_in_place_brings_every_row_back_although_they_break_their_keys()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var source = await MakeAsync(server, "broken.sql");
        var set = await work.BackUpAsync(source);
        server.Psql(source.Database, "INSERT INTO app.customers VALUES (3, 'Eve')");
        var live = Rows(server, source);
        var record = await work.RestoreAsync(set, source, RestoreStrategy.InPlace,
            options: new() { OnBrokenObject = BrokenObjectRule.Leave });
        Assert.NotEqual(live, Rows(server, source));
        Assert.Equal(RestoreStatus.Undone, (await work.UndoAsync(record, source)).Status);
        Assert.Equal(live, Rows(server, source));
    }

    [PostgresFact]
    public async Task A_trial_with_rows_that_break_their_keys_is_neither_passed_nor_failed()
    {
        using var work = new Workspace();
        var source = await MakeAsync(PostgresServer.Shared, "broken.sql");
        var set = await work.BackUpAsync(source);
        var report = await work.Engine.TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Restore,
            PostgresServer.Shared.Address("postgres"));
        Assert.True(report.Status == CheckStatus.Inconclusive, string.Join('\n', report.Checks));
        var check = Assert.Single(report.Checks, check => check.Name == "Restored: Object fk constraint app.orders orders_customer");
        foreach (var word in new[] { $"{OptionName.OnBrokenObject} Leave", "Key (customer)=(99)", "ADD CONSTRAINT orders_customer FOREIGN KEY" })
            Assert.Contains(word, check.Detail, StringComparison.Ordinal);
        Assert.All(report.Checks.Where(one => one.Name.StartsWith("Restored: Table ", StringComparison.Ordinal)), one =>
            Assert.Equal(CheckStatus.Passed, one.Status));
    }

    private static async Task<PostgresAddress> MakeAsync(PostgresServer server, string script, Func<string, string>? change = null,
        string path = "app, public")
    {
        var source = await server.CreateDatabaseAsync(null, "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'");
        if (script == "paths.sql")
            server.Psql("postgres", $"ALTER DATABASE {PostgresServer.Quote(source.Database)} SET search_path = {path}");
        server.Psql(source.Database, (change ?? (text => text))(ZooDatabase.Script(script)));
        return source;
    }

    // Under an empty search_path the server cannot even plan a query of a table with such an index.
    private static string All(PostgresServer server, PostgresAddress database) =>
        $"{Inventory.Database(server, database.Database)}\n{server.Psql(database.Database, Contents)}" +
            $"\n{Inventory.Schema(server, database.Database)}";

    private static string Rows(PostgresServer server, PostgresAddress database) =>
        string.Join('\n', new[] { "customers", "orders", "users", "logins", "amounts" }
        .Select(table => server.Psql(database.Database, $"SELECT '{table}', t::text FROM app.{table} t ORDER BY 2")));
}
