namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>A backup of a database that was emptied: made with a warning, listed as what it is, and never the latest.</summary>
public sealed class SuspicionTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task The_latest_is_refused_and_the_error_says_what_to_type()
    {
        var database = _sandbox.MakeDatabase();
        var contents = Sandbox.Contents(database);
        var good = (await _sandbox.BackUpAsync(database)).GetProperty("id").GetString()!;
        Sandbox.Execute(database, "DELETE FROM posts; DELETE FROM users;");
        var made = await _sandbox.RunAsync("backup", "--path", database);
        Assert.Equal(0, made.ExitCode);
        Assert.Contains("Suspicious: No rows are left of 510.", made.Output);
        Assert.Contains("is Suspicious: it may have been made after a loss of data", made.Errors);
        Assert.Contains("--accept-smaller", made.Errors);

        var set = (await _sandbox.JsonAsync(0, "list"))[0];
        var id = set.GetProperty("id").GetString()!;
        Assert.Equal("Suspicious", set.GetProperty("status").GetString());
        Assert.Equal(good, set.GetProperty("plausibility").GetProperty("comparedWith").GetString());
        Assert.Contains("Suspicious", (await _sandbox.RunAsync("list")).Output);
        var before = _sandbox.Snapshot();
        foreach (var arguments in new string[][]
                 {
                     ["restore", "--latest", "--path", database, "--force"],
                     ["restore", "--before", "2999-01-01", "--path", database, "--force"],
                     ["list", "--latest"],
                 })
        {
            var refused = await _sandbox.RunAsync(arguments);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains($"--id {id}: taken ", refused.Errors);
            Assert.Contains("0 rows in 2 tables, Suspicious", refused.Errors);
            Assert.Contains($"--id {good}: taken ", refused.Errors);
            Assert.Contains("510 rows in 2 tables, Complete", refused.Errors);
            Assert.Contains($"--id {good} is the newest good one", refused.LastErrorLine);
        }

        Assert.Equal(before, _sandbox.Snapshot());
        var error = (await _sandbox.JsonAsync(1, "restore", "--latest", "--path", database, "--force")).GetProperty("error");
        Assert.Equal("SuspiciousBackup", error.GetProperty("id").GetString());
        Assert.Equal(3, (await _sandbox.RunAsync("test", "--latest", "--database", "app")).ExitCode);
        Assert.Contains("SUSPICIOUS", (await _sandbox.RunAsync("restore", "--id", id, "--path", database, "--what-if")).Output);
        Assert.Equal(0, (await _sandbox.RunAsync("restore", "--id", good, "--path", database, "--force")).ExitCode);
        Assert.Equal(contents, Sandbox.Contents(database));
    }

    [Fact]
    public async Task A_smaller_database_that_is_accepted_is_the_latest()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        Sandbox.Execute(database, "DELETE FROM posts WHERE id > 5;");
        await _sandbox.BackUpAsync(database);
        var accepted = await _sandbox.BackUpAsync(database, "--accept-smaller");
        Assert.Equal("Complete", accepted.GetProperty("status").GetString());
        var latest = Assert.Single((await _sandbox.JsonAsync(0, "list", "--latest")).EnumerateArray());
        Assert.Equal(accepted.GetProperty("id").GetString(), latest.GetProperty("id").GetString());
        Assert.Contains("Accepted", (await _sandbox.RunAsync("list", "--id", accepted.GetProperty("id").GetString()!)).Output);
        Assert.Equal(0, (await _sandbox.RunAsync("restore", "--latest", "--path", database, "--force")).ExitCode);
    }
}
