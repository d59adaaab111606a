namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>The sources of the integrity key, and the error if there is none.</summary>
public sealed class KeyTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Without_a_key_a_backup_names_the_variable()
    {
        var database = _sandbox.MakeDatabase();
        var result = await RunAsync(["backup", "--path", database, "--json"]);
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("IntegrityKeyMissing", Sandbox.Parse(result.Output).GetProperty("error").GetProperty("id").GetString());
        Assert.Contains("BACKUP_METADATA_HMAC_KEY", result.Errors);
        // The console has another way to name a key than the cmdlets.
        Assert.DoesNotContain(" -IntegrityKey", result.Errors);
        Assert.False(Directory.Exists(_sandbox.Backups) && _sandbox.Snapshot("backups").Count > 0);
    }

    [Fact]
    public async Task A_key_can_come_from_a_variable_of_any_name_or_from_a_file()
    {
        var database = _sandbox.MakeDatabase();
        var named = await RunAsync(["backup", "--path", database, "--integrity-key-env", "MY_KEY"], ("MY_KEY", Sandbox.Key));
        Assert.True(named.ExitCode == 0, named.ToString());

        await File.WriteAllTextAsync(_sandbox.Path("key.txt"), Sandbox.Key + "\n");
        var file = await RunAsync(["test", "--latest", "--level", "Signature"],
            ("BACKUP_METADATA_HMAC_KEY_FILE", _sandbox.Path("key.txt")));
        Assert.True(file.ExitCode == 0, file.ToString());
    }

    [Fact]
    public async Task An_empty_variable_that_was_named_is_an_error()
    {
        var result = await RunAsync(["list", "--integrity-key-env", "MY_KEY", "--json"], ("BACKUP_METADATA_HMAC_KEY", Sandbox.Key));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("MY_KEY", Sandbox.Parse(result.Output).GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_weak_key_draws_one_warning_and_is_never_shown()
    {
        var database = _sandbox.MakeDatabase();
        var result = await RunAsync(["backup", "--path", database, "--json", "--verbose"], ("BACKUP_METADATA_HMAC_KEY", "hunter2"));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Single(result.Errors.Split('\n'), line => line.StartsWith("warning:", StringComparison.Ordinal) && line.Contains("key"));
        Assert.DoesNotContain("hunter2", result.Output + result.Errors);
    }

    [Fact]
    public async Task Another_key_cannot_vouch_for_a_backup()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        var files = _sandbox.Snapshot();
        var other = ("BACKUP_METADATA_HMAC_KEY", "some other key, long enough to be good");

        var list = await RunAsync(["list", "--json"], other);
        Assert.Equal("Unverified", Assert.Single(Sandbox.Parse(list.Output).EnumerateArray()).GetProperty("status").GetString());
        var id = Sandbox.Parse(list.Output)[0].GetProperty("id").GetString()!;
        Assert.Equal(3, (await RunAsync(["test", "--id", id], other)).ExitCode);
        Assert.Equal(1, (await RunAsync(["restore", "--id", id, "--path", database, "--force"], other)).ExitCode);
        Assert.Equal(files, _sandbox.Snapshot());
    }

    private async Task<PostryResult> RunAsync(string[] arguments, params (string, string)[] environment)
    {
        using var postry = PostryProcess.Start(_sandbox.Folder, arguments, environment);
        return await postry.EndAsync();
    }
}
