namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>`postry pin` and `postry unpin`: documents, exit codes, and what pruning leaves.</summary>
public sealed class PinVerbTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_pinned_backup_survives_a_prune_and_a_removal_until_it_is_unpinned()
    {
        var database = _sandbox.MakeDatabase();
        var id = (await _sandbox.BackUpAsync(database)).GetProperty("id").GetString()!;
        await _sandbox.BackUpAsync(database);
        string[] prune = ["prune", "--keep-last", "1", "--minimum-age", "0s"];

        var pinned = await _sandbox.JsonAsync(0, "pin", id, "--until", "2099-01-01T00:00Z", "--note", "before v2");
        Assert.True(pinned.GetProperty("pinned").GetBoolean());
        Assert.Equal("2099-01-01T00:00:00Z", pinned.GetProperty("pinnedUntil").GetString());
        var sets = (await _sandbox.JsonAsync(0, prune)).GetProperty("sets").EnumerateArray().ToList();
        Assert.Equal(["Keep", "Keep"], sets.Select(set => set.GetProperty("action").GetString()));
        Assert.Equal("pinned until 2099-01-01: before v2", sets[1].GetProperty("reasons")[0].GetString());
        Assert.Contains("[pinned until 2099-01-01]", (await _sandbox.RunAsync("list")).Output, StringComparison.Ordinal);
        Assert.Contains("pinned until 2099-01-01: before v2 (by ", (await _sandbox.RunAsync("list", "--id", id)).Output,
            StringComparison.Ordinal);

        var refused = await _sandbox.RunAsync("remove", "--id", id, "--force");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("before v2", refused.Errors, StringComparison.Ordinal);
        Assert.Contains($"postry unpin {id}", refused.LastErrorLine, StringComparison.Ordinal);
        Assert.Equal(1, (await _sandbox.RunAsync("remove", "--id", id, "--what-if")).ExitCode);

        Assert.Contains("is not pinned.", (await _sandbox.RunAsync("unpin", id)).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await _sandbox.RunAsync("unpin", id)).ExitCode);
        Assert.True((await _sandbox.JsonAsync(0, prune)).GetProperty("sets")[1].GetProperty("isRemoved").GetBoolean());
        Assert.Empty(Directory.GetFiles(Path.Combine(_sandbox.Backups, "db"), $"*{id}*"));
    }

    [Fact]
    public async Task What_cannot_be_meant_is_wrong_usage_and_changes_nothing()
    {
        var set = await _sandbox.BackUpAsync(_sandbox.MakeDatabase());
        var id = set.GetProperty("id").GetString()!;
        var files = _sandbox.Snapshot();
        foreach (string[] wrong in new string[][]
        {
            ["pin"], ["pin", id, "--backup-file", "x"], ["pin", id, "--until", "2001-01-01"], ["pin", id, "--until", "soon"],
            ["pin", id, "--note", " "], ["unpin", id, "--note", "why"], ["unpin"],
        })
            Assert.Equal(2, (await _sandbox.RunAsync(wrong)).ExitCode);
        Assert.Equal(1, (await _sandbox.RunAsync("pin", "nosuchid")).ExitCode);
        using var keyless = PostryProcess.Start(_sandbox.Folder, ["pin", id]);
        Assert.Equal(1, (await keyless.EndAsync()).ExitCode);
        Assert.Equal(files, _sandbox.Snapshot());

        Assert.Equal(0, (await _sandbox.RunAsync("pin", "--backup-file", set.GetProperty("backupFile").GetString()!)).ExitCode);
        Assert.True((await _sandbox.JsonAsync(0, "list"))[0].GetProperty("pinned").GetBoolean());
    }
}
