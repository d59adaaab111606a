using System.Text.Json;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>A backup that is not what was signed: a test says so with exit 3, a restore refuses with exit 1 and touches nothing.</summary>
public sealed class DamagedBackupTests : IAsyncLifetime
{
    private readonly Sandbox _sandbox = new();
    private string _database = "";
    private JsonElement _set;

    public async Task InitializeAsync()
    {
        _database = _sandbox.MakeDatabase();
        _set = await _sandbox.BackUpAsync(_database);
    }

    public Task DisposeAsync()
    {
        _sandbox.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("backupFile")]
    [InlineData("manifestFile")]
    public async Task A_flipped_byte_fails_the_test_and_stops_the_restore(string which)
    {
        var file = _set.GetProperty(which).GetString()!;
        var bytes = await File.ReadAllBytesAsync(file);
        // The byte of the manifest is a digit of a row count or a hash, so that the manifest still parses.
        var place = which == "backupFile" ? bytes.Length / 2 : Array.LastIndexOf(bytes, (byte)'1');
        bytes[place] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        await RefusedAsync();
    }

    [Fact]
    public async Task A_truncated_artefact_fails_the_test_and_stops_the_restore()
    {
        using (var file = File.OpenWrite(_set.GetProperty("backupFile").GetString()!)) file.SetLength(file.Length - 100);
        await RefusedAsync();
    }

    private async Task RefusedAsync()
    {
        var id = _set.GetProperty("id").GetString()!;
        var report = await _sandbox.JsonAsync(3, "test", "--id", id);
        Assert.Equal("Failed", report.GetProperty("status").GetString());

        var target = await File.ReadAllBytesAsync(_database);
        var error = (await _sandbox.JsonAsync(1, "restore", "--id", id, "--path", _database, "--force")).GetProperty("error");
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        Assert.NotEmpty(error.GetProperty("hint").GetString()!);
        Assert.Equal(target, await File.ReadAllBytesAsync(_database));
        Assert.Empty(_sandbox.Partials());
    }
}
