using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Contents;

/// <summary>Two schemas are equal as sets of definitions, whatever stands between the definitions.</summary>
public sealed class SchemaScriptTests
{
    private static PostgresServer Server => PostgresServer.Shared;

    [PostgresFact]
    public async Task The_archive_s_schema_is_that_of_the_source_and_of_the_restored_copy()
    {
        using var work = new Workspace();
        var address = await Server.CreateDatabaseAsync();
        PostgresZoo.Fill(Server, address.Database);
        var schema = (await Captures.TakeAsync(address, work["a"])).Contents.Schema;
        Assert.Equal(schema, Parse(Server.Tool("pg_dump", ["--schema-only"], address.Database)));
        var restored = await Server.CreateDatabaseAsync(options: "TEMPLATE template0");
        Server.Tool("pg_restore", ["-d", restored.Database, work["a"]], restored.Database);
        Assert.Equal(schema, Parse(Server.Tool("pg_dump", ["--schema-only"], restored.Database)));

        foreach (var (type, name, table) in new[]
        {
            ("table", "public.part_b", "public"), ("table", "Odd \"Schema.Tä ble x", "Odd \"Schema"),
                ("function", "public.twice(integer)", "public"), ("function", "public.twice(text)", "public"),
                ("schema", "Odd \"Schema", ""),
            ("extension", "citext", ""), ("policy", "public.secret nobody", "public"), ("row security", "public.secret", "public"),
            ("publication", "pub", ""), ("materialized view", "public.mv", "public"), ("sequence", "public.loose", "public"),
        }) Assert.Contains(schema, o => (o.Type, o.Name, o.Table) == (type, name, table) && o.Sha256 is { Length: 64 });
        Assert.DoesNotContain(schema, o => o.Type is "table data" or "materialized view data" or "blob" or "sequence set");
    }

    [PostgresFact]
    public async Task A_changed_definition_is_the_one_that_differs()
    {
        using var work = new Workspace();
        var address = await Server.CreateDatabaseAsync();
        PostgresZoo.Fill(Server, address.Database);
        var before = Parse(Server.Tool("pg_dump", ["--schema-only"], address.Database));
        foreach (var (entry, sql) in new[]
        {
            ("comment public.TABLE parent", @"COMMENT ON TABLE parent IS E'first line\n-- and another'"),
                ("table public.dropped", "ALTER TABLE dropped ALTER e SET DEFAULT 'y'"),
            ("policy public.secret nobody", "ALTER POLICY nobody ON secret USING (true)"),
            ("sequence public.loose", "ALTER SEQUENCE loose INCREMENT 2"), ("acl public.TABLE docs", "REVOKE SELECT ON docs FROM PUBLIC"),
        })
        {
            Server.Psql(address.Database, sql);
            var after = Parse(Server.Tool("pg_dump", ["--schema-only"], address.Database));
            Assert.Equal([entry], before.Except(after).Concat(after.Except(before)).Select(o => $"{o.Type} {o.Name}").Distinct());
            before = after;
        }
    }

    [PostgresFact]
    public async Task Owners_and_privileges_do_not_count_where_they_are_ignored()
    {
        var address = await Server.CreateDatabaseAsync();
        PostgresZoo.Fill(Server, address.Database);
        var owner = (await Server.CreateRoleAsync()).Name;
        var before = Server.Tool("pg_dump", ["--schema-only"], address.Database);
        Server.Psql(address.Database,
            $"ALTER TABLE parent OWNER TO {owner}; GRANT ALL ON everything TO {owner}; ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT " +
            $"SELECT ON TABLES TO PUBLIC; ALTER FUNCTION f() OWNER TO {owner}");
        var after = Server.Tool("pg_dump", ["--schema-only"], address.Database);
        Assert.NotEqual(Parse(before), Parse(after));
        Assert.Equal(Parse(before, new SchemaRules(IgnoreOwners: true)), Parse(after, new SchemaRules(IgnoreOwners: true)));
        Server.Psql(address.Database, "ALTER TABLE parent ADD COLUMN more int");
        Assert.NotEqual(Parse(before, new SchemaRules(IgnoreOwners: true)),
            Parse(Server.Tool("pg_dump", ["--schema-only"], address.Database), new SchemaRules(IgnoreOwners: true)));
    }

    [Fact]
    public void What_stands_between_two_entries_does_not_count_and_two_of_one_name_are_told_apart_in_any_order()
    {
        const string one =
            "--\n-- Name: DEFAULT PRIVILEGES; Type: DEFAULT ACL; Schema: -; Owner: a\n--\n\nALTER DEFAULT PRIVILEGES FOR ROLE a GRANT " +
            "SELECT ON TABLES TO b;\n\n\n";
        const string two =
            "--\n-- Name: DEFAULT PRIVILEGES; Type: DEFAULT ACL; Schema: -; Owner: c\n--\n\nALTER DEFAULT PRIVILEGES FOR ROLE c GRANT " +
            "SELECT ON TABLES TO b;\n\n\n";
        const string table =
            "--\n-- Name: t; Type: TABLE; Schema: s; Owner: a; Tablespace: fast\n--\n\nCREATE TABLE s.t (\n    a integer\n);\n\n\n";
        const string subscription =
            "--\n-- Name: sub; Type: SUBSCRIPTION; Schema: -; Owner: a\n--\n\nCREATE SUBSCRIPTION sub CONNECTION 'x' PUBLICATION p WITH " +
            "(connect = false);\n\n\n";
        var first = Parse("\\restrict abc\n\nSET row_security = off;\n\n" + one + two
            + "SET default_tablespace = '';\n\nSET default_table_access_method = heap;\n\n" + table + subscription
            + "--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n");
        var second = Parse("\\restrict xyz\n" + subscription + "SET default_tablespace = fast;\n\n" + table + two + one
            + "\\unrestrict xyz\n");
        Assert.Equal(first, second);
        Assert.Equal(["DEFAULT PRIVILEGES", "DEFAULT PRIVILEGES#2", "sub", "s.t"], first.Select(o => o.Name));
        Assert.Equal(["s.t"], Parse(one + two + table + subscription, new SchemaRules(IgnoreOwners: true, IgnoreSubscriptions: true))
            .Select(o => o.Name));
        Assert.NotEqual(first, Parse(one + two + table.Replace("integer", "bigint") + subscription));
    }

    private static IReadOnlyList<SchemaObject> Parse(string script, SchemaRules? rules = null) =>
        SchemaScript.Parse(new StringReader(script), rules ?? new SchemaRules());
}
