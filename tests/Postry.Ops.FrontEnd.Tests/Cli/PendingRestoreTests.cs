using System.Text.Json;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>A restore whose process died after the swap: every verb warns, a further restore is refused with exit 6, and one verb ends
/// it.</summary>
public sealed class PendingRestoreTests : IAsyncLifetime
{
    private readonly Sandbox _sandbox = new();
    private string _database = "";
    private string _good = "";
    private string _damaged = "";

    public async Task InitializeAsync()
    {
        _database = _sandbox.MakeDatabase();
        _good = Sandbox.Contents(_database);
        await _sandbox.BackUpAsync(_database);
        Sandbox.Damage(_database);
        _damaged = Sandbox.Contents(_database);
        await _sandbox.JsonAsync(0, "restore", "--latest", "--path", _database, "--force");

        // The next writing command writes this when it finds that the process died between the swap and the verdict.
        var record = Directory.EnumerateFiles(Path.Combine(_sandbox.Backups, "restores"), "*.json").Single();
        await File.WriteAllTextAsync(record, (await File.ReadAllTextAsync(record)).Replace("\"Committed\"", "\"AwaitingVerdict\""));
    }

    public Task DisposeAsync()
    {
        _sandbox.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Every_verb_warns_on_standard_error_and_a_restore_is_refused()
    {
        var list = await _sandbox.RunAsync("list", "--json");
        Assert.Equal(0, list.ExitCode);
        Assert.Contains("warning: ", list.Errors);
        Assert.Contains("postry complete", list.Errors);
        Assert.Equal(JsonValueKind.Array, Sandbox.Parse(list.Output).ValueKind);

        var status = Assert.Single((await _sandbox.JsonAsync(3, "status")).EnumerateArray());
        Assert.Contains("postry undo --id", status.GetProperty("reasons")[0].GetProperty("nextStep").GetString());

        var error = (await _sandbox.JsonAsync(6, "restore", "--latest", "--path", _database, "--force")).GetProperty("error");
        Assert.Equal("TargetPending", error.GetProperty("id").GetString());
        Assert.Equal(_good, Sandbox.Contents(_database));
    }

    [Fact]
    public async Task Completing_it_accepts_what_is_live()
    {
        Assert.Equal("Committed", (await _sandbox.JsonAsync(0, "complete", "--latest")).GetProperty("status").GetString());
        Assert.DoesNotContain("warning: ", (await _sandbox.RunAsync("list")).Errors);
        Assert.Equal(_good, Sandbox.Contents(_database));
    }

    [Fact]
    public async Task Undoing_it_brings_back_what_was_live_before()
    {
        Assert.Equal("Undone", (await _sandbox.JsonAsync(0, "undo", "--latest", "--force")).GetProperty("status").GetString());
        Assert.DoesNotContain("warning: ", (await _sandbox.RunAsync("list")).Errors);
        Assert.Equal(_damaged, Sandbox.Contents(_database));
    }
}
