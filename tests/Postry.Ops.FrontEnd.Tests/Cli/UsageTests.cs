namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>Command lines that cannot be acted on: exit 2, before anything is read or written.</summary>
public sealed class UsageTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData("no verb")]
    [InlineData("an unknown verb", "bakcup")]
    [InlineData("an unknown option", "list", "--nonsense")]
    [InlineData("an empty path", "backup", "--path", "")]
    [InlineData("a path twice", "backup", "--path", "a", "--path", "b")]
    [InlineData("an unknown mode", "backup", "--path", "a.db", "--mode", "oracle")]
    [InlineData("an unknown fingerprint", "backup", "--path", "a.db", "--fingerprint", "1")]
    [InlineData("two ways to choose", "test", "--latest", "--id", "x")]
    [InlineData("an unknown level", "test", "--latest", "--level", "Deep")]
    [InlineData("a time that means two days", "restore", "--before", "03/04/2026", "--path", "a.db")]
    [InlineData("two ways to choose by time", "restore", "--before", "2026-01-01", "--latest", "--path", "a.db")]
    [InlineData("removal without an age", "previous-copies", "--remove", "--force")]
    [InlineData("an age without a unit", "previous-copies", "--older-than", "7")]
    [InlineData("a file and an address", "backup", "--path", "a.db", "--database-url", "postgresql://db/app")]
    [InlineData("an address in two places", "restore", "--latest", "--database-url", "postgresql://db/app", "--database-url-env", "URL")]
    [InlineData("two addresses for a trial", "test", "--latest", "--scratch-url", "postgresql://db/app", "--scratch-url-env", "URL")]
    [InlineData("an unknown strategy", "restore", "--latest", "--strategy", "Magic")]
    [InlineData("an unknown compression", "backup", "--compression", "zip")]
    [InlineData("no jobs at all", "backup", "--jobs", "0")]
    [InlineData("an empty schema", "backup", "--schema", "")]
    [InlineData("a time that is none", "restore", "--latest", "--hook-timeout", "soon")]
    [InlineData("runtime files left out and named", "backup", "--path", "a.db", "--no-runtime", "--runtime-path", ".env")]
    [InlineData("an empty pattern", "backup-runtime", "--runtime-path", "")]
    [InlineData("a number that is none", "demo", "--posts", "abc")]
    [InlineData("a switch that is neither on nor off", "previous-copies", "--remove=maybe")]
    public async Task A_command_line_that_cannot_work_is_a_usage_error(string what, params string[] arguments)
    {
        var result = await _sandbox.RunAsync([.. arguments, "--json"]);
        Assert.True(result.ExitCode == 2, $"{what}: {result}");
        Assert.Equal("Usage", Sandbox.Parse(result.Output).GetProperty("error").GetProperty("id").GetString());
        Assert.StartsWith("See: postry", result.LastErrorLine);
        Assert.Empty(_sandbox.Snapshot());
    }

    [Theory]
    [InlineData("test")]
    [InlineData("undo", "--force")]
    [InlineData("restore-runtime", "--force")]
    public async Task A_command_without_a_choice_is_refused_also_where_there_is_nothing_to_choose(params string[] arguments)
    {
        var result = await _sandbox.RunAsync([.. arguments, "--json"]);
        Assert.Equal(2, result.ExitCode);
        var error = Sandbox.Parse(result.Output).GetProperty("error");
        Assert.Equal("InvalidRequest", error.GetProperty("id").GetString());
        Assert.Contains("is named, and there is no", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(_sandbox.Snapshot());
    }

    [Theory]
    [InlineData("backup", "--path", "postgresql://app:hunter2@db.example.org:5432/app")]
    [InlineData("backup", "postgres://app:hunter2@db/app")]
    [InlineData("backup", "--path=postgres://db/app?user=app&password=hunter2")]
    [InlineData("backup", "--database-url", "postgresql://app:hunter2@db.example.org/app")]
    [InlineData("backup", "--database-url", "postgresql+psycopg://app:hunter2/with@odd#signs@db/app")]
    [InlineData("compare", "--latest", "--database-url", "host=db user=app password=hunter2")]
    [InlineData("compare", "--latest", "--database-url=password = 'hunter2' host=db")]
    [InlineData("restore", "--latest", "--database-url", "Host=db;Username=app;Password=hunter2")]
    [InlineData("restore", "--latest", "--database-url", "Server=db;Uid=app;Pwd=hunter2")]
    [InlineData("restore", "--latest", "--before-swap", "PGPASSWORD=hunter2 psql -c checkpoint")]
    [InlineData("test", "--latest", "--scratch-url", "postgres://app:hunter2@db/app")]
    [InlineData("undo", "--latest", "--database-url", "postgres://db/app?user=app&password=hunter2")]
    [InlineData("no-such-verb", "host=db password=hunter2")]
    [InlineData("list", "--integrity-key", "hunter2")]
    [InlineData("list", "--integrity-key=hunter2")]
    public async Task A_secret_on_the_command_line_is_refused_and_never_repeated(params string[] arguments)
    {
        var result = await _sandbox.RunAsync([.. arguments, "--json", "--verbose"]);
        Assert.Equal(2, result.ExitCode);
        Assert.Equal("Usage", Sandbox.Parse(result.Output).GetProperty("error").GetProperty("id").GetString());
        Assert.DoesNotContain("hunter2", result.Output + result.Errors);
    }

    [Fact]
    public async Task Mode_auto_is_as_good_as_no_mode()
    {
        var path = _sandbox.MakeDatabase(posts: 5);
        var set = await _sandbox.JsonAsync(0, "backup", "--path", path, "--mode", "AUTO");
        Assert.Equal("sqlite", set.GetProperty("mode").GetString());
        Assert.Single((await _sandbox.JsonAsync(0, "list", "--mode", "auto")).EnumerateArray());
        Assert.Empty((await _sandbox.JsonAsync(0, "list", "--mode", "postgres")).EnumerateArray());
    }

    [Fact]
    public async Task As_text_a_usage_error_leaves_standard_output_empty()
    {
        var result = await _sandbox.RunAsync("backup", "--jobs");
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Equal("See: postry backup --help", result.LastErrorLine);
    }

    [Fact]
    public async Task Help_names_every_verb_and_hides_what_only_the_demonstration_needs()
    {
        var help = await _sandbox.RunAsync("--help");
        Assert.Equal(0, help.ExitCode);
        string[] verbs = ["backup", "backup-runtime", "list", "test", "compare", "restore", "restore-runtime", "undo", "restores",
            "complete", "previous-copies", "remove", "unlock", "config", "init", "demo", "sample"];
        Assert.All(verbs, verb => Assert.Contains($"\n  {verb} ", help.Output));
        var sample = await _sandbox.RunAsync("sample", "--help");
        Assert.Contains("\n  damage ", sample.Output);
        Assert.DoesNotContain("unpack", sample.Output);
    }

    [Theory]
    [InlineData("restore", "newest good backup of the database")]
    [InlineData("restore-runtime", "newest good archive of the repo root's runtime files")]
    public async Task Help_says_what_the_newest_is_of_which_the_verb_speaks(string verb, string newest)
    {
        var help = (await _sandbox.RunAsync(verb, "--help")).Output;
        Assert.Matches($"--latest +Select the {newest}", help);
        Assert.Matches($"--before <time> +Select the {newest}.*, before this time", help);
    }
}
