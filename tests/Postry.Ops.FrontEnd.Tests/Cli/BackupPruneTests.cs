namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>`postry backup --prune`: what is removed after which backup, and the exit codes.</summary>
public sealed class BackupPruneTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_backup_that_passes_its_test_prunes_its_own_database_alone()
    {
        var (app, other) = (_sandbox.MakeDatabase(), _sandbox.MakeDatabase("other.db"));
        for (var i = 0; i < 2; i++) await _sandbox.BackUpAsync(app);
        for (var i = 0; i < 2; i++) await _sandbox.BackUpAsync(other);
        WriteRules();
        var result = await _sandbox.RunAsync("backup", "--path", app, "--prune", "--json");
        Assert.True(result.ExitCode == 0, result.ToString());
        var id = Sandbox.Parse(result.Output).GetProperty("id").GetString()!;
        Assert.Contains("2 of 3 backups removed", result.Errors, StringComparison.Ordinal);
        Assert.Equal(["app", "other", "other"], await NamesAsync());
        Assert.Contains(id, (await _sandbox.RunAsync("list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_that_failed_or_is_suspicious_prunes_nothing_and_says_so()
    {
        var app = _sandbox.MakeDatabase();
        for (var i = 0; i < 2; i++) await _sandbox.BackUpAsync(app);
        WriteRules();
        var failed = await _sandbox.RunAsync("backup", "--path", _sandbox.Path("none.db"), "--prune");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("Nothing was pruned, because the backup failed.", failed.Errors, StringComparison.Ordinal);
        Sandbox.Execute(app, "DELETE FROM posts WHERE id > 1; DELETE FROM users");
        var suspicious = await _sandbox.RunAsync("backup", "--path", app, "--prune");
        Assert.Equal(0, suspicious.ExitCode);
        Assert.Contains("Nothing was pruned, because the backup", suspicious.Errors, StringComparison.Ordinal);
        Assert.Equal(["app", "app", "app"], await NamesAsync());

        // The plan alone says nothing of it, and removes nothing.
        Assert.Equal(0, (await _sandbox.RunAsync("backup", "--path", app, "--prune", "--accept-smaller", "--what-if")).ExitCode);
        Assert.Equal(3, (await NamesAsync()).Count());
        Assert.Equal(0, (await _sandbox.RunAsync("backup", "--path", app, "--prune", "--accept-smaller")).ExitCode);
        // Until a good backup is newer by the minimum age, the suspicious one would stay; that is zero here.
        Assert.Single(await NamesAsync());
    }

    [Fact]
    public async Task A_prune_that_fails_does_not_make_a_good_backup_fail()
    {
        var app = _sandbox.MakeDatabase();
        for (var i = 0; i < 2; i++) await _sandbox.BackUpAsync(app);
        var result = await _sandbox.RunAsync("backup", "--path", app, "--prune");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("is good, but pruning failed: There is no rule", result.Errors, StringComparison.Ordinal);
        Assert.Equal(3, (await NamesAsync()).Count());
    }

    [Fact]
    public async Task Of_several_databases_each_prunes_after_its_own_backup()
    {
        var (app, other) = (_sandbox.MakeDatabase(), _sandbox.MakeDatabase("other.db"));
        foreach (var path in new[] { app, other, app, other }) await _sandbox.BackUpAsync(path);
        File.Delete(other);
        WriteRules(""", "databases": { "app": { "path": "app.db" }, "other": { "path": "other.db" } }""");
        var result = await _sandbox.RunAsync("backup", "--database", "*", "--prune");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Nothing was pruned, because the backup failed.", result.Errors, StringComparison.Ordinal);
        Assert.Equal(["app", "other", "other"], await NamesAsync());
    }

    private void WriteRules(string more = "") => File.WriteAllText(_sandbox.Path("postry.json"),
        $$"""{ "retention": { "keepLast": 1, "minimumAge": "0s" }{{more}} }""");

    private async Task<IEnumerable<string?>> NamesAsync() => (await _sandbox.JsonAsync(0, "list")).EnumerateArray()
        .Select(set => set.GetProperty("database").GetString()).Order(StringComparer.Ordinal);
}
