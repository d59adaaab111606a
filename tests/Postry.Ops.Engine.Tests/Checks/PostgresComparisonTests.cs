using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Engines.Postgres;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Checks;

/// <summary>
/// Every change that stock psql makes to a live database besides its rows is named, one by one, and nothing is called equal that was not
/// compared.
/// </summary>
public sealed class PostgresComparisonTests : IDisposable
{
    private const string Secret = "geheimnis-4711";

    private const string Schemas = """
        CREATE TABLE posts (id serial PRIMARY KEY, body text); INSERT INTO posts (body) SELECT 'post ' || i FROM generate_series(1, 30) i;
        CREATE SEQUENCE fresh; CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM posts; CREATE MATERIALIZED VIEW empty AS SELECT 1 WITH NO DATA;
        """;

    private const string Anew = "a materialized view, whose rows a restore computes again by its query";

    private const string ButTotals = $" in what was compared; not compared: public.totals (1 row): {Anew}";

    private const string Beside = """
        CREATE EXTENSION hstore VERSION '1.4'; SELECT lo_from_bytea(900, 'large'), lo_from_bytea(901, 'other'); GRANT SELECT ON LARGE OBJECT 901 TO PUBLIC;
        """;

    private readonly Workspace _work = new();

    private static PostgresServer Server => PostgresServer.Shared;

    public void Dispose() => _work.Dispose();

    [PostgresFact]
    public async Task Every_single_difference_beside_the_rows_is_named()
    {
        var (database, role) = await MakeAsync(Schemas + Beside);
        var (db, r) = (database.Database, role.Name);
        var set = await _work.BackUpAsync(database);
        Assert.DoesNotContain(Secret, File.ReadAllText(set.ManifestFile), StringComparison.Ordinal);
        // The documentation says how others come to the same hash.
        var query = Docs.Block("fingerprint.md", "bash", "pg_largeobject_metadata").Split('\n')
            .SkipWhile(line => !line.StartsWith("SELECT", StringComparison.Ordinal)).TakeWhile(line => line != "SQL");
        Assert.Equal(ManifestReader.Read(set.ManifestFile, _work.Settings().Keys).Manifest.Postgres!.LargeObjectMetadata,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Server.Psql(db, string.Join('\n', query)) + "\n"))));
        (string Change, string Back, string Says)[] changes =
        [
            ("SELECT lo_put(900, 0, 'LARGE')", "SELECT lo_put(900, 0, 'large')",
                "1 property of the large objects differs (contents: live 2 objects, 10 bytes, backup 2 objects, 10 bytes)"),
            ("SELECT lo_create(902)", "SELECT lo_unlink(902)",
                "1 property of the large objects differs (contents: live 3 objects, 10 bytes, backup 2 objects, 10 bytes)"),
            ($"ALTER LARGE OBJECT 900 OWNER TO {r}", "ALTER LARGE OBJECT 900 OWNER TO postgres", "(owners, privileges and comments)"),
            ($"GRANT UPDATE ON LARGE OBJECT 900 TO {r}", $"REVOKE ALL ON LARGE OBJECT 900 FROM {r}", "(owners, privileges and comments)"),
            ("COMMENT ON LARGE OBJECT 900 IS 'x'", "COMMENT ON LARGE OBJECT 900 IS NULL", "(owners, privileges and comments)"),
            ("SELECT nextval('posts_id_seq')", "SELECT setval('posts_id_seq', 30)",
                "1 sequence value differs (public.posts_id_seq: live 31, backup 30)"),
            ("SELECT nextval('fresh')", "SELECT setval('fresh', 1, false)",
                "1 sequence value differs (public.fresh: live 1, backup 1 (not used yet))"),
            ("REFRESH MATERIALIZED VIEW totals WITH NO DATA", "REFRESH MATERIALIZED VIEW totals",
                "1 materialised view differs (public.totals: live not populated, backup populated)"),
            ("REFRESH MATERIALIZED VIEW empty", "REFRESH MATERIALIZED VIEW empty WITH NO DATA",
                "public.empty: live populated, backup not populated"),
            ($"ALTER DATABASE {db} SET work_mem = '9MB'", $"ALTER DATABASE {db} SET work_mem = '5MB'",
                "1 database property differs (setting work_mem: live 9MB, backup 5MB)"),
            ($"ALTER DATABASE {db} RESET work_mem", $"ALTER DATABASE {db} SET work_mem = '5MB'",
                "(setting work_mem: 5MB, only in the backup)"),
            ($"ALTER DATABASE {db} SET jit = off", $"ALTER DATABASE {db} RESET jit", "(setting jit: off, only live)"),
            ($"ALTER DATABASE {db} SET app.jwt_secret = 'another'", $"ALTER DATABASE {db} SET app.jwt_secret = '{Secret}'",
                "1 database property differs (setting app.jwt_secret)"),
            ($"ALTER ROLE {r} IN DATABASE {db} SET work_mem = '1MB'", $"ALTER ROLE {r} IN DATABASE {db} SET work_mem = '7MB'",
                $"(setting work_mem of the role {r} in it: live 1MB, backup 7MB)"),
            ($"REVOKE CONNECT ON DATABASE {db} FROM PUBLIC", $"GRANT CONNECT ON DATABASE {db} TO PUBLIC",
                "(privileges of PUBLIC: live TEMPORARY, backup CONNECT, TEMPORARY)"),
            ($"GRANT CREATE ON DATABASE {db} TO {r}", $"REVOKE CREATE ON DATABASE {db} FROM {r}",
                $"(privileges of {r}: CREATE, only live)"),
            ($"COMMENT ON DATABASE {db} IS 'theirs'", $"COMMENT ON DATABASE {db} IS 'ours'", "(comment: live theirs, backup ours)"),
            ($"ALTER DATABASE {db} CONNECTION LIMIT 5", $"ALTER DATABASE {db} CONNECTION LIMIT -1",
                "(connection limit: live 5, backup none)"),
            ($"ALTER DATABASE {db} OWNER TO {r}", $"ALTER DATABASE {db} OWNER TO postgres", $"owner: live {r}, backup postgres"),
            ("ALTER EXTENSION hstore UPDATE TO '1.5'", "DROP EXTENSION hstore; CREATE EXTENSION hstore VERSION '1.4'",
                "1 extension differs (hstore: live 1.5, backup 1.4)"),
        ];
        foreach (var (change, back, says) in changes)
        {
            Server.Psql(db, change);
            var different = await CompareAsync(set, database);
            Assert.True(different.Status == TableDifference.Different && different.Summary.Contains(says, StringComparison.Ordinal),
                $"{change}: {different.Summary}");
            Assert.True(different.Schema.Count == 0 && different.NotCompared.All(one => $"{one}".EndsWith(Anew, StringComparison.Ordinal))
                && different.Tables.All(table => table.Difference == TableDifference.Equal), different.Summary);
            Assert.DoesNotContain(Secret, different.Summary + string.Concat(different.Properties), StringComparison.Ordinal);
            Server.Psql(db, back);
        }

        var equal = await CompareAsync(set, database);
        Assert.Equal((TableDifference.Equal, $"no differences{ButTotals}"), (equal.Status, equal.Summary));
        Server.Psql(db,
            $"ALTER DATABASE {db} SET app.jwt_secret = 'another'; COMMENT ON DATABASE {db} IS 'theirs'; SELECT lo_put(900, 0, 'LARGE'); " +
            $"DROP EXTENSION hstore;");
        await _work.RestoreAsync(set, database);
        Assert.Equal($"ours|{Secret}|large", Server
            .Psql(db,
            "SELECT shobj_description(oid, 'pg_database'), current_setting('app.jwt_secret'), convert_from(lo_get(900), 'UTF8') FROM " +
            "pg_database WHERE datname = current_database()"));
        // The archive of pg_dump names no version: the server makes the extension in its own.
        var restored = await CompareAsync(set, database);
        Assert.Equal(["hstore"], restored.Properties.Select(property => property.Name));
        Assert.Equal("1.4", restored.Properties[0].BackupValue);
    }

    [PostgresTheory]
    [InlineData(RestoreStrategy.Swap)]
    [InlineData(RestoreStrategy.Schema)]
    [InlineData(RestoreStrategy.InPlace)]
    public async Task What_a_strategy_leaves_as_it_is_is_said_before_in_the_record_and_by_the_comparison_after(RestoreStrategy strategy)
    {
        var (database, role) = await MakeAsync(Schemas);
        var db = database.Database;
        var set = await _work.BackUpAsync(database);
        Server.Psql(db, $"""
            DELETE FROM posts WHERE id > 10; SELECT nextval('fresh'); REFRESH MATERIALIZED VIEW totals WITH NO DATA;
            COMMENT ON DATABASE {db} IS 'theirs'; ALTER DATABASE {db} CONNECTION LIMIT 5; ALTER DATABASE {db} SET work_mem = '9MB'; ALTER DATABASE {db} SET app.jwt_secret = 'another';
            ALTER ROLE {role.Name} IN DATABASE {db} RESET work_mem; REVOKE CONNECT ON DATABASE {db} FROM PUBLIC;
            """);
        string[] properties = ["app.jwt_secret", "comment", "connection limit", "privileges of PUBLIC", "work_mem",
            $"work_mem of the role {role.Name} in it"];

        var plan = await _work.PlanAsync(set, database, strategy);
        Assert.Equal(properties, Names(plan.Comparison!));
        Assert.Equal(strategy != RestoreStrategy.Swap,
            plan.Summary.Contains("The database itself stays as it is: its owner, privileges, comment, connection limit and settings",
            StringComparison.Ordinal));
        var record = await _work.Engine.RestoreAsync(plan);
        Assert.Equal((strategy, RestoreStatus.Committed), (record.Strategy, record.Status));
        Assert.Equal(strategy != RestoreStrategy.Swap,
            record.Checks.Any(check => check is { Name: "Database properties", Status: CheckStatus.Skipped }));

        var after = await CompareAsync(set, database);
        Assert.Equal(strategy == RestoreStrategy.Swap ? [] : properties, Names(after));
        Assert.All(after.Properties, property => Assert.Equal("database", property.Kind));
        Assert.True(after.Schema.Count == 0 && after.Tables.All(table => table.Difference == TableDifference.Equal), after.Summary);
        Assert.Equal(strategy == RestoreStrategy.Swap ? TableDifference.Equal : TableDifference.Different, after.Status);
        // Properties that the restore did not touch do not count as written since.
        Assert.Equal($"no changes since the restore{ButTotals}", (await _work.PlanUndoAsync(record, database)).WrittenSince!.Summary);

        static IEnumerable<string> Names(DatabaseComparison comparison) =>
            comparison.Properties.Where(property => property.Kind == "database")
            .Select(property => property.Name.Replace("setting ", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
    }

    [PostgresFact]
    public async Task What_the_role_may_not_read_is_named_and_not_called_equal()
    {
        var (database, role) = await MakeAsync(Schemas + Beside);
        Server.Psql(database.Database, $"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role.Name}");
        var set = await _work.BackUpAsync(database);
        var comparison = await CompareAsync(set, database with { User = role.Name, Password = role.Password });
        Assert.True(comparison.Status == TableDifference.Inconclusive, comparison.Summary);
        Assert.Contains("the value of the sequence public.posts_id_seq: no permission to read it",
            comparison.NotCompared.Select(one => $"{one}"));
        Assert.Contains("contents of the large objects: permission denied for large object 900",
            comparison.NotCompared.Select(one => $"{one}"));
        Assert.DoesNotContain("equals", comparison.Summary, StringComparison.Ordinal);
        Assert.Contains("not compared: ", comparison.Summary, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task What_the_manifest_of_an_earlier_version_does_not_say_is_named_and_not_called_equal()
    {
        var (database, _) = await MakeAsync(Schemas + Beside);
        var set = await _work.BackUpAsync(database);
        var manifest = ManifestReader.Read(set.ManifestFile, _work.Settings().Keys).Manifest;
        var older = manifest with { Postgres = manifest.Postgres! with { MaterializedViews = null, LargeObjectMetadata = null } };
        Assert.DoesNotContain("materializedViews", older.ToJson(), StringComparison.Ordinal);
        Assert.DoesNotContain("largeObjectMetadata", older.ToJson(), StringComparison.Ordinal);
        await using var live = new PostgresDatabase(_work.Settings(), database, _work.Reporter);
        var comparison = await new Comparer(live, set.BackupFile).CompareAsync(older, default);
        Assert.Equal(TableDifference.Inconclusive, comparison.Status);
        Assert.Equal(
            ["whether materialised views are populated: the backup does not say",
                "owners, privileges and comments of the large objects: an earlier version made the backup, and its manifest does " +
                    "not say"],
            comparison.NotCompared.Select(one => $"{one}").Where(one => !one.StartsWith("public.", StringComparison.Ordinal)));
        Assert.DoesNotContain("equals", comparison.Summary, StringComparison.Ordinal);

        // The value of a setting that may be a secret is only in the archive; where that is gone it is not known.
        var gone = await new Comparer(live, null).CompareAsync(manifest, default);
        Assert.Equal(["setting app.jwt_secret: its name suggests a secret, so the backup does not contain its value",
                $"public.totals (1 row): {Anew}"],
            gone.NotCompared.Select(one => $"{one}"));
    }

    [PostgresFact]
    public async Task A_narrowed_set_equals_only_as_far_as_it_goes()
    {
        var (database, _) = await MakeAsync(Schemas + Beside + "CREATE SCHEMA app CREATE TABLE t (a int); CREATE TABLE rest (a int);");
        var set = await _work.BackUpAsync(database, options: new() { Schemas = ["app"] });
        Server.Psql(database.Database, "INSERT INTO rest VALUES (1); SELECT lo_put(900, 0, 'LARGE')");
        var comparison = await CompareAsync(set, database);
        Assert.Equal(
            (TableDifference.Equal,
            "no differences in what was compared; not compared: what the backup leaves out: only schema app, " +
            "without large objects"),
            (comparison.Status, comparison.Summary));
    }

    private async Task<(PostgresAddress Database, (string Name, string Password) Role)> MakeAsync(string sql)
    {
        var database = await Server.CreateDatabaseAsync();
        var role = await Server.CreateRoleAsync();
        Server.Psql(database.Database, $"""
            {sql} ALTER DATABASE {database.Database} SET work_mem = '5MB'; ALTER DATABASE {database.Database} SET app.jwt_secret = '{Secret}'; COMMENT ON DATABASE {database.Database} IS 'ours';
            ALTER ROLE {role.Name} IN DATABASE {database.Database} SET work_mem = '7MB';
            """);
        return (database, role);
    }

    private Task<DatabaseComparison> CompareAsync(BackupSet set, PostgresAddress live) =>
        _work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, live);
}
