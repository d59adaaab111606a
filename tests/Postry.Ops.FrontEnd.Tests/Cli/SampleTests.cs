namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>`postry sample`, with which newcomers try the other commands.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_sample_can_be_made_damaged_and_written()
    {
        var made = await _sandbox.RunAsync("sample", "make", "--path", "sample.db", "--posts", "3000", "--json");
        Assert.True(made.ExitCode == 0, made.ToString());
        Assert.Equal((3000, 200), Counts(made.Output));

        var run = await _sandbox.RunAsync("sample", "run", "--path", "sample.db", "--for", "1s", "--json");
        Assert.True(Sandbox.Parse(run.Output).GetProperty("commits").GetInt64() > 0, run.ToString());

        // The application adds no rows and makes no credits.
        var damaged = await _sandbox.RunAsync("sample", "damage", "--path", "sample.db", "--json");
        Assert.Equal((2000, 150), Counts(damaged.Output));
        Assert.Equal(0, (await _sandbox.RunAsync("sample", "damage", "--path", "sample.db")).ExitCode);
    }

    [Theory]
    [InlineData("DestinationExists", "make", "other.db")]
    [InlineData("SourceNotFound", "make", "nowhere/sample.db")]
    [InlineData("NotADatabase", "damage", "other.db")]
    [InlineData("NotADatabase", "damage", "missing.db")]
    [InlineData("NotADatabase", "run", "other.db")]
    [InlineData("NotADatabase", "run", "text.db")]
    public async Task No_other_file_is_touched(string error, string part, string path)
    {
        // Tables of the same names are not enough.
        _sandbox.MakeDatabase("other.db");
        File.WriteAllText(_sandbox.Path("text.db"), "no database");
        var before = _sandbox.Snapshot();

        var result = await _sandbox.RunAsync("sample", part, "--path", path, "--json");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(error, Sandbox.Parse(result.Output).GetProperty("error").GetProperty("id").GetString());
        Assert.Equal(before, _sandbox.Snapshot());
    }

    private static (int Posts, int Users) Counts(string json)
    {
        var facts = Sandbox.Parse(json);
        return (facts.GetProperty("posts").GetInt32(), facts.GetProperty("users").GetInt32());
    }
}
