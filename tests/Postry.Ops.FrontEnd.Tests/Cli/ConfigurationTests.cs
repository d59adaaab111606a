namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>postry.json at the console: made, shown, used, and complained of.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private const string Two = """{ "databases": { "app": { "path": "app.db" }, "shop": { "path": "data/shop.db" } } }""";

    private readonly Sandbox _sandbox = new();

    public ConfigurationTests()
    {
        _sandbox.MakeDatabase();
        Directory.CreateDirectory(_sandbox.Path("data"));
        _sandbox.MakeDatabase("data/shop.db", posts: 50);
    }

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Init_writes_a_file_that_config_then_shows()
    {
        var planned = await _sandbox.RunAsync("init", "--what-if");
        Assert.Equal(0, planned.ExitCode);
        Assert.Contains("\"path\": \"data/shop.db\"", planned.Output);
        Assert.False(File.Exists(_sandbox.Path("postry.json")));

        var starter = await _sandbox.JsonAsync(0, "init");
        Assert.Equal(["app", "shop"], starter.GetProperty("databases").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(File.ReadAllText(_sandbox.Path("postry.json")), starter.GetProperty("text").GetString());
        Assert.True(File.Exists(_sandbox.Path("postry.schema.json")));

        var settings = (await _sandbox.JsonAsync(0, "config")).EnumerateArray()
            .ToDictionary(setting => setting.GetProperty("name").GetString()!);
        Assert.Equal("data/shop.db", settings["databases.shop.path"].GetProperty("value").GetString());
        Assert.Equal("File", settings["databases.shop.path"].GetProperty("source").GetString());
        Assert.Matches(@"^NAME +VALUE +SOURCE +DETAIL\n", (await _sandbox.RunAsync("config")).Output);

        var again = await _sandbox.JsonAsync(1, "init");
        Assert.Equal("DestinationExists", again.GetProperty("error").GetProperty("id").GetString());
        Assert.Contains("postry config", again.GetProperty("error").GetProperty("hint").GetString());
        await _sandbox.JsonAsync(0, "init", "--force");
    }

    [Fact]
    public async Task Config_shows_no_secret()
    {
        Write("""{ "databases": { "app": { "urlVariable": "APP_URL", "hooks": { "beforeSwap": "PGPASSWORD=hunter2 psql" } } } }""");
        foreach (var form in new[] { "--json", "--verbose" })
        {
            using var postry = PostryProcess.Start(_sandbox.Folder, ["config", form], ("DATABASE_URL", "postgresql://scott:hunter2@db/app"),
                ("APP_URL", "Host=db;Username=scott;Password=hunter2"), ("BACKUP_METADATA_HMAC_KEY", "hunter2hunter2hunter2"));
            var result = await postry.EndAsync();
            Assert.True(result.ExitCode == 0, result.ToString());
            Assert.Contains("scott:***@db", result.Output);
            Assert.DoesNotContain("hunter2", result.Output + result.Errors);
        }
    }

    [Fact]
    public async Task A_mistyped_variable_is_a_warning()
    {
        foreach (var verb in new[] { "config", "list" })
        {
            using var postry = PostryProcess.Start(_sandbox.Folder, [verb, "--json"], ("POSTRY_RETENTION_KEEP_DAILI", "30"));
            var result = await postry.EndAsync();
            Assert.True(result.ExitCode == 0, result.ToString());
            Assert.Contains("POSTRY_RETENTION_KEEP_DAILI: There is no such variable; did you mean POSTRY_RETENTION_KEEP_DAILY?",
                result.Errors);
        }
    }

    [Fact]
    public async Task What_is_wrong_is_told_with_its_place_and_once()
    {
        Write("{\n  \"retension\": { },\n  \"databases\": { \"app\": { \"paht\": \"app.db\" } }\n}");
        foreach (string[] arguments in new[] { new[] { "config" }, ["backup"], ["backup", "--database", "app"] })
        {
            var result = await _sandbox.RunAsync([.. arguments, "--json"]);
            Assert.Equal(1, result.ExitCode);
            var error = Sandbox.Parse(result.Output).GetProperty("error");
            Assert.Equal("ConfigurationInvalid", error.GetProperty("id").GetString());
            Assert.Contains("postry.json:2:3: There is no key 'retension' in the file; did you mean 'retention'?",
                error.GetProperty("message").GetString());
            Assert.Contains("postry.json:3:27:", error.GetProperty("message").GetString());
            Assert.DoesNotContain("warning:", result.Errors);
        }

        var named = await _sandbox.RunAsync("backup", "--path", "app.db", "--json");
        Assert.Equal(0, named.ExitCode);
        Assert.Contains("postry.json:2:3:", named.Errors);
    }

    [Fact]
    public async Task Databases_are_backed_up_by_name_and_by_pattern()
    {
        Write(Two);
        Assert.Equal("shop", (await _sandbox.JsonAsync(0, "backup", "--database", "shop")).GetProperty("database").GetString());
        Assert.Equal(["app", "shop"], (await _sandbox.JsonAsync(0, "backup", "--database", "*")).EnumerateArray()
            .Select(set => set.GetProperty("database").GetString()));
        Assert.Equal(["app"], (await _sandbox.JsonAsync(0, "backup", "--database", "a*", "--what-if")).EnumerateArray()
            .Select(plan => plan.GetProperty("database").GetString()));

        File.Delete(_sandbox.Path("app.db"));
        var result = await _sandbox.RunAsync("backup", "--database", "*", "--json");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("shop", Assert.Single(Sandbox.Parse(result.Output).EnumerateArray()).GetProperty("database").GetString());
        Assert.Contains("app.db", result.Errors);

        var unknown = (await _sandbox.JsonAsync(2, "backup", "--database", "shpo")).GetProperty("error");
        Assert.Contains("did you mean 'shop'?", unknown.GetProperty("message").GetString());
        Assert.Contains("--database", unknown.GetProperty("hint").GetString());
        await _sandbox.JsonAsync(2, "backup", "--database", "x*");
        // The name counts as a logical name beside a path, and if the file does not list it; a database cannot have this one.
        Assert.Contains("cannot be the logical name",
            (await _sandbox.JsonAsync(2, "backup", "--database", "x*", "--path", "data/shop.db")).GetProperty("error")
            .GetProperty("message").GetString());
        Write("{}");
        Assert.Contains("No database is named", (await _sandbox.JsonAsync(2, "backup", "--database", "x*")).GetProperty("error")
            .GetProperty("message").GetString());
        Write(Two);
        await _sandbox.JsonAsync(2, "backup");
    }

    [Fact]
    public async Task Databases_are_compared_and_restored_by_name_between_their_own_commands()
    {
        Write($$"""{ "databases": { "app": { "path": "app.db" }, "shop": { "path": "data/shop.db", "hooks": { "beforeSwap": "touch '{{_sandbox.Path("stopped")}}'" } } } }""");
        var id = (await _sandbox.JsonAsync(0, "backup", "--database", "shop")).GetProperty("id").GetString()!;
        await _sandbox.JsonAsync(0, "backup", "--database", "app");
        var shop = _sandbox.Path("data/shop.db");
        var good = Sandbox.Contents(shop);
        foreach (string[] way in new[] { new[] { "--latest" }, ["--id", id] })
        {
            Sandbox.Damage(shop);
            Assert.Equal("Different", (await _sandbox.JsonAsync(0, ["compare", "--database", "shop", .. way])).GetProperty("status")
                .GetString());
            await _sandbox.JsonAsync(0, ["restore", "--database", "shop", "--force", .. way]);
            Assert.Equal(good, Sandbox.Contents(shop));
        }

        Assert.True(File.Exists(_sandbox.Path("stopped")));
    }

    [Fact]
    public async Task DATABASE_URL_may_name_a_SQLite_file()
    {
        foreach (var url in new[] { "sqlite:///app.db", $"sqlite+aiosqlite:///{_sandbox.Path("app.db")}" })
        {
            using var postry = PostryProcess.Start(_sandbox.Folder, ["backup", "--json"], ("DATABASE_URL", url),
                ("BACKUP_METADATA_HMAC_KEY", Sandbox.Key));
            var result = await postry.EndAsync();
            Assert.True(result.ExitCode == 0, result.ToString());
            Assert.Equal(_sandbox.Path("app.db"), Sandbox.Parse(result.Output).GetProperty("source").GetString());
        }

        Assert.Equal("app", (await _sandbox.JsonAsync(0, "backup", "--database-url", "sqlite:///app.db")).GetProperty("database")
            .GetString());
    }

    private void Write(string text) => File.WriteAllText(_sandbox.Path("postry.json"), text);
}
