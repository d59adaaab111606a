namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>No command replaces or removes anything without consent, and piped input is no consent.</summary>
public sealed class ConsentTests : IAsyncLifetime
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
    }

    public Task DisposeAsync()
    {
        _sandbox.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("")]
    [InlineData("y\n")]
    [InlineData("yes\n")]
    public async Task Redirected_input_is_not_consent_to_restore(string input)
    {
        var files = _sandbox.Snapshot();
        foreach (string[] form in new string[][] { [], ["--json"] })
        {
            using var postry = _sandbox.Start(["restore", "--latest", "--path", _database, .. form]);
            var result = await postry.EndAsync(input);
            Assert.True(result.ExitCode == 4, result.ToString());
            Assert.Contains("RESTORE_ALLOW_NONINTERACTIVE", result.LastErrorLine);
            if (form.Length > 0)
                Assert.Equal("ConfirmationRequired", Sandbox.Parse(result.Output).GetProperty("error").GetProperty("id").GetString());
        }

        Assert.Equal(files, _sandbox.Snapshot());
    }

    [Fact]
    public async Task Redirected_input_is_not_consent_to_undo_or_to_remove()
    {
        await _sandbox.JsonAsync(0, "restore", "--latest", "--path", _database, "--force");
        var files = _sandbox.Snapshot();
        await _sandbox.JsonAsync(4, "undo", "--latest");
        await _sandbox.JsonAsync(4, "previous-copies", "--remove", "--older-than", "0m");
        Assert.Equal(files, _sandbox.Snapshot());
    }

    [Theory]
    [InlineData("1", 0)]
    [InlineData("0", 4)]
    [InlineData("yes", 4)]
    public async Task The_variable_is_consent_only_when_it_is_1(string value, int exitCode)
    {
        using var postry = PostryProcess.Start(_sandbox.Folder, ["restore", "--latest", "--path", _database],
            ("BACKUP_METADATA_HMAC_KEY", Sandbox.Key), ("RESTORE_ALLOW_NONINTERACTIVE", value));
        Assert.Equal(exitCode, (await postry.EndAsync()).ExitCode);
        Assert.Equal(exitCode == 0 ? _good : _damaged, Sandbox.Contents(_database));
    }

    [TerminalTheory]
    [InlineData("yes\n", 0)]
    [InlineData("y\n", 4)]
    [InlineData("no\n", 4)]
    public async Task A_person_at_a_terminal_is_asked_and_must_type_yes(string answer, int exitCode)
    {
        using var postry = TerminalProcess.Start(_sandbox, "restore", "--latest", "--path", _database);
        var result = await postry.EndAsync(answer);
        Assert.Contains("Type \"yes\"", result.Output);
        Assert.True(exitCode == result.ExitCode, result.ToString());
        Assert.Equal(exitCode == 0 ? _good : _damaged, Sandbox.Contents(_database));
    }
}
