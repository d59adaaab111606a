using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Postgres.Zoo;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;
using static Postry.Ops.Engine.Tests.Legacy.LegacyServer;

namespace Postry.Ops.Engine.Tests.Legacy;

/// <summary>Plain dumps that the old scripts kept: tested as far as they can be, and restored with the same transaction and undo as any
/// other backup.</summary>
public sealed class LegacyPostgresTests : IDisposable
{
    private readonly Workspace _work = new();

    private static PostgresServer Server => PostgresServer.Shared;

    public void Dispose() => _work.Dispose();

    [PostgresFact]
    public async Task Everything_that_pg_dump_writes_comes_back_and_is_undone()
    {
        var zoo = await ZooDatabase.MakeAsync(Server);
        var was = Inventory.All(Server, zoo.Database);
        var set = PutSet(_work, zoo.Database);
        Server.Psql(zoo.Database,
            "DELETE FROM zoo.parted WHERE id % 2 = 0 AND id > 20; DROP TABLE other.plain; CREATE TABLE zoo.new_one (a int); CREATE " +
            "SCHEMA newer; SELECT lo_unlink(900002);");
        var damaged = Inventory.All(Server, zoo.Database);

        var plan = await _work.PlanAsync(set, zoo, allowDifferentSource: true, options: new() { AllowReplicationBreak = true });
        Assert.Equal(RestoreStrategy.Swap, plan.Strategy);
        Assert.Contains("other.plain comes back with 500 rows",
            string.Join(';', plan.Comparison!.Tables.Where(t => t.Difference == TableDifference.OnlyInBackup)
            .Select(t => $"{t.Name} comes back with {t.BackupRows} rows")));
        var record = await _work.Engine.RestoreAsync(plan);
        Assert.True((record.Status, record.Strategy) == (RestoreStatus.Committed, RestoreStrategy.Swap), record.Detail);
        // The subscription is left out, as it is of every backup.
        Assert.Equal(was.Replace("follows", "", StringComparison.Ordinal).Split('\n')
            .Where(line => !line.Contains("SUBSCRIPTION", StringComparison.OrdinalIgnoreCase) && line.Length > 0),
            Inventory.All(Server, zoo.Database).Replace("follows", "", StringComparison.Ordinal).Split('\n')
                .Where(line => !line.Contains("SUBSCRIPTION", StringComparison.OrdinalIgnoreCase) && line.Length > 0));
        // The comparison finds no difference between a dump and the database that it was just restored into.
        var comparison = await _work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, zoo);
        Assert.True(comparison.Status == Postry.Ops.Engine.Model.TableDifference.Inconclusive, comparison.Summary);
        Assert.Contains(record.Checks, check => check is { Name: "Fingerprints", Status: CheckStatus.Inconclusive });
        Assert.DoesNotContain(record.Checks, check => check.Status == CheckStatus.Failed);

        Assert.Equal(RestoreStatus.Undone, (await _work.UndoAsync(record, zoo)).Status);
        Assert.Equal(damaged, Inventory.All(Server, zoo.Database));
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
        var set = PutSet(_work, source.Database);
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
        Assert.Equal((RestoreStatus.Committed, strategy), (record.Status, record.Strategy));
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
        var set = PutSet(_work, source.Database);
        var target = await Server.CreateDatabaseAsync();
        Server.Psql(target.Database, $"{New} SELECT lo_from_bytea(700001, 'new object'); SELECT lo_from_bytea(700002, 'another');");
        var before = Contents(target.Database);
        await ServerCommands.RefusedAsync<RestoreRefusedException>(() =>
            _work.PlanAsync(set, target, RestoreStrategy.Schema, allowDifferentSource: true), "publication p", "1 large objects",
            "event triggers");

        var record = await _work.RestoreAsync(set, target, RestoreStrategy.InPlace, allowDifferentSource: true);
        Assert.Equal((RestoreStatus.Committed, RestoreStrategy.InPlace), (record.Status, record.Strategy));
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
        var set = PutSet(_work, zoo.Database);
        foreach (var strategy in new[] { RestoreStrategy.Schema, RestoreStrategy.InPlace })
        {
            var refused = await Assert.ThrowsAnyAsync<OpsException>(() => _work.PlanAsync(set, zoo, strategy, allowDifferentSource: true));
            Assert.Contains("that the dump creates again", refused.Message);
            Assert.Contains($"{OptionName.Strategy} Swap", refused.Hint);
        }
    }

    [PostgresFact]
    public async Task The_way_in_is_chosen_as_for_any_other_backup()
    {
        var (_, address, set) = await OwnedAsync();
        Assert.Equal(RestoreStrategy.Schema, (await _work.PlanAsync(set, address, allowDifferentSource: true)).Strategy);
        await ServerCommands.RefusedAsync<DifferentSourceException>(() => _work.PlanAsync(set, address),
            "did not record the database that the backup comes from", $"{OptionName.AllowDifferentSource}");
    }

    [PostgresFact]
    public async Task A_role_that_is_missing_is_told_before_anything_happens_and_can_be_left_out()
    {
        var source = await Server.CreateDatabaseAsync();
        var (gone, _) = await Server.CreateRoleAsync();
        var (reader, _) = await Server.CreateRoleAsync();
        Server.Psql(source.Database, $"{Old} ALTER TABLE posts OWNER TO {gone}; GRANT SELECT ON posts TO {reader};");
        var set = PutSet(_work, source.Database);
        Server.Psql("postgres", $"DROP DATABASE {source.Database}; DROP ROLE {gone}, {reader}");
        var target = await Server.CreateDatabaseAsync();
        await ServerCommands.RefusedAsync<InvalidRequestException>(() => _work.PlanAsync(set, target, allowDifferentSource: true), gone,
            reader, $"{OptionName.NoOwner}");
        await _work.RestoreAsync(set, target, allowDifferentSource: true, options: new() { NoOwner = true });
        Assert.Equal("postgres|50", Server.Psql(target.Database,
            "SELECT (SELECT tableowner FROM pg_tables WHERE tablename = 'posts'), count(*) FROM posts"));
    }

    [PostgresFact]
    public async Task What_it_cannot_do_is_refused_and_the_live_database_stays()
    {
        var target = await Server.CreateDatabaseAsync();
        Server.Psql(target.Database, New);
        var (before, databases) = (Contents(target.Database), KeptDatabases(target));
        foreach (var (options, says) in new[] { (new[] { "--create" }, "CREATE DATABASE"), (["--clean"], "without --if-exists"),
            (["--data-only"], "rows without the tables") })
        {
            var source = await Server.CreateDatabaseAsync();
            Server.Psql(source.Database, Old);
            var set = PutSet(_work, source.Database, options);
            Server.Psql("postgres", $"DROP DATABASE {source.Database}");
            await ServerCommands.RefusedAsync<RestoreRefusedException>(() => _work.PlanAsync(set, target, allowDifferentSource: true), says,
                $"{CommandName.BackUpDatabase}");
        }

        Assert.Equal(before, Contents(target.Database));
        Assert.Equal(databases, KeptDatabases(target));
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
        var set = PutSet(_work, target.Database);
        Server.Psql(target.Database, "DELETE FROM app.orders WHERE id > 3");
        var record = await _work.RestoreAsync(set, target, strategy, allowDifferentSource: true);
        Assert.Equal((strategy, RestoreStatus.Committed), (record.Strategy, record.Status));
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
        var (set, before, databases) = (LegacyFiles.Only(_work), Contents(target.Database), KeptDatabases(target));
        await Assert.ThrowsAsync<ToolFailedException>(() => _work.RestoreAsync(set, target, strategy, allowDifferentSource: true));
        Assert.Equal(before, Contents(target.Database));
        Assert.Equal(databases, KeptDatabases(target));
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
        var (set, before, databases) = (PutSet(_work, source.Database), Contents(target.Database), KeptDatabases(target));
        var plan = await _work.PlanAsync(set, target, allowDifferentSource: true);
        File.WriteAllText(set.BackupFile, File.ReadAllText(set.BackupFile).Replace("old 17", "odd 17", StringComparison.Ordinal));
        await Assert.ThrowsAsync<BackupCorruptException>(() => _work.Engine.RestoreAsync(plan));
        Assert.Equal(before, Contents(target.Database));
        Assert.Equal(databases, KeptDatabases(target));
    }

    [PostgresFact]
    public async Task It_makes_a_database_that_is_not_there_and_undo_takes_it_away()
    {
        var source = await Server.CreateDatabaseAsync();
        Server.Psql(source.Database, Old);
        var set = PutSet(_work, source.Database);
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
        var record = await _work.RestoreAsync(PutSet(_work, source.Database), target, allowDifferentSource: true,
            options: new() { FreezeWrites = true });
        Assert.Equal(properties, Properties(target.Database));
        Assert.DoesNotContain("geheim", string.Concat(_work.AllFiles().Where(file => file.EndsWith(".json", StringComparison.Ordinal))
            .Select(file => File.ReadAllText(_work[file]))));
        await _work.UndoAsync(record, target);
        Assert.Equal(properties, Properties(target.Database));
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

    private async Task<(string Owner, PostgresAddress Address, BackupSet Set)> OwnedAsync()
    {
        var (owner, password) = await Server.CreateRoleAsync();
        var source = await Server.CreateDatabaseAsync(options: $"OWNER {owner}");
        var target = await Server.CreateDatabaseAsync(options: $"OWNER {owner}");
        Server.Psql(source.Database, $"SET ROLE {owner}; {Old}");
        Server.Psql(target.Database, $"SET ROLE {owner}; {New}");
        return (owner, Server.Address(target.Database, owner, password), PutSet(_work, source.Database));
    }

    private static string Properties(string database) => Server.Psql("postgres", $"""
        SELECT pg_get_userbyid(datdba), datconnlimit, datacl, shobj_description(oid, 'pg_database'), encoding, datcollate, (SELECT array_agg(setconfig ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid)
        FROM pg_database d WHERE datname = '{database}'
        """);
}
