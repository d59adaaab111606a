using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Suspicion;

/// <summary>Daily changes of an application and its migrations raise no doubt; postry.json sets the limits.</summary>
public sealed class PlausibilityTests : IDisposable
{
    private readonly ShrinkingApp _app = new();

    public void Dispose() => _app.Dispose();

    [StockTheory]
    [InlineData("DELETE FROM posts WHERE id % 2 = 0;")]
    [InlineData("ALTER TABLE posts RENAME TO articles; ALTER TABLE users RENAME TO accounts;")]
    [InlineData("CREATE TABLE articles AS SELECT * FROM posts; DROP TABLE posts; INSERT INTO articles VALUES (1001, 'new');")]
    [InlineData("INSERT INTO posts SELECT id + 1000, body FROM posts;")]
    [InlineData("VACUUM; DELETE FROM users WHERE id > 20;")]
    public async Task Ordinary_changes_are_not_suspicious(string change)
    {
        var first = await _app.BackUpAsync();
        Commands.Sqlite(_app.Path, change);
        var set = await _app.BackUpAsync();
        Assert.Equal((BackupStatus.Complete, (string?)null), (set.Status, set.StatusDetail));
        Assert.Equal((first.Id, 0), (set.Plausibility!.ComparedWith, set.Plausibility.Doubts.Count));
        Assert.Equal(set.Id, (await _app.PlanAsync(new BackupSelector { Latest = true })).Backup.Id);
        Assert.DoesNotContain(_app.Work.Reporter.Warnings, warning => warning.Contains("Suspicious", StringComparison.Ordinal));
    }

    [StockFact]
    public async Task A_table_that_a_migration_drops_is_told_and_does_not_keep_the_latest_from_being_chosen()
    {
        Commands.Sqlite(_app.Path, """
            CREATE TABLE a AS SELECT 1 AS x; CREATE TABLE b AS SELECT 1 AS x;
            CREATE TABLE posts_old AS SELECT * FROM posts LIMIT 100; CREATE TABLE never_filled(x);
            """);
        var first = await _app.BackUpAsync();
        Commands.Sqlite(_app.Path, "DROP TABLE posts_old; DROP TABLE never_filled;");
        var set = await _app.BackUpAsync();
        Assert.Equal(BackupStatus.Complete, set.Status);
        Assert.Contains($"Tables that held rows in {first.Id} are not in {set.Id}: posts_old.", _app.Work.Reporter.Warnings);
        var plan = await _app.PlanAsync(new BackupSelector { Latest = true });
        Assert.Equal(set.Id, plan.Backup.Id);
        Assert.Contains($"Tables that held rows in {first.Id} are not in the backup: posts_old.", plan.Summary);
        // Once it has been told, it is so.
        Assert.Empty((await _app.BackUpAsync()).Plausibility!.MissingTables);
    }

    [StockFact]
    public async Task Free_space_that_VACUUM_gives_back_is_no_loss()
    {
        Commands.Sqlite(_app.Path, "CREATE TABLE big AS SELECT randomblob(1000) FROM generate_series(1, 5000); DELETE FROM big;");
        var first = await _app.BackUpAsync();
        Commands.Sqlite(_app.Path, "VACUUM; INSERT INTO posts VALUES (1001, 'new');");
        var set = await _app.BackUpAsync();
        Assert.True(set.SourceBytes * 2 < first.SourceBytes);
        Assert.Equal(BackupStatus.Complete, set.Status);
    }

    [StockFact]
    public async Task The_first_backup_and_one_of_an_empty_database_are_held_against_nothing()
    {
        Commands.Sqlite(_app.Path, "DELETE FROM posts; DELETE FROM users;");
        var first = await _app.BackUpAsync();
        Assert.Equal((BackupStatus.Complete, (Plausibility?)null), (first.Status, first.Plausibility));
        Assert.Equal(BackupStatus.Complete, (await _app.BackUpAsync()).Status);
        // Another database of the same name is another database.
        Commands.Sqlite(_app.Work["other.db"], "CREATE TABLE t(a)");
        var other = new BackupRequest { Source = new SqliteAddress(_app.Work["other.db"]), Database = "app" };
        Assert.Null((await _app.Work.Engine.BackUpAsync(other)).Plausibility);
    }

    [StockTheory]
    [InlineData(FingerprintKind.RowCount, "No rows are left")]
    [InlineData(FingerprintKind.None, "bytes are left")]
    public async Task Whatever_was_measured_is_held_against_what_was_measured_before(FingerprintKind kind, string reason)
    {
        await _app.BackUpAsync();
        var same = await _app.BackUpAsync(request => request with { Fingerprint = kind });
        Assert.Equal(BackupStatus.Complete, same.Status);
        Commands.Sqlite(_app.Path, "DELETE FROM posts; DELETE FROM users;");
        var set = await _app.BackUpAsync(request => request with { Fingerprint = kind });
        Assert.Equal(BackupStatus.Suspicious, set.Status);
        Assert.Contains(reason, set.StatusDetail);
    }

    [StockTheory]
    [InlineData("""{ "plausibility": { "enabled": false } }""", "DELETE FROM posts; DELETE FROM users;", null)]
    [InlineData("""{ "plausibility": { "minimumRows": "20%", "minimumSize": "0%" } }""", "DELETE FROM posts WHERE id % 4 > 0;", null)]
    [InlineData("""{ "plausibility": { "minimumRows": "0%", "minimumSize": "0%" } }""",
        "DELETE FROM posts; DELETE FROM users;", "No rows are left")]
    [InlineData("""{ "plausibility": { "minimumRows": "90%" } }""",
        "DELETE FROM posts WHERE id % 5 = 0;", "840 rows are left of 1,040, less than 90%.")]
    [InlineData("""{ "plausibility": { "minimumTables": "50%" } }""", "DROP TABLE users;", null)]
    [InlineData("""{ "plausibility": { "minimumSize": "0%" } }""", "UPDATE posts SET body = NULL;", null)]
    // A backup that is asked for outright is made whatever is wrong with the file, and is judged all the same.
    [InlineData("""{ "plausibility": { "minimumRows": "much" } }""", "DELETE FROM posts; DELETE FROM users;", "No rows are left")]
    public async Task How_much_must_be_left_is_in_the_configuration(string configuration, string change, string? reason)
    {
        await _app.BackUpAsync();
        Commands.Sqlite(_app.Path, change);
        var set = await _app.BackUpUnderAsync(configuration);
        Assert.Equal(reason is null ? BackupStatus.Complete : BackupStatus.Suspicious, set.Status);
        if (reason is not null) Assert.Contains(reason, set.StatusDetail);
    }

    [StockFact]
    public async Task A_variable_counts_more_than_the_file()
    {
        await _app.BackUpAsync();
        Commands.Sqlite(_app.Path, "DELETE FROM posts WHERE id % 5 = 0;");
        const string file = """{ "plausibility": { "minimumRows": "10%" } }""";
        var set = await _app.BackUpUnderAsync(file, ("POSTRY_PLAUSIBILITY_MINIMUM_ROWS", "95%"));
        Assert.Contains("840 rows are left of 1,040, less than 95%.", set.StatusDetail);
    }
}
