using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.Postgres;
using Postry.Ops.Engine.Postgres.Scripts;
using Postry.Ops.Engine.Restoring;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Postgres.Zoo;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Engine.Tests.Legacy;

/// <summary>Plain dumps that the old scripts kept: tested as far as they can be, and restored with the same transaction and undo as any
/// other backup.</summary>
public sealed class LegacyPostgresTests : IDisposable
{
    private const string Old = """
        CREATE TABLE posts (id serial PRIMARY KEY, body text NOT NULL); INSERT INTO posts (body) SELECT 'old ' || i FROM generate_series(1, 50) i;
        CREATE TABLE empty (a int); CREATE VIEW bodies AS SELECT body FROM posts; COMMENT ON TABLE posts IS E'two\nlines \\! id';
        CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN /*
        \! id
        COPY x FROM stdin;
        */ RETURN 1; END $$;
        """;

    private const string New =
        "CREATE TABLE posts (id serial PRIMARY KEY, body text NOT NULL, more int); INSERT INTO posts (body) SELECT 'new ' || i FROM " +
        "generate_series(1, 70) i; CREATE TABLE newer (a int);";

    private readonly Workspace _work = new();

    private static PostgresServer Server => PostgresServer.Shared;

    public void Dispose() => _work.Dispose();

    [PostgresFact]
    public async Task Everything_that_pg_dump_writes_comes_back_and_is_undone()
    {
        var zoo = await ZooDatabase.MakeAsync(Server);
        var was = Inventory.All(Server, zoo.Database);
        var set = Place(zoo.Database);
        Server.Psql(zoo.Database,
            "DELETE FROM zoo.parted WHERE id % 2 = 0 AND id > 20; DROP TABLE other.plain; CREATE TABLE zoo.new_one (a int); CREATE " +
            "SCHEMA newer; SELECT lo_unlink(900002);");
        var damaged = Inventory.All(Server, zoo.Database);

        var plan = await _work.PlanAsync(set, zoo, allowDifferentSource: true, options: new() { AllowReplicationBreak = true });
        Assert.Equal(RestoreStrategy.Swap, plan.Strategy);
        Assert.Contains("other.plain comes back with 500 rows",
            string.Join(';', plan.Comparison!.Tables.Where(t => t.Difference == Comparing.TableDifference.OnlyInBackup)
            .Select(t => $"{t.Name} comes back with {t.BackupRows} rows")));
        var record = await _work.Engine.RestoreAsync(plan);
        Assert.True((record.Status, record.Strategy) == (RestoreStatus.Committed, "Swap"), record.Detail);
        // The subscription is left out, as it is of every backup.
        Assert.Equal(was.Replace("follows", "", StringComparison.Ordinal).Split('\n')
            .Where(line => !line.Contains("SUBSCRIPTION", StringComparison.OrdinalIgnoreCase) && line.Length > 0),
            Inventory.All(Server, zoo.Database).Replace("follows", "", StringComparison.Ordinal).Split('\n')
                .Where(line => !line.Contains("SUBSCRIPTION", StringComparison.OrdinalIgnoreCase) && line.Length > 0));
        // Nothing of a dump that was just restored is called different.
        var comparison = await _work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, zoo);
        Assert.True(comparison.Status == Postry.Ops.Engine.Comparing.TableDifference.Inconclusive, comparison.Summary);
        Assert.Contains(record.Checks, check => check is { Name: "Fingerprints", Status: CheckStatus.Inconclusive });
        Assert.DoesNotContain(record.Checks, check => check.Status == CheckStatus.Failed);

        Assert.Equal(RestoreStatus.Undone, (await _work.UndoAsync(record, zoo)).Status);
        Assert.Equal(damaged, Inventory.All(Server, zoo.Database));
    }

    [PostgresTheory]
    [InlineData("COPY other.kept (a) FROM stdin;\n666\n\\.\n")]
    [InlineData("INSERT INTO other.kept VALUES (666);")]
    [InlineData("SET search_path = other, pg_catalog;\nINSERT INTO kept VALUES (666);")]
    [InlineData("ALTER TABLE ONLY other.kept DROP COLUMN b;")]
    [InlineData("ALTER TABLE public.posts SET SCHEMA other;")]
    [InlineData("ALTER DEFAULT PRIVILEGES IN SCHEMA other GRANT SELECT ON TABLES TO PUBLIC;")]
    [InlineData("COMMENT ON COLUMN other.kept.a IS 'x';")]
    [InlineData("GRANT SELECT ON TABLE public.posts, other.kept TO PUBLIC;")]
    [InlineData("CREATE UNIQUE INDEX i ON ONLY other.kept USING btree (a);")]
    [InlineData("CREATE RULE r AS ON INSERT TO other.kept DO INSTEAD NOTHING;")]
    [InlineData("CREATE POLICY p ON other.kept;")]
    [InlineData("ALTER TABLE ONLY public.posts ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES other.kept(a);")]
    [InlineData("ALTER TABLE public.posts ALTER id SET DEFAULT 1, ADD c int REFERENCES other.kept, ADD d int;")]
    [InlineData("CREATE TABLE public.late (a int REFERENCES other.kept);")]
    [InlineData("CREATE TABLE public.late () INHERITS (public.posts, other.kept);")]
    [InlineData("CREATE TABLE public.late PARTITION OF other.parted FOR VALUES IN (1);")]
    [InlineData("ALTER TABLE ONLY public.posts INHERIT other.kept;")]
    [InlineData("ALTER TABLE ONLY other.parted ATTACH PARTITION public.posts FOR VALUES IN (1);")]
    [InlineData("ALTER TABLE ONLY public.posts ATTACH PARTITION other.kept DEFAULT;")]
    [InlineData("CREATE STATISTICS public.s (dependencies) ON a, b FROM other.kept;")]
    [InlineData("CREATE TABLE other.late (a int);")]
    [InlineData("CREATE FUNCTION other.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;")]
    [InlineData("ALTER SCHEMA other RENAME TO gone;")]
    [InlineData("GRANT USAGE ON SCHEMA public, other TO PUBLIC;")]
    [InlineData("GRANT SELECT ON ALL TABLES IN SCHEMA other TO PUBLIC;")]
    [InlineData("COMMENT ON SCHEMA other IS 'x';")]
    [InlineData("CREATE PUBLICATION p FOR TABLE public.posts;")]
    [InlineData("CREATE CAST (public.posts AS text) WITH INOUT;")]
    [InlineData("SELECT pg_catalog.setval('other.s' , 5, true);")]
    [InlineData("SELECT pg_catalog.setval(E'other\\056s', 5, true);")]
    [InlineData("SELECT pg_catalog.setval('\"other\".s', 5, true);")]
    public async Task What_a_dump_does_to_other_schemas_is_refused_where_these_stay(string statement)
    {
        var (owner, password) = await Server.CreateRoleAsync();
        var database = await Server.CreateDatabaseAsync(options: $"OWNER {owner}");
        Server.Psql(database.Database, $"""
            SET ROLE {owner}; CREATE TABLE posts (id int); CREATE SCHEMA other; CREATE TABLE other.kept (a int PRIMARY KEY, b int); CREATE SEQUENCE other.s; CREATE TABLE other.parted (id int) PARTITION BY LIST (id);
            """);
        var dump = Server.Tool("pg_dump", ["-n", "public"], database.Database);
        var end = dump.IndexOf("--\n-- PostgreSQL database dump complete", StringComparison.Ordinal);
        LegacyFiles.Sql(_work, dump.Insert(end, statement + "\n\n"));
        var (set, was) = (LegacyFiles.Only(_work), Inventory.All(Server, database.Database));

        // The plan foresees it, and goes another way where nobody asks for this one.
        var refused = await Assert.ThrowsAnyAsync<OpsException>(() =>
            _work.PlanAsync(set, database, RestoreStrategy.Schema, allowDifferentSource: true));
        Assert.Contains("-Strategy Swap would work", refused.Hint);
        var plan = await _work.PlanAsync(set, Server.Address(database.Database, owner, password), allowDifferentSource: true);
        Assert.True(plan.Strategy == RestoreStrategy.InPlace, plan.StrategyReason);

        // So does what feeds it, where the plan was made of another dump.
        var feed = new DumpFeed(new ScriptPurpose(InTransaction: true, Schemas: new HashSet<string> { "public" }));
        Assert.Contains("would stay changed", Assert.Throws<ScriptRefusal>(() => feed.Append(File.ReadAllBytes(set.BackupFile))).What);
        Assert.Equal(was, Inventory.All(Server, database.Database));
    }

    [PostgresFact]
    public async Task What_a_dump_does_to_its_own_schemas_is_let_through_where_others_stay()
    {
        var database = await Server.CreateDatabaseAsync();
        Server.Psql(database.Database, """
            CREATE SCHEMA other; CREATE TABLE other.kept (a int);
            CREATE TABLE posts (id int PRIMARY KEY, schema text DEFAULT 'x', partition text DEFAULT 'y') PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF posts FOR VALUES FROM (0) TO (10); INSERT INTO posts VALUES (1);
            CREATE TABLE rule (policy int); CREATE INDEX ON rule (policy); CREATE POLICY index ON rule; CREATE RULE trigger AS ON DELETE TO rule DO INSTEAD NOTHING; COMMENT ON COLUMN posts.schema IS 'x'; GRANT SELECT ON posts, rule TO PUBLIC;
            ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC; GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO PUBLIC;
            CREATE FUNCTION other.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$; CREATE TYPE other.mood AS ENUM ('a'); CREATE TABLE "inherits" ("references" other.mood, "partition" int CHECK ("partition" > other.f()), s serial) WITH (toast.autovacuum_enabled = off);
            CREATE TABLE child () INHERITS ("inherits") WITH (toast.autovacuum_enabled = off); ALTER TABLE child ALTER "references" SET DEFAULT 'a'::other.mood; COMMENT ON COLUMN "inherits".s IS 'x'; ALTER TABLE child ADD FOREIGN KEY ("partition") REFERENCES posts;
            CREATE VIEW v AS SELECT * FROM other.kept; CREATE STATISTICS st ON s, "partition" FROM "inherits"; CREATE AGGREGATE total(other.mood) (SFUNC = array_append, STYPE = other.mood[]); GRANT ALL ON FUNCTION total(other.mood) TO PUBLIC; CREATE DOMAIN d AS int; ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > other.f()); COMMENT ON CONSTRAINT c ON DOMAIN d IS 'x';
            """);
        var dump = Server.Tool("pg_dump", ["-n", "public"], database.Database);
        // As dumps before version 10.3 name what they are about.
        foreach (var text in new[] { dump, dump.Replace("SELECT pg_catalog.set_config('search_path', '', false);",
            "SET search_path = public, pg_catalog;", StringComparison.Ordinal).Replace("public.", "", StringComparison.Ordinal) })
        {
            LegacyFiles.Sql(_work, text);
            var record = await _work.RestoreAsync(LegacyFiles.Only(_work), database, RestoreStrategy.Schema, allowDifferentSource: true);
            Assert.True(record.Status == RestoreStatus.Committed, record.Detail);
            Assert.Equal("1", Server.Psql(database.Database, "SELECT count(*) FROM posts"));
        }
    }

    public static TheoryData<string> Options() =>
    [
        "", "--inserts", "--column-inserts", "--rows-per-insert=7", "--clean --if-exists", "--no-owner", "--no-privileges",
        "--no-owner --no-privileges --no-comments", "--disable-dollar-quoting", "--quote-all-identifiers", "--encoding=LATIN1",
        "--on-conflict-do-nothing --inserts",
        "--disable-triggers --no-tablespaces --no-publications --no-subscriptions --no-security-labels", "--verbose",
        "--exclude-table-data=posts", "--no-unlogged-table-data --load-via-partition-root",
    ];

    [PostgresTheory]
    [MemberData(nameof(Options))]
    public async Task A_dump_of_any_options_comes_back(string options)
    {
        var source = await Server.CreateDatabaseAsync();
        Server.Psql(source.Database, Old);
        var set = Place(source.Database, options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var target = await Server.CreateDatabaseAsync();
        Server.Psql(target.Database, New);
        var record = await _work.RestoreAsync(set, target, allowDifferentSource: true);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal(options.Contains("exclude-table-data") ? "0|0" : "50|1275",
            Server.Psql(target.Database, "SELECT count(*), coalesce(sum(id), 0) FROM posts WHERE body LIKE 'old %'"));
        Assert.Equal("bodies|empty|posts", Server.Psql(target.Database,
            "SELECT string_agg(relname, '|' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN " +
            "('r', 'v')"));
        Assert.Equal("1", Server.Psql(target.Database,
            "SELECT count(*) FROM pg_proc WHERE proname = 'f' AND strpos(prosrc, E'\\n\\\\! id\\nCOPY x FROM stdin;\\n') > 0"));
        // Rows that are not COPY's are not counted, and pg_dump's other words for a definition are not its own.
        Assert.DoesNotContain(record.Checks, check => check.Status == CheckStatus.Failed);
        if (options.Length == 0)
            Assert.Equal(["Fingerprints"], record.Checks.Where(check => check.Status != CheckStatus.Passed).Select(check => check.Name));
    }

    [PostgresTheory]
    [InlineData("WIN1252", "CP1252", "größe", "Straße;'\\ €")]
    [InlineData("LATIN9", "ISO-8859-15", "größe", "Straße;'\\ €")]
    [InlineData("WIN1251", "CP1251", "размер", "Улица;'\\")]
    [InlineData("KOI8R", "KOI8-R", "размер", "Улица;'\\")]
    [InlineData("EUC_JP", "EUC-JP", "表", "ソ能申;'\\")]
    public async Task A_dump_in_an_encoding_of_a_country_comes_back_by_every_way(string encoding, string iconv, string name, string text)
    {
        var source = await Server.CreateDatabaseAsync();
        var quoted = text.Replace("'", "''", StringComparison.Ordinal);
        Server.Psql(source.Database, $"""
            CREATE TABLE "{name}" (id serial, "{name}" text DEFAULT '{quoted}'); INSERT INTO "{name}" SELECT i FROM generate_series(1, 9) i; COMMENT ON TABLE "{name}" IS '{quoted}';
            CREATE FUNCTION "{name}"() RETURNS text LANGUAGE sql AS $f$ SELECT '{quoted}'::text $f$; CREATE SEQUENCE "{name}_"; SELECT setval('"{name}_"', 7);
            """);
        // Not by pg_dump -E, which fails where a role of other tests has a name that the encoding does not know.
        var dump = LegacyFiles.Sql(_work, Server.Tool("pg_dump", [], source.Database)
            .Replace("SET client_encoding = 'UTF8';", $"SET client_encoding = '{encoding}';", StringComparison.Ordinal));
        var converted = Commands.Run("iconv", ["-f", "UTF-8", "-t", iconv, "-o", $"{dump}.new", dump]);
        Assert.True(converted.ExitCode == 0, converted.Error);
        File.Move($"{dump}.new", dump, overwrite: true);
        LegacyFiles.Describe(dump, "postgres");
        foreach (var strategy in new[] { RestoreStrategy.Swap, RestoreStrategy.Schema, RestoreStrategy.InPlace })
        {
            var target = await Server.CreateDatabaseAsync();
            Server.Psql(target.Database, New);
            var record = await _work.RestoreAsync(LegacyFiles.Only(_work), target, strategy, allowDifferentSource: true);
            // Definitions are compared where they can be, beside the live database.
            Assert.Equal(strategy == RestoreStrategy.Swap ? ["Fingerprints"] : ["Schema", "Fingerprints"],
                record.Checks.Where(check => check.Status != CheckStatus.Passed).Select(check => check.Name));
            Assert.Equal(Inventory.All(Server, source.Database), Inventory.All(Server, target.Database));
        }
    }

    [PostgresTheory]
    [InlineData(VerificationLevel.Signature)]
    [InlineData(VerificationLevel.Artefact)]
    [InlineData(VerificationLevel.Contents)]
    [InlineData(VerificationLevel.Restore)]
    public async Task A_test_passes_all_but_what_nothing_can_be_compared_with(VerificationLevel level)
    {
        var source = await Server.CreateDatabaseAsync();
        Server.Psql(source.Database, Old);
        var set = Place(source.Database);
        var report = await _work.TestAsync(set.Id, level);
        Assert.Equal(level < VerificationLevel.Contents ? CheckStatus.Passed : CheckStatus.Inconclusive, report.Status);
        Assert.Equal(level < VerificationLevel.Contents ? [] : ["Fingerprints"],
            report.Checks.Where(check => check.Status != CheckStatus.Passed).Select(check => check.Name));
        if (level != VerificationLevel.Restore) return;
        Assert.Contains(report.Checks, check => check.Name == "Restored: Table public.posts" && check.Actual == "50 rows");
        Assert.Equal(2, _work.AllFiles().Count);
    }

    [PostgresTheory]
    [InlineData(RestoreStrategy.Schema)]
    [InlineData(RestoreStrategy.InPlace)]
    public async Task An_owner_who_may_not_make_databases_restores_in_one_transaction_and_undoes_it(RestoreStrategy strategy)
    {
        var (owner, address, set) = await OwnedAsync();
        var before = Contents(address.Database);
        var record = await _work.RestoreAsync(set, address, strategy, allowDifferentSource: true);
        Assert.Equal((RestoreStatus.Committed, $"{strategy}"), (record.Status, record.Strategy));
        Assert.Equal("50|1275", Server.Psql(address.Database, "SELECT count(*), sum(id) FROM posts WHERE body LIKE 'old %'"));
        Assert.Equal(owner, Server.Psql(address.Database,
            "SELECT tableowner FROM pg_tables WHERE tablename = 'posts' AND schemaname = 'public'"));
        Assert.Equal("51", Server.Psql(address.Database, "SELECT nextval('posts_id_seq')"));
        Assert.Contains(record.Checks, check => check.Name == "Table public.posts"
            && check is { Status: CheckStatus.Passed, Actual: "50 rows" });

        Assert.Equal(RestoreStatus.Undone, (await _work.UndoAsync(record, address)).Status);
        Assert.Equal(before, Contents(address.Database));
    }

    [PostgresFact]
    public async Task What_is_in_no_schema_comes_back_in_place()
    {
        var source = await Server.CreateDatabaseAsync();
        Server.Psql(source.Database, $"""
            {Old} CREATE EXTENSION hstore; COMMENT ON EXTENSION hstore IS 'ours'; SELECT lo_from_bytea(700001, 'old object'); CREATE PUBLICATION p FOR TABLE posts; CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM posts;
            CREATE TABLE log (tag text); CREATE FUNCTION logs() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (tg_tag); END $$; CREATE EVENT TRIGGER logs ON ddl_command_end EXECUTE FUNCTION logs();
            """);
        var set = Place(source.Database);
        var target = await Server.CreateDatabaseAsync();
        Server.Psql(target.Database, $"{New} SELECT lo_from_bytea(700001, 'new object'); SELECT lo_from_bytea(700002, 'another');");
        var before = Contents(target.Database);
        await OnServer.RefusedAsync<RestoreRefusedException>(() =>
            _work.PlanAsync(set, target, RestoreStrategy.Schema, allowDifferentSource: true), "publication p", "1 large objects",
            "event triggers");

        var record = await _work.RestoreAsync(set, target, RestoreStrategy.InPlace, allowDifferentSource: true);
        Assert.Equal((RestoreStatus.Committed, "InPlace"), (record.Status, record.Strategy));
        const string found =
            "SELECT (SELECT string_agg(convert_from(lo_get(oid), 'UTF8'), ',') FROM pg_largeobject_metadata), (SELECT " +
            "string_agg(pubname, ',') FROM pg_publication), (SELECT string_agg(evtname, ',') FROM pg_event_trigger), (SELECT " +
            "string_agg(extname, ',') FROM pg_extension WHERE extname <> 'plpgsql')";
        Assert.Equal("old object|p|logs|hstore", Server.Psql(target.Database, found));
        Assert.Equal("50|0", Server.Psql(target.Database, "SELECT (SELECT n FROM m), (SELECT count(*) FROM log)"));
        await _work.UndoAsync(record, target);
        Assert.Equal(before, Contents(target.Database));
        Assert.Equal("new object,another|||", Server.Psql(target.Database, found));
    }

    [PostgresFact]
    public async Task Extensions_in_a_schema_that_the_dump_makes_leave_only_the_swap()
    {
        var zoo = await ZooDatabase.MakeSchemasAsync(Server);
        var set = Place(zoo.Database);
        foreach (var strategy in new[] { RestoreStrategy.Schema, RestoreStrategy.InPlace })
        {
            var refused = await Assert.ThrowsAnyAsync<OpsException>(() => _work.PlanAsync(set, zoo, strategy, allowDifferentSource: true));
            Assert.Contains("that the dump makes anew", refused.Message);
            Assert.Contains("-Strategy Swap", refused.Hint);
        }
    }

    [PostgresFact]
    public async Task The_way_in_is_chosen_as_for_any_other_backup()
    {
        var (_, address, set) = await OwnedAsync();
        Assert.Equal(RestoreStrategy.Schema, (await _work.PlanAsync(set, address, allowDifferentSource: true)).Strategy);
        await OnServer.RefusedAsync<DifferentSourceException>(() => _work.PlanAsync(set, address), "did not write down of which database",
            "-AllowDifferentSource");
    }

    [PostgresFact]
    public async Task A_role_that_is_missing_is_told_before_anything_happens_and_can_be_left_out()
    {
        var source = await Server.CreateDatabaseAsync();
        var (gone, _) = await Server.CreateRoleAsync();
        var (reader, _) = await Server.CreateRoleAsync();
        Server.Psql(source.Database, $"{Old} ALTER TABLE posts OWNER TO {gone}; GRANT SELECT ON posts TO {reader};");
        var set = Place(source.Database);
        Server.Psql("postgres", $"DROP DATABASE {source.Database}; DROP ROLE {gone}, {reader}");
        var target = await Server.CreateDatabaseAsync();
        await OnServer.RefusedAsync<InvalidRequestException>(() => _work.PlanAsync(set, target, allowDifferentSource: true), gone, reader,
            "-NoOwner");
        await _work.RestoreAsync(set, target, allowDifferentSource: true, options: new() { NoOwner = true });
        Assert.Equal("postgres|50", Server.Psql(target.Database,
            "SELECT (SELECT tableowner FROM pg_tables WHERE tablename = 'posts'), count(*) FROM posts"));
    }

    [PostgresFact]
    public async Task What_it_cannot_do_is_refused_and_the_live_database_stays()
    {
        var target = await Server.CreateDatabaseAsync();
        Server.Psql(target.Database, New);
        var (before, databases) = (Contents(target.Database), Databases(target));
        foreach (var (options, says) in new[] { (new[] { "--create" }, "CREATE DATABASE"), (["--clean"], "without --if-exists"),
            (["--data-only"], "rows without the tables") })
        {
            var source = await Server.CreateDatabaseAsync();
            Server.Psql(source.Database, Old);
            var set = Place(source.Database, options);
            Server.Psql("postgres", $"DROP DATABASE {source.Database}");
            await OnServer.RefusedAsync<RestoreRefusedException>(() => _work.PlanAsync(set, target, allowDifferentSource: true), says,
                "Backup-PostryDatabase");
        }

        Assert.Equal(before, Contents(target.Database));
        Assert.Equal(databases, Databases(target));
    }

    [PostgresTheory]
    [InlineData(RestoreStrategy.Swap)]
    [InlineData(RestoreStrategy.InPlace)]
    public async Task Functions_that_need_the_search_path_of_the_database_find_what_they_use(RestoreStrategy strategy)
    {
        var target = await Server.CreateDatabaseAsync();
        Server.Psql("postgres", $"ALTER DATABASE {PostgresServer.Quote(target.Database)} SET search_path = app, public");
        Server.Psql(target.Database, """
            CREATE SCHEMA app; SET search_path = app;
            CREATE FUNCTION rate() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 7';
            CREATE FUNCTION slow(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN n * rate(); END$$;
            CREATE TABLE orders (id int PRIMARY KEY, total int GENERATED ALWAYS AS (slow(id)) STORED);
            INSERT INTO orders SELECT i FROM generate_series(1, 20) i;
            """);
        var set = Place(target.Database);
        Server.Psql(target.Database, "DELETE FROM app.orders WHERE id > 3");
        var record = await _work.RestoreAsync(set, target, strategy, allowDifferentSource: true);
        Assert.Equal((strategy.ToString(), RestoreStatus.Committed), (record.Strategy, record.Status));
        Assert.Equal("20|1470", Server.Psql(target.Database, "SELECT count(*), sum(total) FROM app.orders"));
        Assert.Contains("pg_catalog, app, public", Assert.Single(record.Checks, check => check.Name == "Search path").Detail,
            StringComparison.Ordinal);
    }

    [PostgresTheory]
    [InlineData(RestoreStrategy.Swap)]
    [InlineData(RestoreStrategy.Schema)]
    [InlineData(RestoreStrategy.InPlace)]
    public async Task A_dump_that_fails_in_its_middle_changes_nothing(RestoreStrategy strategy)
    {
        var target = await Server.CreateDatabaseAsync();
        Server.Psql(target.Database, New);
        var source = await Server.CreateDatabaseAsync();
        Server.Psql(source.Database, Old);
        var text = Server.Tool("pg_dump", [], source.Database).Replace("\n17\told 17\n", "\n17\n", StringComparison.Ordinal);
        LegacyFiles.Sql(_work, text);
        var (set, before, databases) = (LegacyFiles.Only(_work), Contents(target.Database), Databases(target));
        await Assert.ThrowsAsync<ToolFailedException>(() => _work.RestoreAsync(set, target, strategy, allowDifferentSource: true));
        Assert.Equal(before, Contents(target.Database));
        Assert.Equal(databases, Databases(target));
        Assert.Equal(RestoreStatus.Failed, Assert.Single(_work.Engine.ListRestores()).Status);
    }

    [PostgresFact]
    public async Task Rows_that_a_trigger_swallows_are_missed()
    {
        var source = await Server.CreateDatabaseAsync();
        Server.Psql(source.Database, "CREATE TABLE posts (id int); INSERT INTO posts VALUES (1), (2), (3);");
        var text = Server.Tool("pg_dump", [], source.Database).Replace("COPY public.posts", """
            CREATE FUNCTION public.swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 2 THEN RETURN NULL; END IF; RETURN NEW; END $$;
            CREATE TRIGGER swallow BEFORE INSERT ON public.posts FOR EACH ROW EXECUTE FUNCTION public.swallow();
            COPY public.posts
            """.Replace("COPY public.posts\r\n", "COPY public.posts", StringComparison.Ordinal), StringComparison.Ordinal);
        LegacyFiles.Sql(_work, text);
        var target = await Server.CreateDatabaseAsync();
        var e = await Assert.ThrowsAsync<BackupCorruptException>(() =>
            _work.RestoreAsync(LegacyFiles.Only(_work), target, allowDifferentSource: true));
        Assert.Contains("public.posts", e.Message);
    }

    [PostgresFact]
    public async Task What_a_function_of_the_dump_changes_about_quotes_smuggles_nothing_past()
    {
        var source = await Server.CreateDatabaseAsync();
        Server.Psql(source.Database, "CREATE TABLE posts (id int); INSERT INTO posts VALUES (1);");
        var evil = $"evil_{Guid.NewGuid():N}"[..20];
        var text = Server.Tool("pg_dump", [], source.Database)
            .Replace("COPY public.posts",
                "CREATE FUNCTION public.off() RETURNS int LANGUAGE sql AS $$ SELECT length(set_config('standard_conforming_strings', " +
                "'off', false)) $$;\nCREATE TABLE public.switch (a int, b int DEFAULT public.off());\nINSERT INTO public.switch (a) " +
                "VALUES (1);\nCOMMENT ON TABLE public.posts IS '\\';\nCOMMENT ON TABLE public.posts IS '; CREATE ROLE " + evil
                + "; --';\nCOPY public.posts", StringComparison.Ordinal);
        LegacyFiles.Sql(_work, text);
        var target = await Server.CreateDatabaseAsync();
        await _work.RestoreAsync(LegacyFiles.Only(_work), target, allowDifferentSource: true);
        Assert.Equal("0", Server.Psql("postgres", $"SELECT count(*) FROM pg_roles WHERE rolname = '{evil}'"));
        Assert.Equal($"; CREATE ROLE {evil}; --", Server.Psql(target.Database, "SELECT obj_description('public.posts'::regclass)"));
    }

    [PostgresFact]
    public async Task A_file_that_changes_between_plan_and_restore_changes_nothing()
    {
        var target = await Server.CreateDatabaseAsync();
        Server.Psql(target.Database, New);
        var source = await Server.CreateDatabaseAsync();
        Server.Psql(source.Database, Old);
        var (set, before, databases) = (Place(source.Database), Contents(target.Database), Databases(target));
        var plan = await _work.PlanAsync(set, target, allowDifferentSource: true);
        File.WriteAllText(set.BackupFile, File.ReadAllText(set.BackupFile).Replace("old 17", "odd 17", StringComparison.Ordinal));
        await Assert.ThrowsAsync<BackupCorruptException>(() => _work.Engine.RestoreAsync(plan));
        Assert.Equal(before, Contents(target.Database));
        Assert.Equal(databases, Databases(target));
    }

    [PostgresFact]
    public async Task It_makes_a_database_that_is_not_there_and_undo_takes_it_away()
    {
        var source = await Server.CreateDatabaseAsync();
        Server.Psql(source.Database, Old);
        var set = Place(source.Database);
        var target = Server.Address($"made_{Guid.NewGuid():N}"[..20]);
        var record = await _work.RestoreAsync(set, target, allowDifferentSource: true);
        Assert.Equal("50", Server.Psql(target.Database, "SELECT count(*) FROM posts"));
        await _work.UndoAsync(record, target);
        Assert.Equal("0", Server.Psql("postgres", $"SELECT count(*) FROM pg_database WHERE datname = '{target.Database}'"));
    }

    [PostgresFact]
    public async Task The_live_databases_own_properties_stay()
    {
        var target = await Server.CreateDatabaseAsync();
        var (owner, _) = await Server.CreateRoleAsync();
        Server.Psql("postgres",
            $"ALTER DATABASE {target.Database} SET app.jwt_secret = 'geheim'; ALTER DATABASE {target.Database} SET work_mem = '7MB'; " +
            $"ALTER DATABASE {target.Database} OWNER TO {owner}; ALTER DATABASE {target.Database} CONNECTION LIMIT 33; REVOKE ALL ON " +
            $"DATABASE {target.Database} FROM PUBLIC; COMMENT ON DATABASE {target.Database} IS 'ours'");
        var properties = Properties(target.Database);
        var source = await Server.CreateDatabaseAsync();
        Server.Psql(source.Database, Old);
        var record = await _work.RestoreAsync(Place(source.Database), target, allowDifferentSource: true,
            options: new() { FreezeWrites = true });
        Assert.Equal(properties, Properties(target.Database));
        Assert.DoesNotContain("geheim", string.Concat(_work.AllFiles().Where(file => file.EndsWith(".json", StringComparison.Ordinal))
            .Select(file => File.ReadAllText(_work[file]))));
        await _work.UndoAsync(record, target);
        Assert.Equal(properties, Properties(target.Database));
    }

    public static TheoryData<RestoreStrategy, string> Moments()
    {
        var data = new TheoryData<RestoreStrategy, string>();
        foreach (var step in Enum.GetNames<JournalStep>()) data.Add(RestoreStrategy.Swap, step);
        data.Add(RestoreStrategy.Swap, "progress:Restoring into the new database");
        foreach (var step in new[] { "Started", "Staged", "Swapping", "Swapped", "progress:Restoring" })
            data.Add(RestoreStrategy.Schema, step);
        foreach (var step in new[] { "Staged", "Swapping", "Swapped", "progress:Restoring" }) data.Add(RestoreStrategy.InPlace, step);
        return data;
    }

    [PostgresTheory]
    [MemberData(nameof(Moments))]
    public async Task Killed_it_leaves_the_old_or_the_new_one_whole(RestoreStrategy strategy, string moment)
    {
        var target = await Server.CreateDatabaseAsync();
        Server.Psql(target.Database, New);
        var source = await Server.CreateDatabaseAsync();
        Server.Psql(source.Database, Old);
        var (set, before, restored, databases) = (Place(source.Database), Contents(target.Database), Contents(source.Database),
            Databases(target));
        using (var host = HostProcess.RunToEnd("restore", _work.BackupRoot, Server.Url(target.Database), $"id={set.Id}",
            $"strategy={strategy}", $"kill={moment}"))
        {
            if (host.WaitForEnd() != KillMoments.ExitCodeOfKill)
            {
                // Not every strategy has every step.
                Assert.Contains(moment, new[] { nameof(JournalStep.Locked), nameof(JournalStep.PreviousCopyTaken) });
                return;
            }
        }

        Assert.Equal(moment == nameof(JournalStep.Swapped) ? restored : before, Contents(target.Database));
        // Undo settles it, whichever side it was on.
        await _work.UndoAsync(Assert.Single(_work.Engine.ListRestores()), target);
        Assert.Equal(before, Contents(target.Database));
        var again = await _work.RestoreAsync(set, target, strategy, allowDifferentSource: true);
        Assert.Equal(restored, Contents(target.Database));
        await _work.UndoAsync(again, target);
        Assert.Equal(before, Contents(target.Database));
        Assert.Equal([], Databases(target).Except(databases).Where(name => name.StartsWith("postry_stage", StringComparison.Ordinal)));
        Assert.Equal([], _work.AllFiles().Where(file => file.Contains("journal") || file.Contains(".partial")));
    }

    [PostgresFact]
    public async Task Statistics_in_a_dump_of_pg_dump_18_are_no_definitions_and_are_left_out_of_servers_that_do_not_know_them()
    {
        var source = await Server.CreateDatabaseAsync();
        Server.Psql(source.Database, Old);
        var dump = Server.Tool("pg_dump", [], source.Database);
        var end = dump.IndexOf("--\n-- PostgreSQL database dump complete", StringComparison.Ordinal);
        LegacyFiles
            .Sql(_work,
            dump.Insert(end,
            "--\n-- Statistics for Name: posts; Type: STATISTICS DATA; Schema: public; Owner: -\n--\n\nSELECT * FROM " +
            "pg_catalog.pg_restore_relation_stats(\n\t'version', '180006'::integer,\n\t'schemaname', 'public',\n\t'relname', " +
            "'posts',\n\t'relpages', '1'::integer,\n\t'reltuples', '50'::real,\n\t'relallvisible', '0'::integer,\n\t'relallfrozen', " +
            "'0'::integer\n);\n\n\n"));
        var target = await Server.CreateDatabaseAsync();
        var record = await _work.RestoreAsync(LegacyFiles.Only(_work), target, allowDifferentSource: true);
        Assert.Equal(["Fingerprints"], record.Checks.Where(check => check.Status != CheckStatus.Passed).Select(check => check.Name));
    }

    private BackupSet Place(string database, params string[] options)
    {
        LegacyFiles.Sql(_work, Server.Tool("pg_dump", options, database));
        // Written as it came: in the encoding that it says it is in.
        if (options.Contains("--encoding=LATIN1")) LegacyFiles.Describe(LegacyFiles.Only(_work).BackupFile, "postgres");
        return LegacyFiles.Only(_work);
    }

    private async Task<(string Owner, PostgresAddress Address, BackupSet Set)> OwnedAsync()
    {
        var (owner, password) = await Server.CreateRoleAsync();
        var source = await Server.CreateDatabaseAsync(options: $"OWNER {owner}");
        var target = await Server.CreateDatabaseAsync(options: $"OWNER {owner}");
        Server.Psql(source.Database, $"SET ROLE {owner}; {Old}");
        Server.Psql(target.Database, $"SET ROLE {owner}; {New}");
        return (owner, Server.Address(target.Database, owner, password), Place(source.Database));
    }

    private static string Contents(string database) => Server.Psql(database, """
        SELECT string_agg(relname || ' ' || (xpath('/row/c/text()', query_to_xml(format('SELECT string_agg(t::text, '','' ORDER BY t::text) AS c FROM %I.%I t', nspname, relname), false, true, '')))[1]::text, E'\n' ORDER BY relname)
        FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname !~ '^(pg_|information_schema|postry_)'
        """);

    private static string Properties(string database) => Server.Psql("postgres", $"""
        SELECT pg_get_userbyid(datdba), datconnlimit, datacl, shobj_description(oid, 'pg_database'), encoding, datcollate, (SELECT array_agg(setconfig ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid)
        FROM pg_database d WHERE datname = '{database}'
        """);

    // Other tests use the same server.
    private static IReadOnlyList<string> Databases(PostgresAddress target) =>
        Server.Psql("postgres", $"SELECT datname FROM pg_database WHERE datname LIKE 'postry_%{target.Database}' ORDER BY 1").Split('\n');
}
