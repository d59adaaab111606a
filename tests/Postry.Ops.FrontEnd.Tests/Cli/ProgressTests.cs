namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>Progress is for people at a terminal, and never for standard output.</summary>
public sealed class ProgressTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [TerminalFact]
    public async Task A_terminal_sees_one_line_that_is_gone_in_the_end_while_the_document_stays_pure()
    {
        var database = _sandbox.MakeDatabase(posts: 200_000);
        using var postry = TerminalProcess.StartRedirected(_sandbox, "> out.json", "backup", "--path", database, "--json");
        var result = await postry.EndAsync();
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains(" %", result.Output);
        Assert.DoesNotContain('\n', result.Output.Trim());
        Assert.EndsWith("\r", result.Output);
        Assert.Equal("Complete", Sandbox.Parse(await File.ReadAllTextAsync(_sandbox.Path("out.json"))).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_pipe_sees_none()
    {
        var result = await _sandbox.RunAsync("backup", "--path", _sandbox.MakeDatabase(posts: 200_000));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Empty(result.Errors);
    }
}
