namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>An error is printed once, as text or as a document, with a next step as the last line.</summary>
public sealed class ErrorTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData("SourceNotFound", "backup", "--path", "missing.db")]
    [InlineData("NotADatabase", "backup", "--path", "text.db")]
    [InlineData("SourceNotFound", "list", "--id", "nonesuch")]
    [InlineData("SourceNotFound", "list", "--latest")]
    [InlineData("SourceNotFound", "test", "--id", "nonesuch")]
    [InlineData("SourceNotFound", "compare", "--latest", "--path", "missing.db")]
    [InlineData("SourceNotFound", "restore", "--latest", "--path", "text.db", "--force")]
    [InlineData("SourceNotFound", "undo", "--latest", "--force")]
    [InlineData("SourceNotFound", "complete", "--latest")]
    [InlineData("AccessDenied", "demo", "--folder", "text.db/below")]
    [InlineData("DestinationExists", "demo", "--folder", ".")]
    public async Task An_error_has_an_id_a_target_and_a_hint(string id, params string[] arguments)
    {
        await File.WriteAllTextAsync(_sandbox.Path("text.db"), new string('x', 5_000));
        var files = _sandbox.Snapshot();
        var result = await _sandbox.RunAsync([.. arguments, "--json"]);
        Assert.True(result.ExitCode == 1, result.ToString());

        var error = Sandbox.Parse(result.Output).GetProperty("error");
        Assert.Equal(id, error.GetProperty("id").GetString());
        Assert.NotEmpty(error.GetProperty("target").GetString()!);
        Assert.Contains(error.GetProperty("message").GetString()!, result.Errors);
        Assert.EndsWith(result.LastErrorLine, error.GetProperty("hint").GetString()!);

        Assert.Equal(files, _sandbox.Snapshot());
    }

    [Fact]
    public async Task As_text_an_error_leaves_standard_output_empty()
    {
        var result = await _sandbox.RunAsync("backup", "--path", "missing.db");
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("postry: ", result.Errors);
    }

    [Fact]
    public async Task Lists_of_nothing_are_empty_and_no_error()
    {
        foreach (var verb in new[] { "list", "restores", "previous-copies" })
        {
            Assert.Empty((await _sandbox.JsonAsync(0, verb)).EnumerateArray());
            Assert.StartsWith("No ", (await _sandbox.RunAsync(verb)).Output);
        }

        Assert.False((await _sandbox.JsonAsync(0, "unlock")).GetProperty("unlocked").GetBoolean());
        Assert.Empty(_sandbox.Snapshot());
    }

    [Fact]
    public async Task Verbose_detail_stays_off_standard_output()
    {
        var database = _sandbox.MakeDatabase();
        var result = await _sandbox.RunAsync("backup", "--path", database, "--json", "--verbose");
        Assert.Equal(0, result.ExitCode);
        Sandbox.Parse(result.Output);
        Assert.Contains("verbose: ", result.Errors);
    }

    [Fact]
    public async Task Another_database_needs_to_be_allowed()
    {
        await _sandbox.BackUpAsync(_sandbox.MakeDatabase("one.db"));
        var other = _sandbox.MakeDatabase("two.db", posts: 3);
        var id = (await _sandbox.JsonAsync(0, "list"))[0].GetProperty("id").GetString()!;
        var contents = Sandbox.Contents(other);

        var refused = await _sandbox.RunAsync("restore", "--id", id, "--path", other, "--force");
        Assert.True(refused.ExitCode == 1, refused.ToString());
        Assert.Contains("--allow-different-source", refused.Errors);
        Assert.Equal(contents, Sandbox.Contents(other));

        await _sandbox.JsonAsync(0, "restore", "--id", id, "--path", other, "--force", "--allow-different-source");
        Assert.NotEqual(contents, Sandbox.Contents(other));
    }
}
