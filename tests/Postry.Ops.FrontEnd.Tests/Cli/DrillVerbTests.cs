using System.Text.Json;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>`postry drill`: exit codes, documents, several databases, and what a stopped drill leaves.</summary>
public sealed class DrillVerbTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_drill_that_passes_proves_the_backup_and_leaves_the_database_alone()
    {
        var database = _sandbox.MakeDatabase();
        var contents = Sandbox.Contents(database);
        var drill = await _sandbox.JsonAsync(0, "drill", "--path", database, "--note", "Monthly exercise.");
        Assert.Equal(("Drill", "Passed", "Passed"), (Text(drill, "kind"), Text(drill, "status"), Text(drill, "evidence")));
        Assert.Equal("Monthly exercise.", Assert.Single(drill.GetProperty("remarks").EnumerateArray()).GetString());
        var posts = Assert.Single(drill.GetProperty("tables").EnumerateArray(), table => Text(table, "name") == "posts");
        Assert.Equal((500, 500), (posts.GetProperty("rowsExpected").GetInt64(), posts.GetProperty("rowsFound").GetInt64()));
        Assert.Equal(contents, Sandbox.Contents(database));
        Assert.Empty(_sandbox.Partials());

        var backup = drill.GetProperty("backup");
        Assert.True(backup.GetProperty("isFresh").GetBoolean());
        var set = Assert.Single((await _sandbox.JsonAsync(0, "list")).EnumerateArray());
        Assert.Equal((Text(backup, "id"), Text(drill, "drillId")), (Text(set, "id"), Text(set, "provenBy")));

        var again = await _sandbox.RunAsync("drill", "--latest", "--path", database);
        Assert.Equal(0, again.ExitCode);
        foreach (var text in new[] { "Passed", "Lose the data", "Verify the restored data", "ROWS EXPECTED", Text(set, "id")! })
            Assert.Contains(text, again.Output, StringComparison.Ordinal);
        Assert.Single((await _sandbox.JsonAsync(0, "list")).EnumerateArray());
        Assert.Equal(2, (await _sandbox.JsonAsync(0, "drills", "--kind", "Drill")).GetArrayLength());
    }

    [Fact]
    public async Task A_drill_of_a_damaged_backup_is_not_proven_and_says_at_which_step()
    {
        var set = await _sandbox.BackUpAsync(_sandbox.MakeDatabase());
        var file = Text(set, "backupFile")!;
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
        var drill = await _sandbox.JsonAsync(3, "drill", "--id", Text(set, "id")!);
        Assert.Equal("Failed", Text(drill, "status"));
        var step = Assert.Single(drill.GetProperty("steps").EnumerateArray(), step => Text(step, "name") == "Check the backup");
        Assert.Equal("Failed", Text(step, "status"));
        Assert.NotEqual(0, drill.GetProperty("deviations").GetArrayLength());
        Assert.Null(Text(Assert.Single((await _sandbox.JsonAsync(0, "list")).EnumerateArray()), "provenBy"));
        Assert.Equal("Failed", Text(Assert.Single((await _sandbox.JsonAsync(0, "drills")).EnumerateArray()), "status"));
    }

    [Fact]
    public async Task Each_database_that_is_meant_has_a_drill_and_one_that_cannot_does_not_keep_the_others_from_it()
    {
        _sandbox.MakeDatabase("one.db", posts: 10);
        _sandbox.MakeDatabase("two.db", posts: 20);
        File.WriteAllText(_sandbox.Path("postry.json"),
            """
            { "databases": { "one": { "path": "one.db" }, "two": { "path": "two.db" } },
              "smoke": { "tables": [ { "table": "posts" } ] } }
            """);
        var drills = await _sandbox.JsonAsync(0, "drill", "--database", "*");
        Assert.Equal(["one", "two"], drills.EnumerateArray().Select(drill => Text(drill, "database")));
        Assert.All(drills.EnumerateArray(), drill => Assert.Equal(1, drill.GetProperty("smoke").GetArrayLength()));

        File.Delete(_sandbox.Path("two.db"));
        var some = await _sandbox.RunAsync("drill", "--database", "*");
        Assert.Equal(1, some.ExitCode);
        Assert.Contains("postry: two: ", some.Errors, StringComparison.Ordinal);
        Assert.Contains("one", some.Output, StringComparison.Ordinal);
        // A database that is lost can still be drilled with its newest backup.
        Assert.Equal(2, (await _sandbox.JsonAsync(0, "drill", "--database", "*", "--latest")).GetArrayLength());
    }

    [Fact]
    public async Task A_plan_does_nothing_and_a_drill_that_is_not_clear_or_not_possible_does_not_begin()
    {
        var database = _sandbox.MakeDatabase();
        var plan = Assert.Single((await _sandbox.JsonAsync(0, "drill", "--path", database, "--what-if")).EnumerateArray());
        Assert.True(plan.GetProperty("spaceNeeded").GetInt64() > new FileInfo(database).Length);
        Assert.Contains("destroy the data there", (await _sandbox.RunAsync("drill", "--path", database, "--what-if")).Output,
            StringComparison.Ordinal);
        foreach (var arguments in (string[][])[
            ["--id", "x", "--latest"], ["--id", "x", "--database", "app"], ["--backup-file", "f", "--id", "x"],
            ["--path", database, "--scratch-url", "postgresql://db/x", "--end-to-end"],
            ["--path", database, "--scratch-url", "postgresql://db/x"], ["--path", database, "--end-to-end"],
            ["--path", database, "--scratch-path", database]])
        {
            var refused = await _sandbox.RunAsync(["drill", .. arguments]);
            Assert.True(refused.ExitCode == 2, refused.ToString());
        }

        Assert.Equal(1, (await _sandbox.RunAsync("drill", "--path", _sandbox.Path("none.db"))).ExitCode);
        Assert.Equal(1, (await _sandbox.RunAsync("drill", "--id", "zzzzzzzz")).ExitCode);
        var unknown = await _sandbox.RunAsync("drill", "--path", database, "--smoke", "no-such-check");
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("no-such-check", unknown.Errors, StringComparison.Ordinal);
        using var keyless = PostryProcess.Start(_sandbox.Folder, ["drill", "--path", database]);
        Assert.Contains("BACKUP_METADATA_HMAC_KEY", (await keyless.EndAsync()).Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_sandbox.Backups));
    }

    [Fact]
    public async Task A_drill_that_is_interrupted_leaves_evidence_of_that_and_nothing_else()
    {
        var database = _sandbox.MakeDatabase(posts: 300_000);
        using var postry = _sandbox.Start("drill", "--path", database);
        while (!Begun().Any()) await Task.Delay(10);
        postry.Interrupt();
        Assert.Equal(130, (await postry.EndAsync()).ExitCode);
        var drill = Assert.Single((await _sandbox.JsonAsync(0, "drills")).EnumerateArray());
        Assert.Equal(("Interrupted", "Passed"), (Text(drill, "status"), Text(drill, "evidence")));
        Assert.Empty(Begun());
        Assert.Empty(_sandbox.Partials());
    }

    private IEnumerable<string> Begun() => Directory.EnumerateFiles(_sandbox.Folder, "*.begun", SearchOption.AllDirectories);

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
