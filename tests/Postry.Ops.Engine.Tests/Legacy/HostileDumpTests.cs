using System.Text;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Legacy;

/// <summary>Dumps that would reach beyond the database that they are restored into, or that are not whole, are refused before any of them
/// is run; signed though they are.</summary>
public sealed class HostileDumpTests : IDisposable
{
    private const string Head = """
        --
        -- PostgreSQL database dump
        --

        -- Dumped from database version 15.18
        -- Dumped by pg_dump version 15.18

        SET statement_timeout = 0;
        SET client_encoding = 'UTF8';
        SET standard_conforming_strings = on;
        SELECT pg_catalog.set_config('search_path', '', false);

        --
        -- Name: posts; Type: TABLE; Schema: public; Owner: app
        --

        CREATE TABLE public.posts (
            id integer
        );


        """;

    private const string Rows = """
        --
        -- Data for Name: posts; Type: TABLE DATA; Schema: public; Owner: app
        --

        COPY public.posts (id) FROM stdin;
        1
        \.


        """;

    private const string End = """
        --
        -- PostgreSQL database dump complete
        --


        """;

    private readonly Workspace _work = new();

    public void Dispose() => _work.Dispose();

    public static TheoryData<string> Hostile() =>
    [
        // psql's own commands.
        @"\! id", @"\connect other", @"\c other", @"\i /etc/passwd", @"\copy t from 'x'", @"\o /tmp/x", @"\set AUTOCOMMIT off", @"\gexec",
            @"SELECT pg_catalog.setval('x', 1, true) \g /tmp/x", @"SELECT pg_catalog.setval('x', 1, true)\; DROP ROLE x;",
        @" \restrict abc", @"\restrict", @"\restrict a b", @"\unrestrict ../x", "CREATE TABLE public.x (\n\\! id\n);", @"\\", ":{?x}",
        "SELECT pg_catalog.setval(:'DBNAME', 1, true);", "COMMENT ON TABLE public.posts IS :PROMPT1;",
        // Other databases, the whole server.
        "CREATE DATABASE x;", "create/* */database x;", "DROP DATABASE x;", "DROP DATABASE IF EXISTS x;", "ALTER DATABASE x RENAME TO y;",
            "ALTER SYSTEM SET archive_command = 'x';", "CREATE ROLE x SUPERUSER;", "CREATE USER x;", "ALTER ROLE x SUPERUSER;",
        "ALTER USER x PASSWORD 'y';", "DROP ROLE x;", "DROP ROLE IF EXISTS x;", "CREATE GROUP x;", "CREATE TABLESPACE x LOCATION '/x';",
        "DROP TABLESPACE IF EXISTS x;", "GRANT pg_execute_server_program TO app;", "REVOKE a FROM b;", "GRANT ALL ON DATABASE x TO y;",
        "GRANT SET ON PARAMETER x TO y;", "GRANT CREATE ON TABLESPACE x TO y;", "COMMENT ON ROLE x IS 'y';",
        // Files and programs of the server.
        "COPY public.posts FROM '/etc/passwd';", "COPY public.posts TO '/tmp/x';", "COPY public.posts FROM PROGRAM 'id';",
            "COPY public.posts TO PROGRAM 'id';", "COPY public.posts TO stdout;", "COPY (SELECT 1) TO stdout;",
            "COPY public.posts FROM stdin WITH (FORMAT csv);\n\\.\n",
        "COPY public.posts FROM stdin; DROP ROLE x;\n\\.\n", "LOAD 'x';",
        // Transactions and sessions.
        "COMMIT;", "ROLLBACK;", "END;", "ABORT;", "START TRANSACTION;", "BEGIN; BEGIN;", "BEGIN ISOLATION LEVEL SERIALIZABLE;",
            "PREPARE TRANSACTION 'x';", "SAVEPOINT x;", "BEGIN;", "SET ROLE x;", "SET SESSION AUTHORIZATION DEFAULT;",
            "SET SESSION AUTHORIZATION x;",
        "SET SESSION AUTHORIZATION x;\nCREATE TABLE y ();\nRESET SESSION AUTHORIZATION;", "SET default_transaction_read_only = on;",
        "SET session_replication_role = replica;", "SET LOCAL x = y;", "RESET ALL;", "DISCARD ALL;",
        "SELECT pg_catalog.set_config('role', 'x', false);", "SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false);",
        "SET client_encoding = 'SJIS';", "SET client_encoding = 'gb18030';",
        // Each of these statements runs code.
        "DO $$ BEGIN END $$;", "CALL x();", "EXECUTE x;", "SELECT 1;", "SELECT pg_read_file('x');", "SELECT pg_catalog.pg_read_file('x');",
            "SELECT pg_catalog.setval('x', (SELECT 1), true);", "SELECT pg_catalog.setval('x', 1, true), 1;",
            "SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata;",
            "SELECT pg_catalog.lo_unlink(oid) FROM evil.pg_largeobject_metadata WHERE oid = '1';",
            "SELECT pg_catalog.setval('x', 1, true) INTO y;",
        "WITH x AS (SELECT 1) INSERT INTO y VALUES (1);", "INSERT INTO x SELECT 1;", "DELETE FROM x;", "UPDATE x SET y = 1;", "TRUNCATE x;",
        "DROP TABLE public.posts;", "DROP SCHEMA public CASCADE;", "LISTEN x;", "VACUUM;", "EXPLAIN ANALYZE DELETE FROM x;",
        "CREATE TEMPORARY TABLE x ();",
        // Hidden in what looks like something else.
        "COMMENT ON TABLE public.posts IS 'x'; DROP ROLE x;", "COMMENT ON TABLE public.posts IS 'it''s'; DROP ROLE x; --'",
            @"COMMENT ON TABLE public.posts IS '\'; DROP ROLE x; --'", @"COMMENT ON TABLE public.posts IS E'\\'; DROP ROLE x; --'",
        "COMMENT ON TABLE public.posts IS E'x'\n'\\'; DROP ROLE x; --';", "COMMENT ON TABLE public.posts IS U&'\\'; DROP ROLE x; --';",
        "/* /* */ DROP ROLE x; */ DROP ROLE x;", "-- x\rDROP ROLE x;",
        "COMMENT ON TABLE public.\"a\"\"b\" IS $a$ $b$ $a$; DROP ROLE x; --$a$",
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS $$ $$; DROP ROLE x; --$$", "CREATE FUNCTION begin(); DROP ROLE x; end;",
        "CREATE FUNCTION public.f() RETURNS int BEGIN ATOMIC SELECT 1 AS case; END; DROP ROLE x; END;",
        "CREATE FUNCTION public.f() RETURNS int BEGIN ATOMIC DROP ROLE x; END;",
        "CREATE OR REPLACE PROCEDURE public.f() BEGIN ATOMIC SELECT 1; COMMIT; END;", "CREATE VIEW public.v AS SELECT 1$$ $$;",
        "CREATE VIEW public.v AS SELECT 1e'\\'; DROP ROLE x; --';", "CREATE VIEW public.v AS SELECT $1$a$;", "x",
        "COMMENT ON TABLE public.posts IS 'x\0y';", "''", "DROP ROLE x",
        // Settings by which the rest is read, in words that only the server understands.
        "SET standard_conforming_strings = 1;\nCOMMENT ON TABLE public.posts IS '\\'; DROP ROLE x; --';",
            "SET standard_conforming_strings = 'ON';", "SET standard_conforming_strings = default;",
            "SET standard_conforming_strings = $$off$$;", "SET standard_conforming_strings = on, off;",
        "SET client_encoding = 'G_B_K';", "SET client_encoding = 'b i g 5';", "SET client_encoding = E'\\x47BK';",
        "SET client_encoding = U&'\\0047BK';", "SET client_encoding = 'SHIFT_JIS';", "SET client_encoding = Shift_JIS_2004;",
        "SET standard_conforming_strings = off;\nALTER TABLE IF EXISTS public.none ADD c bit DEFAULT b'\\'; DROP ROLE x; --';",
        "SET standard_conforming_strings = off;\nALTER TABLE IF EXISTS public.none ADD c bit DEFAULT X'1'\n'\\'; DROP ROLE x; --';",
        "SELECT pg_catalog.set_config($$role$$, CASE WHEN 'search_path' = '' THEN '' ELSE 'x' END, false);",
        "SELECT pg_catalog.set_config('search_path' || '', '', false);", "SELECT pg_catalog.set_config('search_path', 'other', false);",
        // Queries in the place of rows.
        "INSERT INTO x SELECT 1 AS values;", "INSERT INTO x VALUES (pg_read_file('x'));", "INSERT INTO x VALUES ((SELECT 1));",
            "INSERT INTO x VALUES (1) UNION SELECT 1;", "INSERT INTO x VALUES (1) RETURNING y;",
            "INSERT INTO x VALUES (1) ON CONFLICT (y) DO UPDATE SET y = 1;", "CREATE TABLE x AS SELECT 1;",
            "CREATE TABLE x (y) AS VALUES (1);",
        // The server's own tables, some of which belong to all of its databases.
        "COPY pg_catalog.pg_authid (rolname) FROM stdin;\nx\n\\.\n", "COPY pg_authid (rolname) FROM stdin;\nx\n\\.\n",
            "COPY \"pg_catalog\".pg_authid FROM stdin;\n\\.\n", "COPY U&\"pg\\005fauthid\" FROM stdin;\n\\.\n",
            "COPY d.pg_catalog.pg_authid FROM stdin;\n\\.\n", "INSERT INTO pg_catalog.pg_db_role_setting VALUES (0, 0, '{}');",
            "INSERT INTO d.pg_catalog.pg_authid VALUES (1);",
        "ALTER FUNCTION pg_catalog.lower(text) SECURITY DEFINER;", "ALTER ROUTINE pg_catalog.lower(text) OWNER TO x;",
        "CREATE FUNCTION pg_catalog.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;", "COMMENT ON FUNCTION pg_catalog.lower(text) IS 'x';",
        "ALTER VIEW public.v SET SCHEMA pg_catalog;", "SELECT pg_catalog.setval('pg_catalog.s', 1, true);",
        "ALTER VIEW information_schema.tables OWNER TO x;", "ALTER SCHEMA pg_catalog RENAME TO x;",
        // Each of these statements is nothing that pg_dump writes, or acts on more than it names.
        "ALTER EXTENSION plpgsql UPDATE;", "ALTER EXTENSION plpgsql ADD TABLE public.posts;",
            "ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE other;",
            "ALTER MATERIALIZED VIEW ALL IN TABLESPACE pg_default OWNED BY x SET TABLESPACE y NOWAIT;",
            "CREATE SCHEMA s GRANT ALL ON other.t TO PUBLIC;", "CREATE SCHEMA s AUTHORIZATION x CREATE TABLE t (a int);",
        "CREATE MATERIALIZED VIEW public.m AS SELECT pg_read_file('x');", "CREATE MATERIALIZED VIEW public.m AS SELECT 1 WITH DATA;",
        "SELECT * FROM pg_catalog.pg_restore_relation_stats('version', pg_read_file('x'));", "SELECT * FROM pg_catalog.pg_authid;",
        "SELECT * FROM pg_catalog.pg_ls_dir('/');", "SELECT * FROM other.pg_restore_relation_stats('x');",
        "SELECT * FROM pg_catalog.pg_restore_relation_stats('x'), x;",
        "SELECT * FROM pg_catalog.pg_restore_relation_stats('x') WHERE evil;",
    ];

    [StockTheory]
    [MemberData(nameof(Hostile))]
    public async Task It_is_refused(string hostile)
    {
        foreach (var text in new[] { $"{Head}{hostile}\n{Rows}{End}", $"{Head}{Rows}{hostile}\n{End}" })
        {
            var checks = await TestAsync(text);
            var bad = Assert.Single(checks, check => check.Status == CheckStatus.Failed);
            Assert.Contains(bad.Name, new[] { "Restorable", "Whole dump" });
            if (bad.Name == "Restorable") Assert.Matches(@"\.sql holds statements that a restore does not run\. Line \d+: ", bad.Actual);
        }
    }

    public static TheoryData<string> Harmless() =>
    [
        "", "\\restrict abcDEF123\n\\unrestrict abcDEF123", "COMMENT ON TABLE public.posts IS '\\! id';",
        "COMMENT ON TABLE public.posts IS 'x\n\\connect other\n';", @"COMMENT ON TABLE public.posts IS E'it\'s \\';",
        "COMMENT ON TABLE public.\"DROP DATABASE\" IS NULL;",
        "CREATE FUNCTION public.f() RETURNS void LANGUAGE plpgsql AS $_$\n\\! id\nCOPY x FROM stdin;\nDROP DATABASE x;\n$1 $$ \\.\n$_$;",
        "CREATE FUNCTION public.f(integer) RETURNS integer LANGUAGE sql\n    BEGIN ATOMIC\n SELECT CASE WHEN ($1 > 0) THEN 1 ELSE 2 " +
        "END;\n SELECT 2;\nEND;",
        "CREATE RULE r AS ON DELETE TO public.posts DO ALSO ( DELETE FROM a; UPDATE b SET c = 1;);",
        "/* a /* nested */ ; DROP DATABASE x; */", "-- \\! id",
        "CREATE VIEW public.v AS SELECT (ARRAY[1, 2])[1:2] AS a, 'x'::\"char\" AS b;",
        "BEGIN;\nSELECT pg_catalog.lo_create('16394');\nSELECT pg_catalog.lo_open('16394', 131072);\nSELECT pg_catalog.lowrite(0, " +
        "'\\x00');\nSELECT pg_catalog.lo_close(0);\nCOMMIT;",
        "SET SESSION AUTHORIZATION alice;\nGRANT SELECT ON TABLE public.posts TO bob;\nRESET SESSION AUTHORIZATION;",
        "DROP TABLE IF EXISTS public.posts;", "ALTER TABLE IF EXISTS ONLY public.posts DROP CONSTRAINT IF EXISTS k;",
        "CREATE USER MAPPING FOR app SERVER s OPTIONS (password 'x\\');", "INSERT INTO public.posts VALUES (1), (2);",
        "INSERT INTO public.\"values\" (id, value) OVERRIDING SYSTEM VALUE VALUES (1, DEFAULT), (NULL, B'101') ON CONFLICT DO " +
        "NOTHING;\nINSERT INTO value DEFAULT VALUES;",
        "SET standard_conforming_strings = off;\nINSERT INTO public.posts VALUES (B'1', X'ff');",
        "SET standard_conforming_strings = 'off'; SET standard_conforming_strings = 'on'; SET client_encoding = 'SQL_ASCII'; SET " +
            "client_encoding = LATIN1;",
        "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false, slot_name = 's');", "COMMENT ON DATABASE x IS 'y';",
        "SET transaction_timeout = 0;",
        "CREATE MATERIALIZED VIEW public.m AS\n SELECT 1 AS one\n  WITH NO DATA;\nREFRESH MATERIALIZED VIEW public.m;",
        "--\n-- Statistics for Name: posts; Type: STATISTICS DATA; Schema: public; Owner: -\n--\n\nSELECT * FROM " +
        "pg_catalog.pg_restore_relation_stats(\n\t'version', '180006'::integer,\n\t'schemaname', 'public',\n\t'relname', " +
        "'posts',\n\t'reltuples', '-1'::real\n);\nSELECT * FROM pg_catalog.pg_restore_attribute_stats(\n\t'version', " +
        "'180006'::integer,\n\t'most_common_freqs', '{0.5,0.2}'::real[]\n);",
        "CREATE SCHEMA s;\nALTER SCHEMA s OWNER TO x;\nGRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO x;\nCREATE EXTENSION " +
        "IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;",
        "SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid = '900003';",
        "ALTER DEFAULT PRIVILEGES FOR ROLE a IN SCHEMA b GRANT SELECT ON TABLES TO c;",
        "COPY public.posts (id) FROM stdin;\n\\\\.\n\\! id\nDROP DATABASE x;\n'\n$$\n/*\n \\.\n\\.",
        "SET standard_conforming_strings = off;\nCOMMENT ON TABLE public.posts IS 'it\\'s; DROP ROLE x;';\nSET " +
        "standard_conforming_strings = on;",
    ];

    [StockTheory]
    [MemberData(nameof(Harmless))]
    public async Task What_pg_dump_writes_is_not(string text)
    {
        foreach (var whole in new[] { $"{Head}{text}\n{Rows}{End}", $"{Head}{Rows}{text}\n{End}".ReplaceLineEndings("\r\n"),
            $"\uFEFF{Head}{text}\n{Rows}{End}" })
        {
            var checks = await TestAsync(whole);
            Assert.DoesNotContain(checks, check => check.Status == CheckStatus.Failed);
            Assert.Contains(checks, check => check is { Name: "Whole dump", Status: CheckStatus.Passed });
        }
    }

    [StockFact]
    public async Task A_dump_that_ends_anywhere_before_its_last_line_is_not_whole()
    {
        var text = $"{Head}CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;\n{Rows}{End}";
        var last = text.IndexOf("dump complete", StringComparison.Ordinal) + "dump complete".Length;
        for (var length = 0; length < last; length += length < Head.Length ? 37 : 1)
            Assert.Contains(await TestAsync(text[..length]), check => check.Status == CheckStatus.Failed);
        Assert.DoesNotContain(await TestAsync(text[..last]), check => check.Status == CheckStatus.Failed);
    }

    [StockTheory]
    [InlineData("COPY public.posts (id) FROM stdin;\n-- PostgreSQL database dump complete\n")]
    [InlineData("COMMENT ON TABLE public.posts IS '\n-- PostgreSQL database dump complete\n")]
    [InlineData("/*\n-- PostgreSQL database dump complete\n")]
    [InlineData("-- PostgreSQL database dump complete\nCREATE TABLE public.late ();\n")]
    [InlineData("-- PostgreSQL database dump complete too\n")]
    [InlineData("CREATE TABLE public.x (a int\n-- PostgreSQL database dump complete\n")]
    public async Task The_last_line_counts_only_where_it_is_one(string end) =>
        Assert.Contains(await TestAsync(Head + Rows + end), check => check is { Name: "Whole dump", Status: CheckStatus.Failed });

    [StockFact]
    public async Task A_file_of_another_kind_is_no_dump()
    {
        Assert.Contains(await TestAsync(""), check => check is { Name: "Whole dump", Status: CheckStatus.Failed });
        Assert.Contains(await TestAsync("CREATE TABLE x ();\n" + End), check =>
            check is { Name: "Whole dump", Status: CheckStatus.Failed });
        var utf16 = LegacyFiles.Sql(_work, "");
        File.WriteAllText(utf16, Head + Rows + End, Encoding.Unicode);
        LegacyFiles.Describe(utf16, "postgres");
        var set = LegacyFiles.Only(_work);
        Assert.Contains((await _work.TestAsync(set.Id, VerificationLevel.Contents)).Checks, check => check.Status == CheckStatus.Failed
            && check.Actual!.Contains("UTF-16"));
    }

    private async Task<IReadOnlyList<Check>> TestAsync(string text)
    {
        LegacyFiles.Sql(_work, text);
        var report = await _work.TestAsync(LegacyFiles.Only(_work).Id, VerificationLevel.Contents);
        Assert.Equal(BackupStatus.Complete, LegacyFiles.Only(_work).Status);
        Assert.NotEqual(CheckStatus.Passed, report.Status);
        return report.Checks;
    }
}
