using System.Diagnostics;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Smoke;
using Postry.Ops.Engine.Smoke.Data;
using Postry.Ops.Engine.Tests.Configuration;
using Postry.Ops.Engine.Tests.Support;
using static Postry.Ops.Engine.Tests.Smoke.DataCheckRun;

namespace Postry.Ops.Engine.Tests.Smoke;

/// <summary>Checks of a real SQLite file, and what they leave as it was.</summary>
public sealed class SqliteCheckTests : IDisposable
{
    private const string Posts = """
        CREATE TABLE posts(id INTEGER PRIMARY KEY, user_id INTEGER, email TEXT, status TEXT, created_at TEXT);
        INSERT INTO posts VALUES (1, 1, 'a@x', 'OK', '2020-01-01 00:00:00'), (2, 1, 'b@x', 'ALERT latency', '2020-01-02T00:00:00Z'), (3, 2, 'c@x', 'OK', NULL);
        """;

    private readonly Workspace _work = new();

    private string App => _work["app.db"];

    private SmokeTargets Targets => new(_work.Settings(), new SqliteAddress(App));

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task A_query_is_judged_by_its_value_its_rows_and_its_grades()
    {
        Commands.Sqlite(App, Posts);
        AssertPassed(await Sql(new() { Query = "SELECT count(*) FROM posts; -- all of them", ExpectValue = "3" }), "3");
        AssertWrong(await Sql(new() { Query = "SELECT count(*) FROM posts", ExpectValue = "4" }), "The value is 3, and 4 is expected");
        AssertPassed(await Sql(new() { Query = "SELECT 2.5", AtLeast = 2.5m, AtMost = 3 }), "2.5");
        AssertWrong(await Sql(new() { Query = "SELECT 2.5", AtLeast = 2.6m }), "2.5 is less than 2.6");
        AssertWrong(await Sql(new() { Query = "SELECT 2.5", AtMost = 1 }), "2.5 is more than 1");
        AssertWrong(await Sql(new() { Query = "SELECT 'many'", AtLeast = 1 }), "no number");
        AssertWrong(await Sql(new() { Query = "SELECT NULL", AtLeast = 1 }), "NULL");
        AssertWrong(await Sql(new() { Query = "SELECT id FROM posts WHERE id > 9", AtMost = 1 }), "no row");
        AssertPassed(await Sql(new() { Query = "SELECT * FROM posts", MinimumRows = 3, MaximumRows = 3 }), "3 rows");
        AssertWrong(await Sql(new() { Query = "SELECT * FROM posts", MinimumRows = 4 }), "3 rows, fewer than 4");
        AssertWrong(await Sql(new() { Query = "SELECT * FROM posts", MaximumRows = 1 }), "2 rows or more, more than 1");
        AssertPassed(await Sql(new() { Query = "SELECT * FROM posts WHERE email IS NULL", ExpectRows = false }), "0 rows");
        AssertWrong(await Sql(new() { Query = "SELECT * FROM posts", ExpectRows = false }), "more than 0");
        AssertWrong(await Sql(new() { Query = "SELECT * FROM posts WHERE id > 9", ExpectRows = true }), "fewer than 1");
        var graded = new SqlCheck { Query = "SELECT id, status FROM posts", GradeColumn = "Status", FailWhen = "alert*" };
        AssertWrong(await Sql(graded), "1 of 3 rows fits alert*: (2, ALERT latency).");
        AssertPassed(await Sql(graded with { FailWhen = "DOWN" }), "3 rows");
        AssertWrong(await Sql(graded with { GradeColumn = "grade" }), "no column grade to grade the rows by; it has id, status");
        AssertWrong(await Sql(graded with { Query = "SELECT id FROM posts WHERE id > 9" }), "no column Status");
        AssertWrong(await Sql(new() { Query = "SELECT * FROM orders" }), "no such table: orders");
    }

    [StockFact]
    public async Task A_query_that_writes_is_refused_and_changes_nothing()
    {
        foreach (var mode in new[] { "delete", "wal" })
        {
            Commands.Sqlite(App, $"DROP TABLE IF EXISTS posts; PRAGMA journal_mode={mode}; {Posts}");
            var before = StockTools.Tree(_work.Folder);
            foreach (var query in new[]
            {
                "DELETE FROM posts", "UPDATE posts SET status = 'x' RETURNING id", "WITH gone AS (SELECT 1) DELETE FROM posts",
                "PRAGMA user_version = 7", "VACUUM", $"VACUUM INTO '{_work["copy.db"]}'", "PRAGMA journal_mode = delete", "CREATE TABLE t(a)",
            }) AssertWrong(await Sql(new() { Query = query }), "The query writes. A check runs one statement");
            AssertWrong(await Sql(new() { Query = "SELECT 1; DELETE FROM posts" }), "more than one statement");
            AssertWrong(await Sql(new() { Query = "COMMIT; DELETE FROM posts" }), "more than one statement");
            AssertWrong(await Sql(new() { Query = " -- nothing" }), "empty");
            Assert.Equal(before, StockTools.Tree(_work.Folder));
            Assert.Equal("3", Commands.Sqlite(App, "SELECT count(*) FROM posts"));
        }
    }

    [StockFact]
    public async Task A_check_of_a_database_that_nobody_uses_leaves_no_trace()
    {
        foreach (var mode in new[] { "delete", "wal" })
        {
            Commands.Sqlite(App, $"DROP TABLE IF EXISTS posts; PRAGMA journal_mode={mode}; {Posts}");
            var before = Traces();
            AssertPassed(await Sql(new() { Query = "SELECT count(*) FROM posts", ExpectValue = "3" }));
            Assert.Equal(before, Traces());
        }
    }

    [StockFact]
    public async Task Rows_in_a_log_are_seen_and_the_log_stays_as_it_is()
    {
        using (var shell = new SqliteShell(App, $"PRAGMA journal_mode=wal; PRAGMA wal_autocheckpoint=0; {Posts}"))
        {
            var before = Traces();
            AssertPassed(await Sql(new() { Query = "SELECT count(*) FROM posts", ExpectValue = "3" }));
            Assert.Equal(before, Traces());
            foreach (var suffix in new[] { "", "-wal", "-shm" }) File.Copy(App + suffix, _work["dead.db"] + suffix);
        }

        // The copies are what a killed application leaves; the second has lost the index of its log.
        foreach (var _ in new[] { "with -shm", "without" })
        {
            var before = Traces();
            var dead = await SqlAsync(_work, new SqliteAddress(_work["dead.db"]), new() { Query = "SELECT count(*) FROM posts", ExpectValue = "3" });
            AssertPassed(dead);
            Assert.Equal(before, Traces());
            File.Delete(_work["dead.db-shm"]);
        }

        Assert.Equal("3", Commands.Sqlite(_work["dead.db"], "SELECT count(*) FROM posts"));
    }

    [StockFact]
    public async Task Checks_side_by_side_see_what_a_writing_process_commits_and_do_not_stop_it()
    {
        foreach (var mode in new[] { "delete", "wal" })
        {
            var bank = _work[$"{mode}.db"];
            BankDatabase.Create(bank, mode, megabytes: 1);
            using var writer = HostProcess.Start("writer", bank);
            Assert.NotNull(writer.WaitFor("ack"));
            var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => SqlAsync(_work, new SqliteAddress(bank),
                new() { Query = "SELECT sum(balance) FROM accounts", ExpectValue = "100000" })));
            Assert.All(answers, answer => AssertPassed(answer));
            writer.WaitForMore(20);
            writer.End();
            BankDatabase.AssertAddsUp(bank);
        }
    }

    [RequiresFact("python3")]
    public async Task An_application_that_opens_the_database_for_every_write_does_not_make_a_check_wrong()
    {
        var bank = _work["wal.db"];
        BankDatabase.Create(bank, "wal", megabytes: 1);
        using var application = Commands.Start("python3", ["-c", """
            import sqlite3, sys, time
            print("started", flush=True)
            while True:
                bank = sqlite3.connect(sys.argv[1], timeout=30)
                with bank:
                    bank.execute("UPDATE accounts SET balance = balance - 7 WHERE id = abs(random()) % 100 + 1")
                    bank.execute("UPDATE accounts SET balance = balance + 100000 - (SELECT sum(balance) FROM accounts) WHERE id = 1")
                bank.close()
                time.sleep(0.15)
            """, bank]);
        await application.StandardOutput.ReadLineAsync();
        for (var i = 0; i < 10; i++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SqlAsync(_work, new SqliteAddress(bank),
                new() { Query = "SELECT sum(balance) FROM accounts, (SELECT max(body) FROM papers)", ExpectValue = "100000" })));
            Assert.All(answers, answer => AssertPassed(answer));
        }

        Assert.False(application.HasExited);
        application.Kill();
    }

    [StockFact]
    public async Task A_slow_query_is_stopped_and_a_locked_or_missing_file_fails()
    {
        Commands.Sqlite(App, Posts);
        var clock = Stopwatch.StartNew();
        var slow = await Sql(new()
        {
            Query = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c", Timeout = TimeSpan.FromSeconds(1),
        });
        Assert.True(slow is { Status: CheckStatus.Failed, MayChange: true }, $"{slow}");
        Assert.Contains("did not answer within 1s", slow.Detail, StringComparison.Ordinal);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(8), $"It took {clock.Elapsed}.");

        using (new SqliteShell(App, "BEGIN EXCLUSIVE; DELETE FROM posts;"))
        {
            var locked = await Sql(new() { Query = "SELECT 1 FROM posts", Timeout = TimeSpan.FromSeconds(1) });
            Assert.True(locked is { Status: CheckStatus.Failed, MayChange: true }, $"{locked}");
        }

        File.Delete(App);
        var missing = await Sql(new() { Query = "SELECT 1" });
        Assert.True(missing is { Status: CheckStatus.Failed, MayChange: true }, $"{missing}");
        Assert.Contains("There is no database at", missing.Detail, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Assert.Single(Made("""{ "sql": [{ "query": "SELECT 1" }] }""", Targets))
            .AskAsync(new CancellationToken(canceled: true)));
    }

    [StockFact]
    public async Task A_table_needs_its_columns_its_rows_and_those_of_the_backup()
    {
        Commands.Sqlite(App, Posts);
        AssertPassed(await Ask("""{ "tables": [{ "table": "Posts", "columns": ["user_id", "Email", "status"] }] }"""), "1 row or more");
        AssertWrong(await Ask("""{ "tables": [{ "table": "posts", "columns": ["user_id", "archetype"] }] }"""), "lacks a column: archetype");
        AssertWrong(await Ask("""{ "tables": [{ "table": "orders" }] }"""), "There is no table orders");
        AssertWrong(await Ask("""{ "tables": [{ "table": "posts", "minimumRows": 4 }] }"""), "3 rows, fewer than 4");

        const string asBackup = """{ "tables": [{ "table": "posts", "atLeastBackup": true }] }""";
        AssertUnknown(await Ask(asBackup), "There is no backup to compare with");
        var set = await _work.BackUpAsync(App);
        AssertPassed(await Ask(asBackup), "3 rows or more");
        Commands.Sqlite(App, "DELETE FROM posts WHERE id = 3");
        AssertWrong(await Ask(asBackup), $"2 rows; the backup {set.Id} has 3, and 100% of these (3)");
        AssertPassed(await Ask("""{ "tables": [{ "table": "posts", "atLeastBackup": "60%" }] }"""));
        AssertWrong(await Ask("""{ "tables": [{ "table": "posts", "atLeastBackup": "70%" }] }"""), "(3) are");
        Commands.Sqlite(App, "CREATE TABLE later(a); INSERT INTO later VALUES (1)");
        AssertUnknown(await Ask("""{ "tables": [{ "table": "later", "atLeastBackup": true }] }"""), "does not say how many rows later has");
        AssertUnknown(await AskAsync(asBackup, new(_work.Settings(key: null), new SqliteAddress(App))), "BACKUP_METADATA_HMAC_KEY");
    }

    [StockFact]
    public async Task A_column_and_a_backup_must_be_fresh()
    {
        Commands.Sqlite(App, Posts);
        const string column = """{ "freshness": [{ "table": "posts", "column": "created_at", "maximumAge": "24h" }] }""";
        const string backup = """{ "freshness": [{ "backup": true, "maximumAge": "1h" }] }""";
        AssertWrong(await Ask(column), "days old, and 24h are allowed");
        foreach (var now in new[]
        {
            "datetime('now')", "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", "strftime('%s', 'now')", "CAST(strftime('%s', 'now') AS INTEGER) * 1000",
        })
        {
            Commands.Sqlite(App, $"DELETE FROM posts; INSERT INTO posts(created_at) VALUES ({now})");
            AssertPassed(await Ask(column));
        }

        Commands.Sqlite(App, "UPDATE posts SET created_at = datetime('now', '+1 hour')");
        AssertUnknown(await Ask(column), "is in the future: a clock is wrong");
        Commands.Sqlite(App, "UPDATE posts SET created_at = 'yesterday'");
        AssertUnknown(await Ask(column), "no time that can be read");
        Commands.Sqlite(App, "DELETE FROM posts");
        AssertWrong(await Ask(column), "holds no time at all");
        AssertWrong(await Ask(column.Replace("created_at", "changed_at", StringComparison.Ordinal)), "no column changed_at");

        AssertWrong(await Ask(backup), "There is no good backup");
        await _work.BackUpAsync(App);
        AssertPassed(await Ask(backup));
        await Task.Delay(1100);
        AssertWrong(await Ask(backup.Replace("1h", "1s", StringComparison.Ordinal)), "The newest good backup is");
        AssertUnknown(await AskAsync(backup, new(_work.Settings(key: null), new SqliteAddress(App))), "BACKUP_METADATA_HMAC_KEY");
    }

    [StockFact]
    public async Task A_check_is_for_the_database_that_it_names_or_for_all()
    {
        var audit = _work["audit.db"];
        Commands.Sqlite(App, Posts);
        Commands.Sqlite(audit, "CREATE TABLE posts(id)");
        var configuration = ConfigurationText.Read($$"""
            {
              "databases": { "app": { "path": "{{App}}" }, "audit": { "path": "{{audit}}" }, "shop": { "urlVariable": "NO_SUCH_SHOP_URL" } },
              "smoke": { "sql": [{ "name": "counts", "query": "SELECT count(*) FROM posts" }, { "name": "of audit", "query": "SELECT 1", "database": "audit" }] }
            }
            """);
        var settings = _work.Settings() with { Configuration = configuration };
        var all = DataChecks.Of(configuration.Smoke, new(settings)).ToList();
        Assert.Equal(["counts (app)", "counts (audit)", "counts (shop)", "of audit"], all.Select(check => check.Name));
        Assert.Equal([App, audit, "shop", audit], all.Select(check => check.Target));
        AssertPassed(await all[0].AskAsync(default), "1 row or more");
        AssertUnknown(await all[2].AskAsync(default), "NO_SUCH_SHOP_URL");
        var one = DataChecks.Of(configuration.Smoke, new(settings, new SqliteAddress(App)));
        Assert.Equal(["counts"], one.Select(check => check.Name));

        const string unnamed = """{ "sql": [{ "query": "SELECT count(*) FROM posts", "expectValue": "3" }] }""";
        AssertUnknown(await AskAsync(unnamed, new(_work.Settings())), "DATABASE_URL is not set");
        AssertPassed(await AskAsync(unnamed, new(_work.Settings() with { DatabaseUrl = $"sqlite:///{App}" })));
    }

    private Task<SmokeAnswer> Sql(SqlCheck check) => SqlAsync(_work, new SqliteAddress(App), check);

    private Task<SmokeAnswer> Ask(string smoke) => AskAsync(smoke, Targets);

    // Every file with its bytes and the time of its last change.
    private string Traces() => StockTools.Tree(_work.Folder) + string.Join('\n',
        _work.AllFiles().Select(file => FileFacts.Of(_work[file]).ModifiedAt.Ticks));
}
