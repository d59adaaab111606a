using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Restore;

/// <summary>Sets of a part of a database: they say so wherever they are met, and what is in them is proven like any other.</summary>
public sealed class NarrowedSetTests
{
    private const string Shop = """
        CREATE SCHEMA app; CREATE SCHEMA log; CREATE SCHEMA "Odd.Name";
        CREATE TABLE app.orders (id serial PRIMARY KEY, t text); INSERT INTO app.orders (t) SELECT 'order ' || i FROM generate_series(1, 100) i;
        CREATE TABLE app.cache (id int, v text); INSERT INTO app.cache SELECT i, 'v' FROM generate_series(1, 70) i;
        CREATE TABLE log.lines (id int); INSERT INTO log.lines SELECT generate_series(1, 60);
        CREATE TABLE "Odd.Name".t (a int); INSERT INTO "Odd.Name".t VALUES (1);
        CREATE TABLE public.p (a int); INSERT INTO public.p VALUES (1), (2);
        SELECT lo_from_bytea(77, 'large');
        """;

    public static TheoryData<string, string, string> Scopes => new()
    {
        { "only", "only schema app", "app.cache app.orders" },
        { "without", "without schema log", "\"Odd.Name\".t app.cache app.orders public.p" },
        { "data", "without data of app.cache", "\"Odd.Name\".t app.orders log.lines public.p" },
        { "all three", "only schemas app, \"Odd.Name\", without data of app.c*", "\"Odd.Name\".t app.orders" },
    };

    [PostgresTheory]
    [MemberData(nameof(Scopes))]
    public async Task Say_what_they_lack_and_prove_what_they_have(string which, string says, string tables)
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var shop = await server.CreateDatabaseAsync();
        server.Psql(shop.Database, Shop);
        var set = await work.BackUpAsync(shop, options: Options(which));
        Assert.Contains(says, set.Scope, StringComparison.Ordinal);
        var listed = Assert.Single(work.Engine.ListBackups(new BackupQuery()));
        Assert.Equal(set.Scope, listed.Scope);
        Assert.Equal(tables.Split(' '), listed.Tables.Where(table => table.Rows is not null).Select(table => table.Name)
            .Order(StringComparer.Ordinal));

        foreach (var level in new[] { VerificationLevel.Contents, VerificationLevel.Restore })
        {
            var report = await work.PassesAsync(set, level);
            foreach (var name in tables.Split(' '))
                Assert.Contains(report.Checks, check => check.Name == $"Table {name}" && check.Status == CheckStatus.Passed);
            if (level == VerificationLevel.Restore)
                Assert.Contains(report.Checks, check => check.Name.StartsWith("Restored: ", StringComparison.Ordinal));
        }

        var target = shop.For(shop.Database + "_copy");
        var plan = await work.PlanAsync(set, target, allowDifferentSource: true);
        Assert.Contains($"NOT the whole database: {set.Scope}", plan.Summary, StringComparison.Ordinal);
        await work.Engine.RestoreAsync(plan);
        foreach (var name in tables.Split(' '))
            Assert.Equal(server.Psql(shop.Database, $"SELECT * FROM {name} ORDER BY 1"),
                server.Psql(target.Database, $"SELECT * FROM {name} ORDER BY 1"));
        if (which == "data") Assert.Equal("0", server.Psql(target.Database, "SELECT count(*) FROM app.cache"));
        if (which == "without") Assert.Equal("", server.Psql(target.Database, "SELECT nspname FROM pg_namespace WHERE nspname = 'log'"));
        Assert.Equal(which.StartsWith("only", StringComparison.Ordinal) || which == "all three" ? "0" : "1",
            server.Psql(target.Database, "SELECT count(*) FROM pg_largeobject_metadata"));
    }

    [PostgresTheory]
    [InlineData(RestoreStrategy.Auto, false, "")]
    [InlineData(RestoreStrategy.Swap, true, "")]
    [InlineData(RestoreStrategy.Schema, true, "")]
    [InlineData(RestoreStrategy.InPlace, true, "")]
    [InlineData(RestoreStrategy.Swap, true,
        "REVOKE USAGE ON SCHEMA public FROM PUBLIC; COMMENT ON SCHEMA public IS NULL; ALTER SCHEMA public OWNER TO ROLE")]
    [InlineData(RestoreStrategy.Schema, true,
        "COMMENT ON SCHEMA public IS 'ours'; ALTER SCHEMA public OWNER TO ROLE; GRANT CREATE ON SCHEMA public TO PUBLIC")]
    [InlineData(RestoreStrategy.InPlace, true,
        "REVOKE ALL ON SCHEMA public FROM PUBLIC; COMMENT ON SCHEMA public IS NULL; ALTER SCHEMA public OWNER TO ROLE")]
    public async Task Of_the_schema_public_come_back_every_way(RestoreStrategy strategy, bool exists, string changes)
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var shop = await server.CreateDatabaseAsync();
        server.Psql(shop.Database, $"{Shop} {changes.Replace("ROLE", (await server.CreateRoleAsync()).Name, StringComparison.Ordinal)}");
        string Public(string database) => server.Psql(database,
            "SELECT nspowner::regrole, nspacl, obj_description(oid) FROM pg_namespace WHERE nspname = 'public'; SELECT * FROM public.p " +
            "ORDER BY 1");
        var before = Public(shop.Database);
        var set = await work.BackUpAsync(shop, options: new() { Schemas = ["public"] });
        await work.PassesAsync(set, VerificationLevel.Restore);

        server.Psql(shop.Database, "DROP TABLE public.p; CREATE TABLE public.q (a int)");
        var target = exists ? shop : shop.For(shop.Database + "_copy");
        var record = await work.RestoreAsync(set, target, strategy, allowDifferentSource: true);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal(before, Public(target.Database));
        Assert.Equal("", server.Psql(target.Database, "SELECT to_regclass('public.q')"));
        if (!exists) return;
        await work.UndoAsync(record, target);
        Assert.Equal("q", server.Psql(target.Database, "SELECT to_regclass('public.q')"));
    }

    [PostgresFact]
    public async Task A_pattern_that_fits_nothing_is_refused()
    {
        using var work = new Workspace();
        var shop = await PostgresServer.Shared.CreateDatabaseAsync();
        PostgresServer.Shared.Psql(shop.Database, Shop);
        foreach (var options in new PostgresBackupOptions[] { new() { Schemas = ["ap"] }, new() { Schemas = ["app", "none"] },
            new() { Schemas = ["app.orders"] }, new() { ExcludeSchemas = ["app.orders"] } })
            await ServerCommands.RefusedAsync<InvalidRequestException>(() => work.BackUpAsync(shop, options: options));
        Assert.DoesNotContain(work.AllFiles(), file => file.Contains(".pgdump", StringComparison.Ordinal));
        // A pattern that fits nothing is accepted with a warning, because it may be a mistake.
        await work.BackUpAsync(shop, options: new() { ExcludeSchemas = ["nothing"], ExcludeTableData = ["app.none"] });
        Assert.Contains(work.Reporter.Warnings, warning =>
            warning.Contains($"{OptionName.ExcludeSchema} nothing matches nothing", StringComparison.Ordinal));
        Assert.Contains(work.Reporter.Warnings, warning =>
            warning.Contains($"{OptionName.ExcludeTableData} app.none matches nothing", StringComparison.Ordinal));
    }

    [PostgresFact]
    public async Task A_project_of_Supabase_without_what_is_the_hosting_s()
    {
        using var work = new Workspace();
        // The roles of the hosting are the whole server's.
        await using var server = await PostgresServer.StartAsync();
        var project = await server.CreateDatabaseAsync("project");
        server.Psql("postgres",
            "CREATE ROLE anon; CREATE ROLE authenticated; CREATE ROLE supabase_admin SUPERUSER; CREATE ROLE supabase_auth_admin; CREATE " +
            "ROLE my_app");
        server.Psql("project", """
            CREATE SCHEMA auth AUTHORIZATION supabase_auth_admin; CREATE SCHEMA storage; CREATE SCHEMA extensions; CREATE SCHEMA graphql; CREATE SCHEMA realtime; CREATE SCHEMA vault; CREATE SCHEMA supabase_migrations; CREATE SCHEMA app;
            CREATE EXTENSION pgcrypto SCHEMA extensions;
            CREATE TABLE auth.users (id int PRIMARY KEY, email text); INSERT INTO auth.users VALUES (1, 'a@example.org');
            CREATE TABLE auth.schema_migrations (version text); INSERT INTO auth.schema_migrations VALUES ('1');
            CREATE TABLE storage.objects (id int); INSERT INTO storage.objects VALUES (1), (2);
            CREATE TABLE storage.migrations (id int); INSERT INTO storage.migrations VALUES (1);
            CREATE TABLE realtime.messages (id int); INSERT INTO realtime.messages VALUES (1);
            CREATE TABLE vault.secrets (id int); INSERT INTO vault.secrets VALUES (1);
            CREATE TABLE supabase_migrations.schema_migrations (version text); INSERT INTO supabase_migrations.schema_migrations VALUES ('20260101');
            CREATE TABLE app.todos (id int, owner int REFERENCES auth.users); INSERT INTO app.todos VALUES (1, 1);
            ALTER TABLE app.todos ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON app.todos TO authenticated, anon, my_app USING (true);
            CREATE TABLE public.profiles (id int); INSERT INTO public.profiles VALUES (1); GRANT SELECT ON public.profiles TO anon, my_app;
            """);
        var set = await work.BackUpAsync(project, options: new() { Profile = BackupProfile.Supabase });
        Assert.Contains("profile Supabase", set.Scope, StringComparison.Ordinal);
        var names = set.Tables.Where(table => table.Rows is not null).Select(table => table.Name).ToList();
        Assert.Equal(["app.todos", "auth.users", "public.profiles", "storage.objects"], names.Order(StringComparer.Ordinal));
        Assert.Contains("20260101", set.Migration ?? "20260101", StringComparison.Ordinal);
        var roles = await File.ReadAllTextAsync(Path.Combine(set.BackupFile, "postry-roles.sql"));
        Assert.Contains("my_app", roles, StringComparison.Ordinal);
        Assert.DoesNotContain("supabase_admin", roles, StringComparison.Ordinal);
        await work.PassesAsync(set, VerificationLevel.Contents);
    }

    private static PostgresBackupOptions Options(string which) => which switch
    {
        "only" => new() { Schemas = ["app"] },
        "without" => new() { ExcludeSchemas = ["log"] },
        "data" => new() { ExcludeTableData = ["app.cache"] },
        _ => new() { Schemas = ["app", "\"Odd.Name\""], ExcludeTableData = ["app.c*"] },
    };
}
