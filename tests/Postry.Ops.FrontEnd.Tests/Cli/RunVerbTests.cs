namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>`postry run`: jobs, and what their exit codes say.</summary>
public sealed class RunVerbTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_job_is_run_and_shown_step_by_step()
    {
        _sandbox.MakeDatabase();
        Jobs("""{ "kind": "backup" }, { "kind": "test", "level": "Artefact" }""");
        var plan = await _sandbox.RunAsync("run", "nightly", "--what-if");
        Assert.Equal((0, "The job nightly:\n  Backup: Back up every database: app.\n" +
            "  Test Artefact: Test the newest backup of every database up to the level Artefact.\n"), (plan.ExitCode, plan.Output));
        Assert.False(Directory.Exists(_sandbox.Backups));

        var text = await _sandbox.RunAsync("run", "nightly");
        Assert.Equal(0, text.ExitCode);
        var rows = text.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches("^STEP +STATUS +DURATION +DETAIL$", rows[0]);
        Assert.Matches("^Backup +Passed .* app: [0-9a-z]{8}$", rows[1]);
        Assert.Matches("^Test Artefact +Passed .* Passed$", rows[2]);
        Assert.StartsWith("The job nightly: Passed, 2 of 2 steps passed, ", rows[3], StringComparison.Ordinal);

        var json = await _sandbox.JsonAsync(0, "run", "nightly");
        Assert.Equal(("nightly", "Passed", 2), (json.GetProperty("job").GetString(), json.GetProperty("status").GetString(),
            json.GetProperty("steps").GetArrayLength()));
    }

    [Fact]
    public async Task What_could_not_be_done_is_1_and_what_is_not_proven_is_3()
    {
        _sandbox.MakeDatabase();
        Jobs("""{ "kind": "backup" }""");
        await _sandbox.RunAsync("run", "nightly");
        Jobs("""{ "kind": "command", "command": "exit 7" }, { "kind": "backup" }""");
        var failed = await _sandbox.RunAsync("run", "nightly");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("Command: The command failed: exit code 7. (ToolFailed)", failed.Output, StringComparison.Ordinal);
        Assert.Contains("The job nightly: Failed, 0 of 2 steps passed; Command failed", failed.Output, StringComparison.Ordinal);

        var artefact = Directory.GetFiles(Path.Combine(_sandbox.Backups, "db"), "*.gz").Single();
        File.WriteAllBytes(artefact, new byte[new FileInfo(artefact).Length]);
        Jobs("""{ "kind": "test", "level": "Artefact" }""");
        var bad = await _sandbox.RunAsync("run", "nightly");
        Assert.Equal(3, bad.ExitCode);
        Assert.Matches("^Test Artefact: app: The backup [0-9a-z]{8}: .*", bad.Output.Split('\n')[2]);
    }

    [Fact]
    public async Task Mistakes_are_usage_or_configuration()
    {
        Assert.Equal(2, (await _sandbox.RunAsync("run")).ExitCode);
        Jobs("""{ "kind": "bakup" }""");
        var broken = await _sandbox.RunAsync("run", "nightly");
        Assert.Equal(1, broken.ExitCode);
        Assert.Contains("postry.json:1:", broken.ToString(), StringComparison.Ordinal);
        Jobs("""{ "kind": "backup" }""");
        var unknown = await _sandbox.RunAsync("run", "nigthly");
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("It names: nightly.", unknown.ToString(), StringComparison.Ordinal);
    }

    private void Jobs(string steps) => File.WriteAllText(_sandbox.Path("postry.json"),
        $$"""{ "databases": { "app": { "path": "app.db" } }, "jobs": { "nightly": { "steps": [ {{steps}} ] } } }""");
}
