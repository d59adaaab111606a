namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>`postry prune`: documents, exit codes, and what is left.</summary>
public sealed class PruneVerbTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task What_no_rule_keeps_goes_and_each_decision_has_its_reasons()
    {
        var database = _sandbox.MakeDatabase();
        for (var i = 0; i < 3; i++) await _sandbox.BackUpAsync(database);
        var files = _sandbox.Snapshot("backups");
        string[] rules = ["prune", "--keep-last", "2", "--minimum-age", "0s"];

        Assert.Equal(["Keep", "Keep", "Remove"], await ActionsAsync([.. rules, "--what-if"]));
        Assert.Equal(files, _sandbox.Snapshot("backups"));
        Assert.Equal(["Keep", "Keep", "Keep"], await ActionsAsync("prune", "--keep-last", "1"));

        var report = await _sandbox.JsonAsync(0, rules);
        var sets = report.GetProperty("sets").EnumerateArray().ToList();
        Assert.Equal([false, false, true], sets.Select(set => set.GetProperty("isRemoved").GetBoolean()));
        Assert.Contains("newest good", sets[0].GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()));
        Assert.Equal(sets.Take(2).Select(set => set.GetProperty("id").GetString()),
            (await _sandbox.JsonAsync(0, "list")).EnumerateArray().Select(set => set.GetProperty("id").GetString()));
        var text = (await _sandbox.RunAsync(rules)).Output;
        Assert.Contains("one of the last 2", text, StringComparison.Ordinal);
        Assert.Contains("No backup of 2 is removed", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_rules_of_the_configuration_apply_where_the_command_gives_none()
    {
        var database = _sandbox.MakeDatabase();
        for (var i = 0; i < 2; i++) await _sandbox.BackUpAsync(database);
        var refused = await _sandbox.RunAsync("prune");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--keep-daily 14", refused.LastErrorLine, StringComparison.Ordinal);
        Assert.Equal(2, (await _sandbox.RunAsync("prune", "--keep-last", "0")).ExitCode);
        Assert.Equal(2, (await _sandbox.RunAsync("prune", "--keep-last", "many")).ExitCode);
        Assert.Equal(1, (await _sandbox.RunAsync("prune", "--keep-last", "1", "--database", "other")).ExitCode);

        File.WriteAllText(_sandbox.Path("postry.json"), """{ "retention": { "keepLast": 1, "minimumAge": "0s" } }""");
        Assert.Equal(["Keep", "Remove"], await ActionsAsync("prune", "--what-if"));
        Assert.Equal(["Keep", "Keep"], await ActionsAsync("prune", "--keep-last", "2"));
        File.WriteAllText(_sandbox.Path("postry.json"), """{ "retention": { "keepLast": -1 } }""");
        Assert.Equal(1, (await _sandbox.RunAsync("prune")).ExitCode);
        Assert.Equal(2, (await _sandbox.JsonAsync(0, "list")).GetArrayLength());
        using var keyless = PostryProcess.Start(_sandbox.Folder, ["prune", "--keep-last", "1"]);
        Assert.Equal(1, (await keyless.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_key_that_is_missing_keeps_everything_and_is_no_success()
    {
        var database = _sandbox.MakeDatabase();
        for (var i = 0; i < 2; i++) await _sandbox.BackUpAsync(database);
        using var other = PostryProcess.Start(_sandbox.Folder, ["prune", "--keep-last", "1", "--minimum-age", "0s"],
            ("BACKUP_METADATA_HMAC_KEY", "another key that only this test knows, 98765"));
        var result = await other.EndAsync();
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("Nothing of app is removed: ", result.Errors, StringComparison.Ordinal);
        Assert.Contains("is signed with a key that is missing here.", result.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await _sandbox.JsonAsync(0, "list")).GetArrayLength());
    }

    private async Task<IEnumerable<string?>> ActionsAsync(params string[] arguments) =>
        (await _sandbox.JsonAsync(0, arguments)).GetProperty("sets").EnumerateArray().Select(set => set.GetProperty("action").GetString());
}
