using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Smoke;
using Postry.Ops.Engine.Tests.Configuration;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Smoke;

/// <summary>Checks of a copy that stands for the real database: only those of its data are made, and the copy answers them.</summary>
public sealed class CopyCheckTests : IDisposable
{
    private readonly Workspace _work = new();

    private string App => _work["app.db"];

    private string Copy => _work["copy.db"];

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task Only_checks_of_its_data_are_made_and_the_copy_answers_them()
    {
        var backup = await BackUpAsync();
        // The live database would fail every check.
        Commands.Sqlite(App, "DROP TABLE posts");
        using var application = new SmallApplication(() => 200);
        var smoke = Smoke($$"""
            {
              "http": [{ "name": "health", "url": "{{application.Health}}" }],
              "monitoring": { "url": "{{application.Health}}" },
              "sql": [
                { "name": "counts", "query": "SELECT count(*) FROM posts", "expectValue": "2", "after": ["health", "of audit"] },
                { "name": "of app", "query": "SELECT 1 FROM posts", "expectRows": true, "database": "app", "after": ["counts"] },
                { "name": "of audit", "query": "SELECT 1 FROM audit", "database": "audit" }
              ],
              "tables": [{ "table": "posts", "atLeastBackup": true }],
              "freshness": [{ "backup": true, "maximumAge": "1s" }]
            }
            """);
        var report = await smoke.RunOnCopyAsync(Request(), backup, default);
        Assert.Equal(["counts", "of app", "table posts"], report.Checks.Select(check => check.Name));
        Assert.All(report.Checks, check => Assert.True(check.Status == CheckStatus.Passed, $"{check}"));
        Assert.Equal(CheckStatus.Passed, report.Status);
        Assert.Equal(0, application.Requests);

        var byEntry = Request() with { StandsFor = new CopiedDatabase(null, "app"), Names = ["of app"] };
        Assert.Equal(["counts", "of app"], (await smoke.RunOnCopyAsync(byEntry, backup, default)).Checks.Select(check => check.Name));
        var unknown = Request() with { StandsFor = null };
        Assert.Equal(["counts", "table posts"], (await smoke.RunOnCopyAsync(unknown, backup, default)).Checks.Select(check => check.Name));

        Commands.Sqlite(Copy, "DELETE FROM posts WHERE id = 1");
        var failed = await smoke.RunOnCopyAsync(Request(), backup, default);
        Assert.Equal([CheckStatus.Failed, CheckStatus.Skipped, CheckStatus.Failed], failed.Checks.Select(check => check.Status));
        Assert.Equal(CheckStatus.Failed, failed.Status);
    }

    [StockFact]
    public async Task Nothing_to_ask_is_skipped_unless_a_check_is_named()
    {
        var backup = await BackUpAsync();
        var smoke = Smoke("""
            {
              "http": [{ "name": "health", "url": "http://127.0.0.1:9/" }],
              "sql": [{ "name": "of audit", "query": "SELECT 1", "database": "audit" }]
            }
            """);
        var report = await smoke.RunOnCopyAsync(Request(), backup, default);
        Assert.Equal(CheckStatus.Skipped, report.Status);
        Assert.Empty(report.Checks);
        Assert.Empty(smoke.Plan(Request()));
        foreach (var name in new[] { "health", "of audit", "*" })
        {
            var e = await Assert.ThrowsAsync<InvalidRequestException>(() =>
                smoke.RunOnCopyAsync(Request() with { Names = [name] }, backup, default));
            Assert.Contains($"only checks of its data, and {name} is none", e.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<SourceNotFoundException>(() =>
            smoke.RunOnCopyAsync(Request() with { Names = ["nothing"] }, backup, default));
    }

    [StockFact]
    public async Task Data_is_as_old_as_it_was_when_the_backup_was_made()
    {
        var backup = await BackUpAsync();
        var smoke = Smoke("""{ "freshness": [{ "table": "posts", "column": "created_at", "maximumAge": "24h" }] }""");
        Assert.Equal(CheckStatus.Failed, (await AskAsync(DateTime.UtcNow)).Status);
        var fresh = await AskAsync(new DateTime(2020, 1, 2, 6, 0, 0, DateTimeKind.Utc));
        Assert.Equal(CheckStatus.Passed, fresh.Status);
        Assert.Equal("not older than 24h when the backup was made", fresh.Expected);
        var old = await AskAsync(new DateTime(2020, 1, 5, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(CheckStatus.Failed, old.Status);
        Assert.Contains("was 3 days old when the backup was made, and 24h are allowed", old.Detail, StringComparison.Ordinal);
        var early = await AskAsync(new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(CheckStatus.Inconclusive, early.Status);
        Assert.Contains("is later than the backup: a clock is wrong", early.Detail, StringComparison.Ordinal);

        async Task<SmokeResult> AskAsync(DateTime snapshot) => Assert.Single((await smoke.RunOnCopyAsync(Request(),
            backup with { Set = backup.Set with { SnapshotAt = snapshot } }, default)).Checks);
    }

    private SmokeRequest Request() => new()
    {
        Database = new SqliteAddress(Copy), StandsFor = new CopiedDatabase(new SqliteAddress(App)), Deadline = TimeSpan.FromSeconds(20),
    };

    private SmokeOperation Smoke(string smoke) => new(_work.Settings() with
    {
        Configuration = ConfigurationText.Read($$"""
            { "databases": { "app": { "path": "{{App}}" }, "audit": { "path": "{{_work["audit.db"]}}" } }, "smoke": {{smoke}} }
            """),
    }, SilentObserver.Instance);

    private async Task<LoadedBackup> BackUpAsync()
    {
        Commands.Sqlite(App, """
            CREATE TABLE posts(id INTEGER PRIMARY KEY, created_at TEXT);
            INSERT INTO posts VALUES (1, '2020-01-01 00:00:00'), (2, '2020-01-02 00:00:00');
            """);
        File.Copy(App, Copy);
        var set = await _work.BackUpAsync(App);
        return new BackupCatalog(_work.Settings()).Load(new BackupSelector { Id = set.Id }, null);
    }
}
