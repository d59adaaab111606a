using System.Diagnostics;
using System.Text.Json;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>Tags and commits at the console: kept, shown, and conditions of lists.</summary>
public sealed class TagVerbTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task The_newest_backup_before_a_version_is_found_by_its_tag()
    {
        var database = _sandbox.MakeDatabase();
        File.WriteAllText(_sandbox.Path("compose.yaml"), "services:\n  web:\n    image: shop:${TAG:-2.13}\n");
        File.WriteAllText(_sandbox.Path("postry.json"), """{ "tags": { "site": "berlin" } }""");
        var old = Id(await _sandbox.BackUpAsync(database, "--tag", "version=v2.13"));
        var before = Id(await _sandbox.BackUpAsync(database, "--tag", "version=v2.13", "--tag", "site=paris"));
        var set = await _sandbox.BackUpAsync(database, "--tag", "version=v2.14");
        Assert.Equal("v2.14", set.GetProperty("tags").GetProperty("version").GetString());
        Assert.Equal("berlin", set.GetProperty("tags").GetProperty("site").GetString());
        Assert.Equal("shop:2.13", set.GetProperty("deployed").GetProperty("images")[0].GetProperty("image").GetString());
        Assert.Equal(JsonValueKind.Null, set.GetProperty("deployed").GetProperty("commit").ValueKind);

        await AssertListedAsync([before, old], "--tag", "version=v2.13");
        await AssertListedAsync([before], "--tag", "version=v2.*", "--tag", "site=p*");
        await AssertListedAsync([Id(set), before, old], "--tag", "version");
        await AssertListedAsync([before, old], "--before-tag", "version=v2.14");
        await AssertListedAsync([before], "--before-tag", "version=v2.14", "--latest");
        await AssertListedAsync([], "--commit", "abcd1234");

        var contents = Sandbox.Contents(database);
        Sandbox.Damage(database);
        var restored = await _sandbox.JsonAsync(0, "restore", "--latest", "--before-tag", "version=v2.14", "--path", database, "--force");
        Assert.Equal(before, restored.GetProperty("backupId").GetString());
        Assert.Equal("paris", restored.GetProperty("tags").GetProperty("site").GetString());
        Assert.Equal(contents, Sandbox.Contents(database));
        Assert.Equal(before, (await _sandbox.JsonAsync(0, "test", "--latest", "--before-tag", "version=v2.14")).GetProperty("id").GetString());

        var list = (await _sandbox.RunAsync("list")).Output;
        Assert.Contains("site=paris version=v2.13", list, StringComparison.Ordinal);
        var one = (await _sandbox.RunAsync("list", "--id", before)).Output;
        Assert.Matches(@"\nTags +site=paris, version=v2\.13\n", one);
        Assert.Matches(@"\nImages +web=shop:2\.13\n", one);
        var plan = await _sandbox.RunAsync("restore", "--id", before, "--path", database, "--what-if");
        Assert.Contains("The backup's tags: site=paris, version=v2.13.", plan.Output, StringComparison.Ordinal);
        Assert.Contains("this was deployed: image web=shop:2.13.", plan.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_commit_is_that_which_git_names()
    {
        var database = _sandbox.MakeDatabase();
        Git("init", "-q", "-b", "main", ".");
        Git("commit", "-q", "--allow-empty", "-m", "one");
        Git("tag", "-a", "-m", "release", "v2.14");
        var set = await _sandbox.BackUpAsync(database);
        var commit = Git("rev-parse", "HEAD");
        Assert.Equal(commit, set.GetProperty("deployed").GetProperty("commit").GetString());
        await AssertListedAsync([Id(set)], "--commit", commit[..10]);
        await AssertListedAsync([Id(set)], "--tag", "git=v2.*");
        Assert.Contains("@v2.14", (await _sandbox.RunAsync("list")).Output, StringComparison.Ordinal);
        Assert.Matches($@"\nDeployed +commit {commit} \(tag v2\.14, branch main\)\n", (await _sandbox.RunAsync("list", "--id", Id(set))).Output);
    }

    [Theory]
    [InlineData("backup", "--path", "app.db", "--tag", "novalue")]
    [InlineData("backup", "--path", "app.db", "--tag", "git=v1")]
    [InlineData("backup", "--path", "app.db", "--tag", "a=1", "--tag", "A=2")]
    [InlineData("backup", "--path", "app.db", "--tag", "")]
    [InlineData("backup-runtime", "--tag", "a b=c")]
    [InlineData("list", "--tag", "=x")]
    [InlineData("list", "--commit", "main")]
    [InlineData("restore", "--path", "app.db", "--before-tag", "version=v2.14")]
    [InlineData("restore", "--path", "app.db", "--before-tag", "version=v2.14", "--id", "aaaaaaaa")]
    [InlineData("test", "--latest", "--before-tag", "=v2.14")]
    public async Task What_cannot_be_meant_is_wrong_usage(params string[] arguments)
    {
        _sandbox.MakeDatabase();
        var result = await _sandbox.RunAsync(arguments);
        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.False(Directory.Exists(Path.Combine(_sandbox.Backups, "db")));
    }

    [Fact]
    public async Task A_tag_that_no_backup_has_and_a_secret_are_errors()
    {
        var database = _sandbox.MakeDatabase();
        Assert.Equal(2, (await _sandbox.RunAsync("backup", "--path", database, "--tag", $"key={Sandbox.Key}")).ExitCode);
        await _sandbox.BackUpAsync(database);
        var result = await _sandbox.RunAsync("list", "--before-tag", "version=v9");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("version=v9", result.Errors, StringComparison.Ordinal);
        Assert.Contains("postry list --tag version=*", result.Errors, StringComparison.Ordinal);
    }

    private string Git(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("git",
            ["-C", _sandbox.Folder, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", .. arguments]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    private static string Id(JsonElement set) => set.GetProperty("id").GetString()!;

    private async Task AssertListedAsync(string[] ids, params string[] conditions) =>
        Assert.Equal(ids, (await _sandbox.JsonAsync(0, ["list", .. conditions])).EnumerateArray().Select(Id));
}
