namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>The choice of the database: a file, a server's, or that of DATABASE_URL; and the error if the choice is not clear.</summary>
public sealed class NamingTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData("DATABASE_URL is not set", "", "backup")]
    [InlineData("DATABASE_URL is not set", "", "compare", "--latest")]
    [InlineData("DATABASE_URL is not set", "", "restore", "--latest", "--force")]
    [InlineData("DATABASE_URL is not set", "", "restore", "--latest", "--what-if", "--mode", "postgres")]
    [InlineData("does not begin with postgres", "mysql://app:hunter2@db/app", "backup")]
    [InlineData("--mode sqlite needs a file", "postgres://app:hunter2@db/app", "backup", "--mode", "sqlite")]
    [InlineData("--mode sqlite contradicts --database-url", "", "backup", "--mode", "sqlite", "--database-url", "postgres://db/app")]
    [InlineData("--mode postgres contradicts --path", "", "backup", "--mode", "postgres", "--path", "app.db")]
    [InlineData("--mode postgres contradicts --path", "", "restore", "--latest", "--mode", "postgres", "--path", "app.db")]
    [InlineData("--schema, --jobs can only be used with PostgreSQL", "", "backup", "--path", "app.db", "--schema", "a", "--schema", "b",
        "--jobs", "2")]
    [InlineData("--on-broken-object can only be used with PostgreSQL", "", "restore", "--latest", "--path", "app.db", "--on-broken-object",
        "leave")]
    [InlineData("--strategy, --no-owner can only be used with PostgreSQL", "", "restore", "--latest", "--path", "app.db", "--no-owner",
        "--strategy", "swap")]
    [InlineData("address of a server", "", "backup", "--path", "postgresql://db/app")]
    [InlineData("another kind of database than PostgreSQL", "", "backup", "--database-url", "mysql://db/app")]
    [InlineData("another kind of database than PostgreSQL", "", "test", "--latest", "--scratch-url", "mysql://db/app")]
    [InlineData("not known", "postgres://app:hunter2@db/app?sslnonsense=1", "backup")]
    [InlineData("MY_URL is empty", "", "backup", "--database-url-env", "MY_URL")]
    [InlineData("MY_URL is empty", "", "test", "--latest", "--scratch-url-env", "MY_URL")]
    public async Task What_cannot_be_meant_is_wrong_usage(string problem, string databaseUrl, params string[] arguments)
    {
        _sandbox.MakeDatabase();
        using var postry = PostryProcess.Start(_sandbox.Folder, [.. arguments, "--json", "--verbose"],
            ("BACKUP_METADATA_HMAC_KEY", Sandbox.Key), ("DATABASE_URL", databaseUrl));
        var result = await postry.EndAsync();
        Assert.True(result.ExitCode == 2, result.ToString());
        var error = Sandbox.Parse(result.Output).GetProperty("error");
        Assert.Contains(problem, error.GetProperty("message").GetString());
        Assert.NotEmpty(error.GetProperty("hint").GetString()!);
        Assert.DoesNotContain("hunter2", result.Output + result.Errors);
        Assert.False(Directory.Exists(_sandbox.Backups));
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("compare", "--latest")]
    [InlineData("restore", "--latest", "--force")]
    public async Task A_file_that_is_named_counts_more_than_the_environment(params string[] arguments)
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        using var postry = PostryProcess.Start(_sandbox.Folder, [.. arguments, "--path", database, "--json"],
            ("BACKUP_METADATA_HMAC_KEY", Sandbox.Key), ("DATABASE_URL", "postgres://app:hunter2@nowhere.invalid/app"));
        var result = await postry.EndAsync();
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.DoesNotContain("hunter2", result.Output + result.Errors);
    }

    [Fact]
    public async Task Lists_narrow_by_address_without_a_connection()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        await _sandbox.JsonAsync(0, "restore", "--latest", "--path", database, "--force");
        foreach (var verb in new[] { "restores", "previous-copies" })
        {
            Assert.Single((await _sandbox.JsonAsync(0, verb, "--path", database)).EnumerateArray());
            Assert.Empty((await _sandbox.JsonAsync(0, verb, "--database-url", "postgresql://nowhere.invalid/app")).EnumerateArray());
        }
    }

    [Fact]
    public async Task Hooks_run_around_the_swap_of_a_file_and_see_no_secret()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        Sandbox.Damage(database);
        using var postry = PostryProcess.Start(_sandbox.Folder,
            ["restore", "--latest", "--path", database, "--force", "--json", "--integrity-key-env", "MY_KEY", "--before-swap",
                "env > before.txt", "--after-swap", "env > after.txt", "--hook-timeout", "20s"],
            ("MY_KEY", Sandbox.Key), ("DATABASE_URL", "postgres://app:hunter2@nowhere.invalid/app"));
        var result = await postry.EndAsync();
        Assert.True(result.ExitCode == 0, result.ToString());
        foreach (var name in new[] { "before.txt", "after.txt" })
        {
            var environment = await File.ReadAllTextAsync(_sandbox.Path(name));
            Assert.Contains("POSTRY_HOOK=", environment);
            Assert.DoesNotContain("hunter2", environment);
            Assert.DoesNotContain(Sandbox.Key, environment);
        }
    }

    [Fact]
    public async Task A_hook_that_fails_before_the_swap_leaves_the_file_alone()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        Sandbox.Damage(database);
        var damaged = Sandbox.Contents(database);
        var error = await _sandbox.JsonAsync(1, "restore", "--latest", "--path", database, "--force", "--before-swap", "exit 3");
        Assert.Equal("ToolFailed", error.GetProperty("error").GetProperty("id").GetString());
        Assert.Equal(damaged, Sandbox.Contents(database));

        Assert.Equal("RestoreUndone", (await _sandbox
            .JsonAsync(5, "restore", "--latest", "--path", database, "--force", "--after-swap", "exit 3"))
            .GetProperty("error").GetProperty("id").GetString());
        Assert.Equal(damaged, Sandbox.Contents(database));
    }
}
