namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>The demonstration runs and proves what it says.</summary>
public sealed class DemoTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task It_proves_that_every_row_is_back_without_any_key_in_the_environment()
    {
        var folder = _sandbox.Path("demo of it");
        using var postry = PostryProcess.Start(_sandbox.Folder, ["demo", "--folder", folder, "--posts", "20000", "--json"]);
        var result = await postry.EndAsync();
        Assert.True(result.ExitCode == 0, result.ToString());

        var report = Sandbox.Parse(result.Output);
        Assert.True(report.GetProperty("passed").GetBoolean());
        Assert.All(report.GetProperty("proofs").EnumerateArray(), proof =>
            Assert.True(proof.GetProperty("passed").GetBoolean(), proof.ToString()));
        Assert.Equal(4, report.GetProperty("tests").GetArrayLength());
        Assert.Equal("Committed", report.GetProperty("restore").GetProperty("status").GetString());

        // The backup of the demonstration is a real one, with the key that it left.
        using var list = PostryProcess.Start(_sandbox.Folder, ["list", "--repo-root", folder, "--json"],
            ("BACKUP_METADATA_HMAC_KEY_FILE", report.GetProperty("keyFile").GetString()!));
        Assert.Equal("Complete", Assert.Single(Sandbox.Parse((await list.EndAsync()).Output).EnumerateArray()).GetProperty("status")
            .GetString());
    }

    [Fact]
    public async Task It_tells_its_story_and_keeps_out_of_folders_in_use()
    {
        var folder = _sandbox.Path("demo");
        var story = await _sandbox.RunAsync("demo", "--folder", folder, "--posts", "5000");
        Assert.True(story.ExitCode == 0, story.ToString());
        Assert.Contains("Proven: every row of the backup is back.", story.Output);
        Assert.Contains(folder, story.Output);

        var again = await _sandbox.RunAsync("demo", "--folder", folder);
        Assert.Equal(1, again.ExitCode);
    }
}
