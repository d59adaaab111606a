using Postry.Ops.Engine.Engines.Postgres.Source;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Source;

/// <summary>The roles in an archive let a bare host take it whole.</summary>
public sealed class RoleScriptTests
{
    [PostgresFact("pg_dumpall")]
    public async Task A_bare_server_takes_the_roles_and_then_the_archive_without_an_error()
    {
        using var work = new Workspace();
        await using var source = await PostgresServer.StartAsync();
        await using var bare = await PostgresServer.StartAsync();
        var address = await source.CreateDatabaseAsync("app");
        source.Psql("app", """
            CREATE ROLE owner CREATEDB CREATEROLE NOINHERIT; CREATE ROLE "odd 'n' ""Name$postry$" LOGIN PASSWORD 'top' CONNECTION LIMIT 3 VALID UNTIL '2030-01-01 00:00:00+00' BYPASSRLS REPLICATION; CREATE ROLE grantee; CREATE ROLE parent; CREATE ROLE grandparent;
            CREATE ROLE policied; CREATE ROLE mapped; CREATE ROLE setting; CREATE ROLE defaulted; CREATE ROLE stranger; CREATE ROLE member_only;
            GRANT grandparent TO parent; GRANT parent TO owner WITH ADMIN OPTION; GRANT pg_monitor TO grantee; GRANT owner TO member_only;
            COMMENT ON ROLE owner IS 'it''s the owner'; ALTER ROLE owner SET search_path TO "$user", public, 'Odd, "x'; ALTER ROLE owner SET app.jwt_secret TO 'hidden'; ALTER ROLE owner SET work_mem TO '8MB'; ALTER ROLE grantee SET datestyle TO 'SQL, DMY';
            CREATE SCHEMA app AUTHORIZATION owner; CREATE TABLE app.t (a int); ALTER TABLE app.t OWNER TO "odd 'n' ""Name$postry$"; GRANT SELECT (a) ON app.t TO grantee; ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON app.t TO policied USING (true);
            CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR mapped SERVER s; ALTER ROLE setting IN DATABASE app SET work_mem TO '9MB'; ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO defaulted;
            """);
        var capture = await Captures.TakeAsync(address, work["a"]);
        var names = capture.Postgres!.Roles.Select(r => r.Name).ToList();
        Assert.Equal(["defaulted", "grandparent", "grantee", "mapped", "odd 'n' \"Name$postry$", "owner", "parent", "policied", "postgres",
            "setting"], names);
        Assert.Equal([new PostgresMembership("grandparent", "parent", false, null, null),
            new PostgresMembership("parent", "owner", true, null, null),
            new PostgresMembership("pg_monitor", "grantee", false, null, null)],
            capture.Postgres.Memberships.OrderBy(m => m.Role, StringComparer.Ordinal)
                .Select(m => m with { InheritOption = null, SetOption = null }));

        var script = await File.ReadAllTextAsync(Path.Combine(work["a"], RoleScript.FileName));
        Assert.DoesNotContain("hidden", script);
        Assert.DoesNotContain("'top'", script);
        Assert.DoesNotContain("SCRAM", script);
        bare.Psql("postgres", script);
        Assert.Equal(Roles(source, names), Roles(bare, names));
        bare.Psql("postgres", "ALTER ROLE owner NOCREATEDB");
        bare.Psql("postgres", script);
        Assert.DoesNotContain("ALTER ROLE owner WITH NOSUPERUSER NOINHERIT CREATEROLE CREATEDB", Roles(bare, names));

        await bare.CreateDatabaseAsync("app");
        bare.Tool("pg_restore", ["--exit-on-error", "-d", "app", work["a"]], "app");
        Assert.Equal(source.PgDumpSchema("app"), bare.PgDumpSchema("app"));
    }

    [PostgresFact]
    public async Task A_selection_of_schemas_needs_only_their_roles()
    {
        using var work = new Workspace();
        await using var source = await PostgresServer.StartAsync();
        var address = await source.CreateDatabaseAsync("app");
        source.Psql("app", """
            CREATE ROLE one; CREATE ROLE two; CREATE ROLE three; CREATE ROLE policied; CREATE ROLE elsewhere; CREATE ROLE defaulted;
            CREATE SCHEMA "A b""c" AUTHORIZATION one; CREATE TABLE "A b""c".t (a int); ALTER TABLE "A b""c".t OWNER TO two; GRANT SELECT (a) ON "A b""c".t TO three; CREATE POLICY p ON "A b""c".t TO policied USING (true);
            ALTER DEFAULT PRIVILEGES IN SCHEMA "A b""c" GRANT SELECT ON TABLES TO defaulted; CREATE TABLE public.t (a int); GRANT SELECT ON public.t TO elsewhere; CREATE POLICY p ON public.t TO elsewhere USING (true);
            """);
        var capture = await Captures.TakeAsync(address, work["a"], options: new PostgresBackupOptions { Schemas = ["\"A b\"\"c\""] });
        Assert.Equal(["defaulted", "one", "policied", "postgres", "three", "two"], capture.Postgres!.Roles.Select(r => r.Name));
    }

    // The definitions of the roles by pg_dumpall, without parts that depend on the grantor, and without the secret setting.
    private static string Roles(PostgresServer server, List<string> names) =>
        string.Join('\n', server.Tool("pg_dumpall", ["--roles-only", "--no-role-passwords"], "postgres").Split('\n')
        .Where(line => !line.Contains("jwt_secret") && !line.Contains(" IN DATABASE ")
            && names.Where(name => name != "postgres").Any(name => line.Contains(PostgresNames.Display(name)) || line.Contains(name)))
        .Select(line => line.Split(" GRANTED BY ")[0].TrimEnd(';')).Where(line => !line.Contains("member_only"))
            .Order(StringComparer.Ordinal));
}
