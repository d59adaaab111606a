namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>`postry list`: which backups each condition selects.</summary>
public sealed class ListVerbTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Each_condition_selects_what_it_says()
    {
        var small = (await _sandbox.BackUpAsync(_sandbox.MakeDatabase("small.db", posts: 10))).GetProperty("id").GetString()!;
        var large = (await _sandbox.BackUpAsync(_sandbox.MakeDatabase("large.db", posts: 2000))).GetProperty("id").GetString()!;
        var damaged = await _sandbox.BackUpAsync(_sandbox.Path("large.db"));
        File.AppendAllText(damaged.GetProperty("backupFile").GetString()!, "x");
        Assert.Equal(0, (await _sandbox.RunAsync("test", "--id", small, "--level", "restore")).ExitCode);
        Assert.Equal(0, (await _sandbox.RunAsync("pin", large)).ExitCode);

        await AssertListedAsync([damaged.GetProperty("id").GetString()!], "--status", "damaged", "--status", "Tampered");
        await AssertListedAsync([large, small], "--status", "Complete");
        await AssertListedAsync([], "--status", "Quarantined");
        await AssertListedAsync([small], "--proven");
        await AssertListedAsync([large], "--pinned");
        await AssertListedAsync([large], "--minimum-size", "50KB", "--status", "Complete");
        await AssertListedAsync([small], "--maximum-size", "50KB");
        await AssertListedAsync([large, small], "--newer-than", "1h", "--status", "Complete");
        await AssertListedAsync([], "--older-than", "1h");
    }

    [Theory]
    [InlineData("--status", "Good")]
    [InlineData("--minimum-size", "50")]
    [InlineData("--maximum-size", "9999999999999MB")]
    [InlineData("--newer-than", "7")]
    public async Task What_cannot_be_meant_is_wrong_usage(string option, string value)
    {
        var result = await _sandbox.RunAsync("list", option, value);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(option, result.Errors, StringComparison.Ordinal);
        Assert.Contains(value, result.Errors, StringComparison.Ordinal);
    }

    private async Task AssertListedAsync(string[] ids, params string[] conditions) => Assert.Equal(ids,
        (await _sandbox.JsonAsync(0, ["list", .. conditions])).EnumerateArray().Select(set => set.GetProperty("id").GetString()!));
}
