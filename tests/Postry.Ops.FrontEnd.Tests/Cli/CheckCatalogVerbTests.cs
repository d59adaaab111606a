namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>`postry check-catalog`: documents, exit codes, and what a repair leaves.</summary>
public sealed class CheckCatalogVerbTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Problems_are_exit_code_3_until_they_are_repaired()
    {
        Assert.Equal(1, (await _sandbox.RunAsync("check-catalog")).ExitCode);
        await _sandbox.BackUpAsync(_sandbox.MakeDatabase());
        var clean = await _sandbox.JsonAsync(0, "check-catalog");
        Assert.Equal((1, 0, true), (clean.GetProperty("backups").GetInt32(), clean.GetProperty("findings").GetArrayLength(),
            clean.GetProperty("isClean").GetBoolean()));
        var (leftover, foreign) = (_sandbox.Path("backups/db/abcd1234.partial"), _sandbox.Path("backups/notes.txt"));
        File.WriteAllText(foreign, "of mine");
        Assert.Equal(0, (await _sandbox.RunAsync("check-catalog")).ExitCode);
        File.WriteAllText(leftover, "half");
        var text = await _sandbox.RunAsync("check-catalog");
        Assert.Equal(3, text.ExitCode);
        Assert.Contains($"Problem: Leftover: {leftover}", text.Output, StringComparison.Ordinal);
        Assert.Contains("postry check-catalog --repair", text.Output, StringComparison.Ordinal);
        Assert.Contains("1 backup, 1 problem: ", text.Output, StringComparison.Ordinal);
        Assert.Equal(3, (await _sandbox.RunAsync("check-catalog", "--repair", "--what-if")).ExitCode);
        Assert.True(File.Exists(leftover));
        var repaired = await _sandbox.JsonAsync(0, "check-catalog", "--repair");
        Assert.True(repaired.GetProperty("findings")[0].GetProperty("isRepaired").GetBoolean());
        Assert.False(File.Exists(leftover));
        Assert.Equal("of mine", File.ReadAllText(foreign));
        Assert.Empty(_sandbox.Partials());
    }
}
