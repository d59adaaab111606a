using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Source;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Restore;

/// <summary>A database of encoding SQL_ASCII, whose names and comments are any bytes, is backed up, proven and restored.</summary>
public sealed class ByteNameTests
{
    private const string WithoutEncoding = "TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'";

    [PostgresTheory("python3")]
    [InlineData(RestoreStrategy.Swap)]
    [InlineData(RestoreStrategy.InPlace)]
    [InlineData(RestoreStrategy.Schema)]
    public async Task Names_and_comments_that_are_no_text_come_back_byte_by_byte(RestoreStrategy strategy)
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var app = await server.CreateDatabaseAsync(options: WithoutEncoding);
        Run(work, server, app.Database, """
            CREATE SCHEMA "sch\xe9ma";
            CREATE TYPE "sch\xe9ma"."typ\xe9" AS ENUM ('oui', 'am\xe9n');
            CREATE TABLE "sch\xe9ma"."caf\xe9" ("num\xe9ro" serial PRIMARY KEY, "prix" text DEFAULT '\xe9', t "sch\xe9ma"."typ\xe9");
            INSERT INTO "sch\xe9ma"."caf\xe9" (prix, t) VALUES ('\xe9', 'am\xe9n'), ('\xc3\xa9', 'oui'), ('\xff\xfe', NULL);
            CREATE INDEX "\xe9x" ON "sch\xe9ma"."caf\xe9" (prix);
            CREATE FUNCTION "sch\xe9ma"."f\xe9"() RETURNS text LANGUAGE sql AS $$ SELECT '\xe8'::text $$;
            CREATE VIEW "sch\xe9ma"."vue\xe9" AS SELECT "num\xe9ro", "sch\xe9ma"."f\xe9"() AS "f\xe8" FROM "sch\xe9ma"."caf\xe9";
            CREATE TABLE "caf\xc3\xa9" (a int);
            INSERT INTO "caf\xc3\xa9" VALUES (1), (2);
            COMMENT ON TABLE "sch\xe9ma"."caf\xe9" IS 'caf\xff';
            COMMENT ON COLUMN "sch\xe9ma"."caf\xe9".prix IS '\xc3\xa9 \xef\x9e\x80';
            """);
        if (strategy == RestoreStrategy.Swap)
            Run(work, server, app.Database, $"""
                COMMENT ON DATABASE {app.Database} IS 'fa\xeface';
                ALTER DATABASE {app.Database} SET app.titre = 'caf\xe9';
                ALTER DATABASE {app.Database} SET search_path = "sch\xe9ma", public;
                """);
        var before = Dump(server, app.Database);

        var set = await work.BackUpAsync(app, FingerprintKind.Live);
        Assert.Empty(work.Reporter.Warnings);
        var tables = set.Tables;
        Assert.Equal(["public.\"café\"", "\"sch\uF7E9ma\".\"caf\uF7E9\""], tables.Select(table => table.Name).Order(StringComparer.Ordinal)
            .Reverse());
        Assert.Equal(IndependentFingerprints.Of(set.BackupFile).OrderBy(table => table.Key, StringComparer.Ordinal),
            Captures.ByName(tables).OrderBy(table => table.Key, StringComparer.Ordinal));
        // The query is the one of docs/manifest.md.
        Assert.Equal("[b'caf\\xc3\\xa9', b'caf\\xe9']\n", StockTools.Latin("python3", ["-c", """
            import json, sys
            def to_bytes(name):
                return b"".join(bytes([ord(c) & 0xFF]) if "\uF780" <= c <= "\uF7FF" else c.encode() for c in name)
            print(sorted(to_bytes(table["name"]) for table in json.load(open(sys.argv[1], encoding="utf-8"))["postgres"]["tables"]))
            """, set.ManifestFile]));
        await work.PassesAsync(set, VerificationLevel.Contents);
        if (strategy == RestoreStrategy.Swap) await work.PassesAsync(set, VerificationLevel.Restore);
        await EqualsAsync(work, set, app);

        Run(work, server, app.Database, """
            DELETE FROM "caf\xc3\xa9" WHERE a = 1; DROP TABLE "sch\xe9ma"."caf\xe9" CASCADE; CREATE TABLE "sch\xe9ma"."autre\xe9" (i int);
            """);
        var damaged = Dump(server, app.Database);
        var comparison = await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, app);
        Assert.Equal([("\"sch\uF7E9ma\".\"autre\uF7E9\"", TableDifference.OnlyInLive),
            ("\"sch\uF7E9ma\".\"caf\uF7E9\"", TableDifference.OnlyInBackup), ("public.\"café\"", TableDifference.Different)],
            comparison.Tables.Select(table => (table.Name, table.Difference)).Order());
        var record = await work.RestoreAsync(set, app, strategy);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal(before, Dump(server, app.Database));
        Assert.Equal("SQL_ASCII", server.Psql("postgres",
            $"SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = '{app.Database}'"));
        await EqualsAsync(work, set, app);
        await work.UndoAsync(record, app);
        Assert.Equal(damaged, Dump(server, app.Database));
    }

    [PostgresFact]
    public async Task What_is_said_of_a_database_in_Latin_1_comes_back_in_Latin_1()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var app = await server.CreateDatabaseAsync(options: "TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
        Run(work, server, app.Database, $"""
            COMMENT ON DATABASE {app.Database} IS 'fa\xeface'; ALTER DATABASE {app.Database} SET app.titre = 'caf\xe9';
            CREATE TABLE public."caf\xe9" (a text); INSERT INTO public."caf\xe9" VALUES ('\xe9');
            """, "LATIN1");
        var before = Dump(server, app.Database);
        var set = await work.BackUpAsync(app);
        Assert.Equal("public.\"café\"", Assert.Single(set.Tables).Name);
        await work.RestoreAsync(set, app, RestoreStrategy.Swap);
        Assert.Equal(before, Dump(server, app.Database));
        await EqualsAsync(work, set, app);
    }

    [PostgresFact]
    public async Task In_a_pattern_a_question_mark_stands_for_a_byte_that_is_no_text()
    {
        using var work = new Workspace();
        var app = await PostgresServer.Shared.CreateDatabaseAsync(options: WithoutEncoding);
        Run(work, PostgresServer.Shared, app.Database, """
            CREATE SCHEMA "sch\xe9ma"; CREATE TABLE "sch\xe9ma"."caf\xe9" (a int); INSERT INTO "sch\xe9ma"."caf\xe9" VALUES (1);
            CREATE TABLE "sch\xe9ma"."th\xe9" (a int); INSERT INTO "sch\xe9ma"."th\xe9" VALUES (2); CREATE TABLE public.other (a int);
            """);
        var set = await work.BackUpAsync(app, options: new() { Schemas = ["sch?ma"], ExcludeTableData = ["sch?ma.th?"] });
        Assert.Equal(("\"sch\uF7E9ma\".\"caf\uF7E9\"", 1L), set.Tables.Select(table => (table.Name, table.Rows!.Value)).Single());
        await work.PassesAsync(set, VerificationLevel.Restore);
    }

    [PostgresFact]
    public async Task Roles_whose_names_are_no_text_own_what_they_owned()
    {
        using var work = new Workspace();
        await using var server = await PostgresServer.StartAsync();
        await using var bare = await PostgresServer.StartAsync();
        var app = await server.CreateDatabaseAsync("app", WithoutEncoding);
        Run(work, server, "app", """
            CREATE ROLE "r\xf4le" SUPERUSER; COMMENT ON ROLE "r\xf4le" IS 'fa\xeface'; CREATE ROLE "\xe9t\xe9" IN ROLE "r\xf4le";
            ALTER ROLE "r\xf4le" SET search_path = "\xe9";
            ALTER DATABASE app OWNER TO "r\xf4le";
            REVOKE ALL ON DATABASE app FROM PUBLIC; GRANT CONNECT ON DATABASE app TO "\xe9t\xe9";
            ALTER ROLE "\xe9t\xe9" IN DATABASE app SET app.titre = 'caf\xe9';
            CREATE TABLE public.t (i int); INSERT INTO public.t VALUES (1), (2);
            ALTER TABLE public.t OWNER TO "r\xf4le"; GRANT SELECT ON public.t TO "\xe9t\xe9";
            CREATE POLICY "r\xe8gle" ON public.t TO "\xe9t\xe9" USING (i > 1); ALTER TABLE public.t ENABLE ROW LEVEL SECURITY;
            """);
        var before = Dump(server, "app");
        var set = await work.BackUpAsync(app);
        await work.PassesAsync(set, VerificationLevel.Restore);
        await work.PassesAsync(set, VerificationLevel.Restore, server.Address("postgres"));

        Run(work, server, "app", "DROP TABLE public.t; ALTER DATABASE app OWNER TO postgres;");
        Assert.Equal(RestoreStatus.Committed, (await work.RestoreAsync(set, app, RestoreStrategy.Swap)).Status);
        Assert.Equal(before, Dump(server, "app"));

        // On another host, too, the roles come from the set's own script.
        var elsewhere = bare.Address("app");
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => work.RestoreAsync(set, elsewhere, allowDifferentSource: true));
        Assert.Contains("r\uF7F4le", e.Message, StringComparison.Ordinal);
        Assert.Contains("from within a database of encoding SQL_ASCII (psql -X -d ... -f", $"{e.Message} {e.Hint}", StringComparison.Ordinal);
        await bare.CreateDatabaseAsync("door", WithoutEncoding);
        bare.Tool("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", Path.Combine(set.BackupFile, RoleScript.FileName)], "door");
        Assert.Equal(RestoreStatus.Committed, (await work.RestoreAsync(set, elsewhere, allowDifferentSource: true)).Status);
        Assert.Equal(before, Dump(bare, "app"));
        Assert.Equal("72f46c65:6661ef616365,e974e9:",
            bare.Psql("door", "SET client_encoding = 'SQL_ASCII'; SELECT string_agg(encode(textsend(rolname::text), 'hex') || ':' || " +
                "coalesce(encode(textsend(shobj_description(oid, 'pg_authid')), 'hex'), ''), ',' ORDER BY rolsuper DESC) FROM pg_roles " +
                "WHERE rolname !~ '^p(g_|ostgres)'"));
    }

    [PostgresFact]
    public async Task A_set_of_an_earlier_version_that_read_other_characters_for_such_bytes_is_still_proven()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var app = await server.CreateDatabaseAsync(options: WithoutEncoding);
        Run(work, server, app.Database, """
            CREATE TABLE t (prix text DEFAULT '\xe9'); COMMENT ON TABLE t IS 'caf\xff';
            CREATE FUNCTION "f\xe9"() RETURNS text LANGUAGE sql AS $$ SELECT '\xe8'::text $$;
            CREATE FUNCTION "f\xe8"() RETURNS text LANGUAGE sql AS $$ SELECT '\xe9'::text $$;
            """);
        var set = await work.BackUpAsync(app);
        var script = server.Tool("pg_restore", ["--schema-only", "-f", "-", set.BackupFile], app.Database);
        Assert.Contains("caf\uFFFD", script, StringComparison.Ordinal);
        var keys = work.Settings().Keys;
        var manifest = ManifestReader.Read(set.ManifestFile, keys).Manifest;
        manifest = manifest with { Contents = manifest.Contents with { Schema = SchemaScript.Parse(new StringReader(script), new()) } };
        await File.WriteAllBytesAsync(set.ManifestFile,
            SignedText.Sign(manifest.ToJson(), BackupManifest.DomainOf(set.BackupFile), keys.All[0]));

        await work.PassesAsync(set, VerificationLevel.Contents);
        await work.PassesAsync(set, VerificationLevel.Restore);
        await EqualsAsync(work, set, app);
        Run(work, server, app.Database, "COMMENT ON TABLE t IS 'cafe\\xff'");
        var comparison = await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, app);
        Assert.Equal("public.TABLE t", Assert.Single(comparison.Schema).Name);
    }

    private static async Task EqualsAsync(Workspace work, BackupSet set, PostgresAddress live)
    {
        var comparison = await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, live);
        Assert.True(comparison.Status == TableDifference.Equal, comparison.Summary);
    }

    // Runs SQL in which \x and two digits stand for a byte.
    private static void Run(Workspace work, PostgresServer server, string database, string sql, string encoding = "SQL_ASCII")
    {
        var script = work["bytes.sql"];
        StockTools.Shell("printf %b \"$1\" > \"$2\"", $"SET client_encoding = '{encoding}';\n{sql}", script);
        StockTools.Latin(Program("psql", server), ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script, Connection(server, database)]);
    }

    // Copies that a restore keeps beside the live schemas do not belong to the database.
    private static string Dump(PostgresServer server, string database) => string.Join('\n', StockTools
        .Latin(Program("pg_dump", server), ["--encoding=SQL_ASCII", "--create", "--exclude-schema=postry_prev_*",
            "--exclude-schema=postry_undone_*", Connection(server, database)]).Split('\n')
        .Where(line => !line.StartsWith("\\restrict", StringComparison.Ordinal)
            && !line.StartsWith("\\unrestrict", StringComparison.Ordinal)));

    private static string Program(string name, PostgresServer server) =>
        PgTools.Find(name, server.Major, "the tests' server", PgChoice.Closest).Path;

    // A server of version 18 tells the search_path in its greeting.
    private static string Connection(PostgresServer server, string database) =>
        $"--dbname={server.Url(database)}?client_encoding=SQL_ASCII";
}
