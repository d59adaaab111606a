using System.Diagnostics;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Smoke;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;
using static Postry.Ops.Engine.Tests.Smoke.DataCheckRun;

namespace Postry.Ops.Engine.Tests.Smoke;

/// <summary>Checks of a real PostgreSQL database, and what they leave as it was.</summary>
public sealed class PostgresCheckTests : IDisposable
{
    private const string Posts = """
        CREATE TABLE posts(id int PRIMARY KEY, user_id int, email text, status text, created_at timestamptz, day date, local timestamp);
        INSERT INTO posts VALUES (1, 1, 'a@x', 'OK', '2020-01-01'), (2, 1, 'b@x', 'ALERT latency', '2020-01-02'), (3, 2, 'c@x', 'OK', NULL);
        CREATE FUNCTION wipe() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM posts; RETURN 1; END $$;
        CREATE FUNCTION unlock() RETURNS int LANGUAGE plpgsql AS $$ BEGIN SET transaction_read_only = off; DELETE FROM posts; RETURN 1; END $$;
        CREATE SEQUENCE counter;
        """;

    private readonly Workspace _work = new();

    private static PostgresServer Server => PostgresServer.Shared;

    public void Dispose() => _work.Dispose();

    [PostgresFact]
    public async Task A_query_is_judged_by_its_value_its_rows_and_its_grades()
    {
        var app = await MakeAsync();
        AssertPassed(await SqlAsync(_work, app, new() { Query = "SELECT count(*) FROM posts; -- all", ExpectValue = "3" }), "3");
        AssertPassed(await SqlAsync(_work, app, new() { Query = "SELECT created_at FROM posts WHERE id = 1", ExpectValue = "2020-01-01 00:00:00+00" }));
        AssertWrong(await SqlAsync(_work, app, new() { Query = "SELECT count(*) FROM posts", AtLeast = 4 }), "3 is less than 4");
        AssertWrong(await SqlAsync(_work, app, new() { Query = "SELECT i FROM generate_series(1, 1000) i", MaximumRows = 450 }), "451 rows or more");
        AssertPassed(await SqlAsync(_work, app, new() { Query = "SELECT i FROM generate_series(1, 1000) i", MinimumRows = 1000, MaximumRows = 1000 }), "1000 rows");
        AssertWrong(await SqlAsync(_work, app, new() { Query = "TABLE posts", ExpectRows = false }), "more than 0");
        AssertPassed(await SqlAsync(_work, app, new() { Query = "SELECT 1 WHERE false", ExpectRows = false }), "0 rows");
        var graded = new SqlCheck { Query = "SELECT id, status FROM posts", GradeColumn = "status", FailWhen = "ALERT*" };
        AssertWrong(await SqlAsync(_work, app, graded), "1 of 3 rows fits ALERT*: (2, ALERT latency).");
        AssertPassed(await SqlAsync(_work, app, graded with { FailWhen = "DOWN" }), "3 rows");
        AssertWrong(await SqlAsync(_work, app, new() { Query = "SELECT * FROM orders" }), "orders");
        AssertWrong(await SqlAsync(_work, app, new() { Query = "SELECT 1/0" }), "division by zero");
        Server.Psql(app.Database, "CREATE SCHEMA shop; CREATE TABLE shop.orders(id int); ALTER DATABASE " + app.Database + " SET search_path = shop");
        AssertPassed(await SqlAsync(_work, app, new() { Query = "SELECT * FROM orders" }), "0 rows");
    }

    [PostgresFact]
    public async Task A_query_that_writes_is_refused_and_changes_nothing()
    {
        var app = await MakeAsync();
        var before = Server.Tool("pg_dump", ["--inserts", "--restrict-key=x"], app.Database);
        foreach (var query in new[]
        {
            "DELETE FROM posts", "WITH gone AS (DELETE FROM posts RETURNING id) SELECT * FROM gone", "SELECT wipe()", "SELECT unlock()",
            "SELECT set_config('transaction_read_only', 'off', true), wipe()", "SELECT nextval('counter')", "SELECT * FROM posts FOR UPDATE",
            "SELECT 1; DELETE FROM posts", "COMMIT; DELETE FROM posts", "SELECT 1; COMMIT; DELETE FROM posts", "COMMIT",
            "COPY posts TO '/tmp/postry-smoke-copy'", "SELECT * INTO copy FROM posts", "DO 'BEGIN DELETE FROM posts; END'",
        }) Assert.True(await SqlAsync(_work, app, new() { Query = query }) is { Status: CheckStatus.Failed, MayChange: false }, query);
        AssertWrong(await SqlAsync(_work, app, new() { Query = "SELECT 1; DELETE FROM posts" }), "A check runs one statement that only reads");
        AssertWrong(await SqlAsync(_work, app, new() { Query = "SELECT wipe()" }), "read-only transaction");
        Assert.Equal(before, Server.Tool("pg_dump", ["--inserts", "--restrict-key=x"], app.Database));
        Assert.False(File.Exists("/tmp/postry-smoke-copy"));
    }

    [PostgresFact]
    public async Task A_slow_query_and_a_locked_table_end_with_their_session()
    {
        var app = await MakeAsync();
        var clock = Stopwatch.StartNew();
        var slow = await SqlAsync(_work, app, new() { Query = "SELECT pg_sleep(60)", Timeout = TimeSpan.FromSeconds(1) });
        Assert.True(slow is { Status: CheckStatus.Failed, MayChange: true }, $"{slow}");
        Assert.Contains("did not answer within 1s", slow.Detail, StringComparison.Ordinal);
        await using (var other = await Server.ConnectAsync(app.Database))
        {
            await using var locking = new Npgsql.NpgsqlCommand("BEGIN; LOCK TABLE posts", other);
            await locking.ExecuteNonQueryAsync();
            var locked = await SqlAsync(_work, app, new() { Query = "SELECT 1 FROM posts", Timeout = TimeSpan.FromSeconds(2) });
            Assert.True(locked is { Status: CheckStatus.Failed, MayChange: true }, $"{locked}");
            Assert.Contains("lock", locked.Detail, StringComparison.Ordinal);
        }

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15), $"It took {clock.Elapsed}.");
        await Task.Delay(300);
        Assert.Equal("0", Server.Psql("postgres", $"SELECT count(*) FROM pg_stat_activity WHERE datname = '{app.Database}'"));
    }

    [PostgresFact]
    public async Task A_server_that_does_not_answer_fails_and_a_login_that_is_refused_says_nothing()
    {
        var app = await MakeAsync();
        var check = new SqlCheck { Query = "SELECT 1" };
        var refused = await SqlAsync(_work, app with { Hosts = [new PostgresHost("127.0.0.1", 1)] }, check);
        Assert.True(refused is { Status: CheckStatus.Failed, MayChange: true }, $"{refused}");
        var missing = await SqlAsync(_work, app.For("no_such_database"), check);
        Assert.True(missing is { Status: CheckStatus.Failed, MayChange: true }, $"{missing}");
        var denied = await SqlAsync(_work, app.As("postgres", "wrong-password-4711"), check);
        AssertUnknown(denied, "PGPASSWORD");
        Assert.DoesNotContain("4711", denied.Detail, StringComparison.Ordinal);

        var (name, password) = await Server.CreateRoleAsync();
        var role = app.As(name, password);
        AssertWrong(await SqlAsync(_work, role, new() { Query = "SELECT 1 FROM posts" }), "permission denied");
        Server.Psql(app.Database, $"GRANT SELECT ON posts TO {name}; ALTER TABLE posts ENABLE ROW LEVEL SECURITY");
        AssertUnknown(await SqlAsync(_work, role, new() { Query = "SELECT 1 FROM posts", ExpectRows = false }), "Rows that this role does not see");
    }

    [PostgresFact]
    public async Task A_table_needs_its_columns_its_rows_and_those_of_the_backup()
    {
        var app = await MakeAsync();
        Task<SmokeAnswer> Ask(string table) =>
            AskAsync($"{{ \"tables\": [{{ {table} }}] }}", new SmokeTargets(_work.Settings(), app));
        AssertPassed(await Ask(""" "table": "posts", "columns": ["user_id", "email", "status"] """), "1 row or more");
        AssertPassed(await Ask(""" "table": "public.posts", "minimumRows": 3 """), "3 rows or more");
        AssertWrong(await Ask(""" "table": "posts", "columns": ["user_id", "archetype", "Email"] """), "lacks 2 columns: archetype, Email");
        AssertWrong(await Ask(""" "table": "shop.posts" """), "There is no table shop.posts");
        Server.Psql(app.Database, """CREATE SCHEMA "Sh.op"; CREATE TABLE "Sh.op"."Or.ders" AS SELECT 1 AS id""");
        AssertPassed(await Ask(""" "table": "\"Sh.op\".\"Or.ders\"", "columns": ["id"] """), "1 row or more");

        AssertUnknown(await Ask(""" "table": "posts", "atLeastBackup": true """), "There is no backup to compare with");
        var set = await _work.Engine.BackUpAsync(new BackupRequest { Source = app });
        AssertPassed(await Ask(""" "table": "posts", "atLeastBackup": true """), "3 rows or more");
        AssertPassed(await Ask(""" "table": "\"Sh.op\".\"Or.ders\"", "atLeastBackup": true """));
        Server.Psql(app.Database, "DELETE FROM posts WHERE id = 3");
        AssertWrong(await Ask(""" "table": "posts", "atLeastBackup": true """), $"2 rows; the backup {set.Id} has 3");
        AssertPassed(await Ask(""" "table": "posts", "atLeastBackup": "50%" """));
        AssertPassed(await AskAsync("""{ "freshness": [{ "backup": true, "maximumAge": "1h" }] }""", new(_work.Settings(), app)));
    }

    [PostgresFact]
    public async Task A_column_of_any_type_of_time_must_be_fresh()
    {
        var app = await MakeAsync();
        foreach (var column in new[] { "created_at", "day", "local" })
        {
            Task<SmokeAnswer> Ask() => AskAsync($$"""{ "freshness": [{ "table": "posts", "column": "{{column}}", "maximumAge": "24h" }] }""",
                new SmokeTargets(_work.Settings(), app));
            Server.Psql(app.Database, $"UPDATE posts SET {column} = '2020-01-01'");
            AssertWrong(await Ask(), "days old, and 24h are allowed");
            Server.Psql(app.Database, $"SET timezone = 'UTC'; UPDATE posts SET {column} = now() WHERE id = 2");
            AssertPassed(await Ask());
            Server.Psql(app.Database, $"SET timezone = 'UTC'; UPDATE posts SET {column} = now() + interval '2 days' WHERE id = 2");
            AssertUnknown(await Ask(), "a clock is wrong");
            Server.Psql(app.Database, $"UPDATE posts SET {column} = NULL");
            AssertWrong(await Ask(), "holds no time at all");
        }
    }

    private static async Task<PostgresAddress> MakeAsync()
    {
        var app = await Server.CreateDatabaseAsync();
        Server.Psql(app.Database, Posts);
        return app;
    }
}
