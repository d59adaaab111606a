namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>`postry copy` and the destinations of postry.json: documents, exit codes, and what arrives.</summary>
public sealed class CopyVerbTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Copies_are_restored_elsewhere_and_come_to_be_there_only_once()
    {
        var database = _sandbox.MakeDatabase();
        var id = (await _sandbox.BackUpAsync(database)).GetProperty("id").GetString()!;
        await _sandbox.BackUpAsync(database);
        var plan = await _sandbox.JsonAsync(0, "copy", "--all", "--to", "nas", "--what-if");
        Assert.Equal(2, plan.GetArrayLength());
        Assert.False(Directory.Exists(_sandbox.Path("nas")));

        Assert.Equal(["Copied"], await StatusesAsync(0, "copy", id, "--to", "nas"));
        Assert.Equal(["AlreadyThere", "Copied"], await StatusesAsync(0, "copy", "--all", "--to", "nas"));
        Assert.Equal(["AlreadyThere"], await StatusesAsync(0, "copy", "--latest", "--database", "app", "--to", "nas"));
        var list = await _sandbox.JsonAsync(0, "list", "--backup-root", "nas");
        Assert.Equal(2, list.GetArrayLength());
        Assert.Equal(0, (await _sandbox.RunAsync("test", "--id", id, "--level", "Restore", "--backup-root", "nas")).ExitCode);
        var contents = Sandbox.Contents(database);
        Sandbox.Damage(database);
        Assert.Equal(0, (await _sandbox.RunAsync("restore", "--id", id, "--path", database, "--backup-root", "nas", "--force")).ExitCode);
        Assert.Equal(contents, Sandbox.Contents(database));
        Assert.Empty(_sandbox.Partials());
    }

    [Fact]
    public async Task A_copy_that_fails_is_a_row_a_message_and_exit_code_1()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        Assert.Equal(["Failed", "Copied"], await StatusesAsync(1, "copy", "--latest", "--to", "no/such/folder", "--to", "nas"));
        var text = await _sandbox.RunAsync("copy", "--latest", "--to", "no/such/folder");
        Assert.Contains("DestinationUnreachable", text.Errors, StringComparison.Ordinal);
        Assert.Contains("Failed", text.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await _sandbox.RunAsync("copy", "--latest", "--to", "backups/inner")).ExitCode);
        Assert.Equal(2, (await _sandbox.RunAsync("copy", "--latest")).ExitCode);
        Assert.Equal(2, (await _sandbox.RunAsync("copy", "--to", "nas")).ExitCode);
        Assert.Equal(2, (await _sandbox.RunAsync("copy", "someid", "--latest", "--to", "nas")).ExitCode);
        Assert.Equal(1, (await _sandbox.RunAsync("copy", "nosuchid", "--to", "nas")).ExitCode);
    }

    [Fact]
    public async Task A_backup_goes_to_the_destinations_and_fails_with_them()
    {
        var database = _sandbox.MakeDatabase();
        Directory.CreateDirectory(_sandbox.Path("nas"));
        File.WriteAllText(_sandbox.Path("postry.json"), """
            { "databases": { "app": { "path": "app.db" } }, "destinations": { "nas": { "path": "nas" } } }
            """);
        var set = await _sandbox.JsonAsync(0, "backup");
        Assert.Equal("Copied", set.GetProperty("copies")[0].GetProperty("status").GetString());
        Assert.Equal("nas", set.GetProperty("copies")[0].GetProperty("destinationName").GetString());
        Assert.Equal(["AlreadyThere"], await StatusesAsync(0, "copy", "--latest"));
        Directory.Delete(_sandbox.Path("nas"), recursive: true);
        // The backup is made all the same, and the job that made it does not look green.
        set = await _sandbox.JsonAsync(1, "backup");
        Assert.Equal(("Complete", "Failed"), (set.GetProperty("status").GetString(),
            set.GetProperty("copies")[0].GetProperty("status").GetString()));
        Assert.Equal(2, (await _sandbox.JsonAsync(0, "list")).GetArrayLength());
        var text = await _sandbox.RunAsync("backup", "--path", database);
        Assert.Equal(1, text.ExitCode);
        Assert.Contains("NOT copied to", text.Output, StringComparison.Ordinal);
        Assert.Contains("was not copied to nas (DestinationUnreachable)", text.Errors, StringComparison.Ordinal);
        Assert.Equal(1, (await _sandbox.RunAsync("backup", "--database", "*")).ExitCode);
    }

    private async Task<IEnumerable<string?>> StatusesAsync(int exitCode, params string[] arguments) =>
        (await _sandbox.JsonAsync(exitCode, arguments)).EnumerateArray().Select(copy => copy.GetProperty("status").GetString());
}
