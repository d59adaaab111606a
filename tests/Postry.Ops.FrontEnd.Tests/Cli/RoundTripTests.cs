using System.Text.Json;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>The main job from the console: back up, list, test, compare, restore, undo.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData("WAL")]
    [InlineData("DELETE")]
    public async Task Everything_comes_back_and_the_restore_can_be_undone(string journal)
    {
        var database = _sandbox.MakeDatabase(journal: journal);
        var before = Sandbox.Contents(database);
        var set = await _sandbox.BackUpAsync(database, "--label", "nightly");
        var id = Text(set, "id");

        Sandbox.Damage(database);
        var damaged = Sandbox.Contents(database);
        var compared = await _sandbox.JsonAsync(0, "compare", "--id", id, "--path", database);
        Assert.Equal("Different", Text(compared, "status"));

        var record = await _sandbox.JsonAsync(0, "restore", "--id", id, "--path", database, "--force");
        Assert.Equal("Committed", Text(record, "status"));
        Assert.Equal(before, Sandbox.Contents(database));
        Assert.Equal("Equal", Text(await _sandbox.JsonAsync(0, "compare", "--latest", "--path", database), "status"));
        Assert.True(File.Exists(Text(record, "previousCopy")));

        var undone = await _sandbox.JsonAsync(0, "undo", "--latest", "--path", database, "--force");
        Assert.Equal("Undone", Text(undone, "status"));
        Assert.Equal(damaged, Sandbox.Contents(database));
    }

    [Fact]
    public async Task The_last_good_backup_needs_a_consent_of_its_own()
    {
        var database = _sandbox.MakeDatabase();
        var first = Text(await _sandbox.BackUpAsync(database), "id");
        var second = Text(await _sandbox.BackUpAsync(database), "id");
        await _sandbox.JsonAsync(0, "remove", "--id", first, "--force");
        var refused = await _sandbox.RunAsync("remove", "--id", second, "--force");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--allow-last", refused.Errors, StringComparison.Ordinal);
        Assert.Single((await _sandbox.JsonAsync(0, "list")).EnumerateArray());
        Assert.True((await _sandbox.JsonAsync(0, "remove", "--id", second, "--force", "--allow-last")).GetProperty("isLastGood").GetBoolean());
        Assert.Empty((await _sandbox.JsonAsync(0, "list")).EnumerateArray());
    }

    [Theory]
    [InlineData("restore", "No backup is named. The newest in", "--id")]
    [InlineData("compare", "No backup is named. The newest in", "--id")]
    [InlineData("test", "No backup is named. The newest in", "--latest")]
    [InlineData("undo", "No restore is named. The newest in", "--id")]
    [InlineData("complete", "No restore is named. The newest in", "--latest")]
    public async Task A_command_without_a_choice_says_what_there_is(string verb, string problem, string next)
    {
        var database = _sandbox.MakeDatabase();
        var set = Text(await _sandbox.BackUpAsync(database, "--label", "nightly"), "id");
        var restore = Text(await _sandbox.JsonAsync(0, "restore", "--latest", "--path", database, "--force"), "restoreId");
        string[] target = verb == "test" ? [] : ["--path", database];
        var refused = await _sandbox.RunAsync([verb, .. target]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(problem, refused.Errors, StringComparison.Ordinal);
        Assert.Contains(next, refused.Errors, StringComparison.Ordinal);
        Assert.Contains(problem.Contains("restore", StringComparison.Ordinal) ? $"{restore}  {database}, " : $"{set}  ", refused.Errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_one_restore_has_kept_can_be_removed_by_its_id()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        var first = await _sandbox.JsonAsync(0, "restore", "--latest", "--path", database, "--force");
        var second = await _sandbox.JsonAsync(0, "restore", "--latest", "--path", database, "--force");
        await _sandbox.JsonAsync(1, "previous-copies", "--remove", "--id", "nothing1", "--force");
        await _sandbox.JsonAsync(0, "previous-copies", "--remove", "--id", Text(first, "restoreId"), "--force");
        Assert.False(File.Exists(Text(first, "previousCopy")));
        Assert.True(File.Exists(Text(second, "previousCopy")));
    }

    [Fact]
    public async Task What_differs_beside_rows_and_definitions_is_in_the_text_and_in_the_document()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        Assert.Contains("no differences", (await _sandbox.RunAsync("compare", "--latest", "--path", database)).Output,
            StringComparison.Ordinal);
        Sandbox.Execute(database, "PRAGMA user_version = 8");

        var text = await _sandbox.RunAsync("compare", "--latest", "--path", database);
        Assert.Contains("database, user_version: live 8, backup 0", text.Output, StringComparison.Ordinal);
        Assert.Contains("1 database property differs (user_version: live 8, backup 0)", text.Output, StringComparison.Ordinal);
        var compared = await _sandbox.JsonAsync(0, "compare", "--latest", "--path", database);
        Assert.Equal("user_version", Text(Assert.Single(compared.GetProperty("properties").EnumerateArray()), "name"));
        Assert.Empty(compared.GetProperty("notCompared").EnumerateArray());
    }

    [Fact]
    public async Task A_backup_is_listed_with_what_it_holds()
    {
        var database = _sandbox.MakeDatabase(posts: 123);
        var set = await _sandbox.BackUpAsync(database, "--database", "shop", "--label", "before 2.0");
        Assert.Equal("shop", Text(set, "database"));
        Assert.Equal("sqlite", Text(set, "mode"));
        Assert.Equal("Complete", Text(set, "status"));
        Assert.EndsWith("Z", Text(set, "snapshotAt"));
        Assert.True(System.Xml.XmlConvert.ToTimeSpan(Text(set, "duration")) > TimeSpan.Zero);

        var posts = set.GetProperty("tables").EnumerateArray().Single(table => Text(table, "name") == "posts");
        Assert.Equal(123, posts.GetProperty("rows").GetInt64());
        Assert.Equal(32, Text(posts, "fingerprint").Length);

        var listed = await _sandbox.JsonAsync(0, "list", "--database", "sh*", "--label", "before*", "--latest");
        Assert.Equal(Text(set, "id"), Text(Assert.Single(listed.EnumerateArray()), "id"));
        Assert.Empty((await _sandbox.JsonAsync(0, "list", "--database", "other")).EnumerateArray());
        Assert.Empty((await _sandbox.JsonAsync(0, "list", "--before", "2020-01-01")).EnumerateArray());

        var table = await _sandbox.RunAsync("list");
        Assert.Contains(Text(set, "id"), table.Output);
        Assert.Contains("before 2.0", table.Output);
    }

    [Theory]
    [InlineData("Signature")]
    [InlineData("artefact")]
    [InlineData("Contents")]
    [InlineData("Restore")]
    public async Task A_good_backup_passes_at_every_level(string level)
    {
        var set = await _sandbox.BackUpAsync(_sandbox.MakeDatabase());
        var report = await _sandbox.JsonAsync(0, "test", "--backup-file", Text(set, "backupFile"), "--level", level);
        Assert.Equal("Passed", Text(report, "status"));
        Assert.All(report.GetProperty("checks").EnumerateArray(), check => Assert.Equal("Passed", Text(check, "status")));
    }

    [Fact]
    public async Task A_backup_that_only_counts_rows_cannot_be_called_proven()
    {
        await _sandbox.BackUpAsync(_sandbox.MakeDatabase(), "--fingerprint", "RowCount");
        Assert.Equal("Inconclusive", Text(await _sandbox.JsonAsync(3, "test", "--latest"), "status"));
    }

    [Fact]
    public async Task What_if_says_what_would_be_done_and_does_nothing()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.JsonAsync(0, "backup", "--path", database, "--what-if");
        Assert.False(Directory.Exists(_sandbox.Backups) && _sandbox.Snapshot("backups").Count > 0);

        await _sandbox.BackUpAsync(database);
        Sandbox.Damage(database);
        var files = _sandbox.Snapshot();
        var plan = await _sandbox.JsonAsync(0, "restore", "--latest", "--path", database, "--what-if");
        Assert.Equal("Different", Text(plan.GetProperty("comparison"), "status"));
        Assert.Equal(files, _sandbox.Snapshot());
    }

    [Fact]
    public async Task Kept_copies_are_listed_and_removed_by_age()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        await _sandbox.JsonAsync(0, "restore", "--latest", "--path", database, "--force");

        var kept = Assert.Single((await _sandbox.JsonAsync(0, "previous-copies")).EnumerateArray());
        Assert.Empty((await _sandbox.JsonAsync(0, "previous-copies", "--remove", "--older-than", "1h", "--force")).EnumerateArray());
        Assert.True(File.Exists(Text(kept, "path")));

        var removed = Assert.Single((await _sandbox.JsonAsync(0, "previous-copies", "--remove", "--older-than", "0m", "--force"))
            .EnumerateArray());
        Assert.True(removed.GetProperty("removed").GetBoolean());
        Assert.False(File.Exists(Text(kept, "path")));
    }

    [Fact]
    public async Task A_database_that_is_gone_comes_back()
    {
        var database = _sandbox.MakeDatabase();
        var before = Sandbox.Contents(database);
        await _sandbox.BackUpAsync(database);
        File.Delete(database);

        await _sandbox.JsonAsync(0, "restore", "--latest", "--database", "app", "--path", database, "--force");
        Assert.Equal(before, Sandbox.Contents(database));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
