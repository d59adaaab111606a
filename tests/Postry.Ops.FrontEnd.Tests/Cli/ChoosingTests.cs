using System.Globalization;
using System.Text.Json;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>The ways to point at a backup, and what happens where they point at none or at one that cannot be trusted.</summary>
public sealed class ChoosingTests : IAsyncLifetime
{
    private readonly Sandbox _sandbox = new();
    private string _database = "";
    private string _first = "";
    private string _second = "";
    private JsonElement _firstSet;
    private JsonElement _secondSet;

    public async Task InitializeAsync()
    {
        _database = _sandbox.MakeDatabase();
        _first = Sandbox.Contents(_database);
        _firstSet = await _sandbox.BackUpAsync(_database);
        Sandbox.Execute(_database, "UPDATE posts SET status = 'second'");
        _second = Sandbox.Contents(_database);
        _secondSet = await _sandbox.BackUpAsync(_database);
        Sandbox.Damage(_database);
    }

    public Task DisposeAsync()
    {
        _sandbox.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task The_latest_is_the_newest_snapshot_and_before_goes_further_back()
    {
        await RestoreAsync("--latest");
        Assert.Equal(_second, Sandbox.Contents(_database));

        var time = _secondSet.GetProperty("snapshotAt").GetString()!;
        var result = await RestoreAsync("--before", time);
        Assert.Equal(_first, Sandbox.Contents(_database));
        Assert.Contains($"Before {time[..10]} {time[11..19]}Z", result.Errors);
    }

    [ZoneFact]
    public async Task A_time_without_a_zone_is_local()
    {
        // The second snapshot's own time, as a clock on the wall in Tokyo shows it.
        var time = _secondSet.GetProperty("snapshotAt").GetDateTime().AddHours(9)
            .ToString("yyyy-MM-ddTHH:mm:ss.fffffff", CultureInfo.InvariantCulture);
        using var postry = PostryProcess.Start(_sandbox.Folder,
            ["test", "--before", time, "--database", "app", "--level", "Signature", "--json"],
            ("BACKUP_METADATA_HMAC_KEY", Sandbox.Key), ("TZ", "Asia/Tokyo"));
        var result = await postry.EndAsync();
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(Id(_firstSet), Id(Sandbox.Parse(result.Output)));
    }

    [Theory]
    [InlineData("backupFile")]
    [InlineData("manifestFile")]
    public async Task A_file_can_be_named_wherever_it_was_copied(string which)
    {
        var elsewhere = Directory.CreateDirectory(_sandbox.Path("off site")).FullName;
        foreach (var file in new[] { Text(_firstSet, "backupFile"), Text(_firstSet, "manifestFile") })
        {
            File.Move(file, Path.Combine(elsewhere, Path.GetFileName(file)));
        }

        await RestoreAsync("--backup-file", Path.Combine("off site", Path.GetFileName(Text(_firstSet, which))));
        Assert.Equal(_first, Sandbox.Contents(_database));
    }

    [Fact]
    public async Task After_the_key_is_lost_a_backup_restores_only_when_that_is_allowed()
    {
        string[] restore = ["restore", "--id", Id(_firstSet), "--path", _database, "--force", "--json"];
        var other = ("BACKUP_METADATA_HMAC_KEY", "a key that replaces the one that was lost");
        using var refused = PostryProcess.Start(_sandbox.Folder, restore, other);
        var refusal = await refused.EndAsync();
        Assert.True(refusal.ExitCode == 1, refusal.ToString());
        Assert.Contains("--allow-unverified", refusal.Errors);

        using var allowed = PostryProcess.Start(_sandbox.Folder, [.. restore, "--allow-unverified"], other);
        var result = await allowed.EndAsync();
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.True(Sandbox.Parse(result.Output).GetProperty("unverified").GetBoolean());
        Assert.Equal(_first, Sandbox.Contents(_database));
    }

    [Fact]
    public async Task Latest_of_two_databases_is_ambiguous_until_one_is_named()
    {
        await _sandbox.BackUpAsync(_sandbox.MakeDatabase("other.db"));
        var error = (await _sandbox.JsonAsync(1, "test", "--latest", "--level", "Signature")).GetProperty("error");
        Assert.Equal("AmbiguousBackup", Text(error, "id"));
        Assert.Contains("--database", Text(error, "hint"));
        Assert.Equal(Id(_secondSet), Id(await _sandbox.JsonAsync(0, "test", "--latest", "--database", "app", "--level", "Signature")));
    }

    private async Task<PostryResult> RestoreAsync(params string[] selection)
    {
        var result = await _sandbox.RunAsync(["restore", .. selection, "--path", _database, "--force"]);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private static string Id(JsonElement element) => Text(element, "id");

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}

/// <summary>A test that needs the time zones of the system.</summary>
internal sealed class ZoneFactAttribute : FactAttribute
{
    public ZoneFactAttribute() => Skip = File.Exists("/usr/share/zoneinfo/Asia/Tokyo") ? null : "the system has no time zones installed";
}
