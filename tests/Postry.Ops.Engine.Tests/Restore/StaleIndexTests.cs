using System.Text.Json;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Restore;

/// <summary>An index that disagrees with its table passes the check that a backup makes; no restore lets it go live.</summary>
public sealed class StaleIndexTests
{
    private const string ByIndex = "SELECT count(*) FROM posts INDEXED BY posts_by_body WHERE body >= 'late';";

    [StockFact]
    public async Task What_the_test_calls_failed_does_not_go_live_as_it_is()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        MakeWithStaleIndex(app);
        Assert.Equal("ok", Commands.Sqlite(app, "PRAGMA quick_check"));
        Assert.Equal("0", Commands.Sqlite(app, ByIndex));
        var set = await work.BackUpAsync(app);
        // The manifest says which check that was, and -Verbose what it does not look at.
        using (var manifest = JsonDocument.Parse(File.ReadAllBytes(set.ManifestFile)))
            Assert.Equal("quick_check", manifest.RootElement.GetProperty("sqlite").GetProperty("integrityCheck").GetString());
        Assert.Contains(work.Reporter.VerboseMessages, line => line.Contains("does not compare indexes", StringComparison.Ordinal));

        Commands.Sqlite(app, "DROP TABLE posts");
        Assert.Equal(CheckStatus.Failed, (await work.TestAsync(set.Id, VerificationLevel.Contents)).Status);
        var restore = await work.RestoreAsync(set.Id, app);
        Assert.Equal(RestoreStatus.Committed, restore.Status);
        Assert.Equal("ok\n300\n300", Commands.Sqlite(app,
            "PRAGMA integrity_check; SELECT count(*) FROM posts NOT INDEXED WHERE body = 'late ' || id; " + ByIndex));
        // The record and a warning say that the backup was not as whole as what is live now.
        Assert.Equal(CheckStatus.Passed, Assert.Single(restore.Checks, check => check.Name == "Integrity check").Status);
        Assert.Contains("missing from index posts_by_body",
            Assert.Single(restore.Checks, check => check.Name == "Indexes made anew").Detail, StringComparison.Ordinal);
        Assert.Contains(work.Reporter.Warnings, warning => warning.Contains("posts_by_body", StringComparison.Ordinal));
        Assert.DoesNotContain(restore.Checks, check => check.Name == "Quick check");
        await work.RestoreAsync(set.Id, work["new.db"], allowDifferentSource: true);
        Assert.Equal("ok\nwal", Commands.Sqlite(work["new.db"], "PRAGMA integrity_check; PRAGMA journal_mode"));
        Assert.DoesNotContain(work.AllFiles(), file => file.Contains("stage", StringComparison.Ordinal));
        Assert.Equal(CheckStatus.Passed, (await work.TestAsync((await work.BackUpAsync(app)).Id, VerificationLevel.Restore)).Status);
    }

    [StockFact]
    public async Task An_index_that_cannot_be_made_anew_refuses_the_restore_and_nothing_changes()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE u(a); CREATE UNIQUE INDEX one ON u(a); INSERT INTO u VALUES (1), (2);");
        WithoutIndex(app, "one", "UPDATE u SET a = 1;");
        var set = await work.BackUpAsync(app);
        var before = StockTools.Hash(app);
        var e = await Assert.ThrowsAsync<BackupCorruptException>(() => work.RestoreAsync(set.Id, app));
        Assert.Contains("cannot be rebuilt: UNIQUE constraint failed: u.a", e.Message, StringComparison.Ordinal);
        Assert.Contains(".dump", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, StockTools.Hash(app));
        Assert.Equal(RestoreStatus.Failed, Assert.Single(work.Engine.ListRestores()).Status);
    }

    [StockFact]
    public async Task An_index_with_another_number_of_rows_than_its_table_is_no_backup_and_the_way_out_works()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t(a); CREATE INDEX i ON t(a); INSERT INTO t VALUES (1), (2);");
        WithoutIndex(app, "i", "INSERT INTO t VALUES (3);");
        var e = await Assert.ThrowsAsync<DatabaseDamagedException>(() => work.BackUpAsync(app));
        Assert.Contains("wrong # of entries in index i", e.Message, StringComparison.Ordinal);
        Assert.Contains("missing from index", Commands.Sqlite(app, "PRAGMA integrity_check"), StringComparison.Ordinal);
        Assert.Contains($"sqlite3 '{app}' REINDEX", e.Hint, StringComparison.Ordinal);
        Commands.Sqlite(app, "REINDEX");
        Assert.Equal(3, Assert.Single((await work.BackUpAsync(app)).Tables).Rows);
    }

    private static void MakeWithStaleIndex(string path)
    {
        Commands.Sqlite(path,
            "PRAGMA journal_mode=WAL; CREATE TABLE posts(id INTEGER PRIMARY KEY, body TEXT); CREATE INDEX posts_by_body ON posts(body); " +
            "INSERT INTO posts SELECT value, 'early ' || value FROM generate_series(1,300);");
        WithoutIndex(path, "posts_by_body", "UPDATE posts SET body = 'late ' || id;");
    }

    // Rows are written while the schema does not list the index.
    private static void WithoutIndex(string path, string index, string sql)
    {
        Commands.Sqlite(path,
            $".dbconfig defensive off\nPRAGMA writable_schema=ON; CREATE TABLE kept AS SELECT * FROM sqlite_master WHERE name = '{index}" +
            $"'; DELETE FROM sqlite_master WHERE name = '{index}';");
        Commands.Sqlite(path, $".dbconfig defensive off\n{sql} PRAGMA writable_schema=ON; INSERT INTO sqlite_master SELECT * FROM kept;");
        Commands.Sqlite(path, "DROP TABLE kept");
    }
}
