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
    public async Task A_weak_key_signs_nothing_draws_one_warning_and_is_never_shown()
    {
        var database = _sandbox.MakeDatabase();
        var refused = await RunAsync(["backup", "--path", database, "--json", "--verbose"], ("BACKUP_METADATA_HMAC_KEY", "hunter2"));
        Assert.Equal(1, refused.ExitCode);
        var error = Sandbox.Parse(refused.Output).GetProperty("error");
        Assert.Equal("WeakKey", error.GetProperty("id").GetString());
        Assert.Contains("openssl rand -hex 32", error.GetProperty("hint").GetString());
        Assert.DoesNotContain("hunter2", refused.Output + refused.Errors);

        var result = await RunAsync(["list", "--verbose"], ("BACKUP_METADATA_HMAC_KEY", "hunter2"));
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
        Assert.Equal("WrongKey", await ErrorOfLatestAsync(other));
        Assert.Equal("IntegrityKeyMissing", await ErrorOfLatestAsync());
        var id = Sandbox.Parse(list.Output)[0].GetProperty("id").GetString()!;
        Assert.Equal(3, (await RunAsync(["test", "--id", id], other)).ExitCode);
        Assert.Equal(1, (await RunAsync(["restore", "--id", id, "--path", database, "--force"], other)).ExitCode);
        Assert.Equal(files, _sandbox.Snapshot());
    }

    [Fact]
    public async Task Init_makes_a_key_file_that_signs_and_shows_no_key()
    {
        var file = _sandbox.Path("../" + Path.GetFileName(_sandbox.Folder) + ".key");
        try
        {
            var database = _sandbox.MakeDatabase();
            Assert.Contains("--new-key-file", (await RunAsync(["init", "--what-if", "--json"])).Output);
            // The variable may name the file before it is there.
            var made = await RunAsync(["init", "--new-key-file", file], ("BACKUP_METADATA_HMAC_KEY_FILE", file));
            Assert.True(made.ExitCode == 0, made.ToString());
            var key = File.ReadAllText(file).Trim();
            Assert.Matches("^[0-9a-f]{64}$", key);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.DoesNotContain(key, made.Output + made.Errors);
            Assert.Contains("BACKUP_METADATA_HMAC_KEY_FILE", made.Output);
            Assert.Contains("Key file", made.Output);
            var signed = await RunAsync(["backup", "--path", database], ("BACKUP_METADATA_HMAC_KEY_FILE", file));
            Assert.True(signed.ExitCode == 0, signed.ToString());

            var again = await RunAsync(["init", "--force", "--new-key-file", file, "--json"]);
            Assert.Equal("DestinationExists", Sandbox.Parse(again.Output).GetProperty("error").GetProperty("id").GetString());
            Assert.Equal(key, File.ReadAllText(file).Trim());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task No_key_file_is_made_among_the_backups()
    {
        _sandbox.MakeDatabase();
        Directory.CreateDirectory(_sandbox.Backups);
        var refused = await RunAsync(["init", "--new-key-file", Path.Combine(_sandbox.Backups, "postry.key"), "--json"]);
        Assert.Equal("InvalidRequest", Sandbox.Parse(refused.Output).GetProperty("error").GetProperty("id").GetString());
        Assert.False(File.Exists(_sandbox.Path("postry.json")));
        Assert.Empty(Directory.EnumerateFiles(_sandbox.Backups));
    }

    private async Task<string?> ErrorOfLatestAsync(params (string, string)[] environment)
    {
        var result = await RunAsync(["list", "--latest", "--json"], environment);
        Assert.Equal(1, result.ExitCode);
        var error = Sandbox.Parse(result.Output).GetProperty("error");
        Assert.Contains("genuine", error.GetProperty("message").GetString());
        return error.GetProperty("id").GetString();
    }

    private async Task<PostryResult> RunAsync(string[] arguments, params (string, string)[] environment)
    {
        using var postry = PostryProcess.Start(_sandbox.Folder, arguments, environment);
        return await postry.EndAsync();
    }
}
