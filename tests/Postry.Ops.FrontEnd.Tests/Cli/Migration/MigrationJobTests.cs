namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>The blocks of the migration page that a job would hold: the schedule, the removal of old backups, the check of them.</summary>
public sealed class MigrationJobTests : IDisposable
{
    private const string CheckAll = "found=0 bad=0";

    private readonly OperatorFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void No_block_is_left_untried()
    {
        Assert.StartsWith("0 3 * * * BACKUP_REPO_ROOT=", Assert.Single(MigrationPage.BlocksOf("crontab")), StringComparison.Ordinal);
        // The blocks that begin with pwsh are tried in the Pester suite, and the one with createdb on a server.
        Assert.Equal(["pwsh", "export", "pwsh", "export", "createdb"], MigrationPage.BlocksOf("sh").Select(line => line.Split(' ')[0]));
        Assert.InRange(MigrationPage.TableLines, 1, MigrationPage.Rows.Count);
    }

    [Fact]
    public async Task A_job_of_cron_backs_up_into_the_repo_root_although_it_starts_elsewhere()
    {
        var line = MigrationPage.Block("crontab", "postry backup").Trim();
        var command = string.Join(' ', line.Split(' ').Skip(5));
        var result = await _folder.TypeAsync(command, from: "home", ("BACKUP_METADATA_HMAC_KEY", ""));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Sandbox.Path("home")));
        Assert.Single(Directory.GetFiles(_folder.Sandbox.Path("backups/db"), "sqlite-horoscope-*.manifest.json"));
        Assert.Single(Directory.GetFiles(_folder.Sandbox.Path("backups/runtime"), "runtime-horoscope-*.manifest.json"));
    }

    [Fact]
    public async Task Removing_old_backups_keeps_the_newest_seven_and_takes_each_away_whole()
    {
        for (var day = 10; day < 19; day++)
        {
            var path = _folder.Sandbox.Path(FormattableString.Invariant($"backups/db/sqlite-backup-202502{day}-030000.db"));
            File.Copy(_folder.Sandbox.Path(OperatorFolder.Database), path);
            OldBackups.Sign(path, "sqlite");
        }

        await _folder.Sandbox.BackUpAsync(_folder.Sandbox.Path(OperatorFolder.Database));
        var others = Files().Where(file => !IsOld(file)).ToList();
        var job = MigrationPage.Block("sh", "postry remove");
        var result = await _folder.TypeAsync(job.Replace("--database horoscope", "--database legacy-sqlite", StringComparison.Ordinal));
        Assert.True(result.ExitCode == 0, result.ToString());
        string[] kept = ["20250213", "20250214", "20250215", "20250216", "20250217", "20250218", "20250314"];
        // The files that are left have their metadata.
        var left = Files().Where(IsOld).Select(file => file["sqlite-backup-".Length..][..8]);
        Assert.Equal(kept.Concat(kept).Order(StringComparer.Ordinal), left);
        Assert.Equal(others, Files().Where(file => !IsOld(file)));

        // A backup that is younger than a week stays.
        Assert.Equal(0, (await _folder.TypeAsync(job)).ExitCode);
        Assert.Equal(others, Files().Where(file => !IsOld(file)));
    }

    [Fact]
    public async Task The_check_of_old_backups_is_content_with_good_ones_of_every_kind()
    {
        await _folder.Sandbox.BackUpAsync(_folder.Sandbox.Path(OperatorFolder.Database));
        var result = await CheckAsync();
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("", result.Output);
    }

    [Theory]
    [InlineData(OperatorFolder.OldBackup)]
    [InlineData(OperatorFolder.OldRuntime)]
    public async Task The_check_of_old_backups_names_one_that_was_changed(string name)
    {
        var path = _folder.Sandbox.Path(name);
        var bytes = File.ReadAllBytes(path);
        bytes[^40] ^= 1;
        File.WriteAllBytes(path, bytes);
        var result = await CheckAsync();
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Equal($"BAD: {path}\n", result.Output);
    }

    [Fact]
    public async Task The_check_of_old_backups_fails_where_nothing_can_be_said_of_them()
    {
        var otherKey = await CheckAsync(("BACKUP_METADATA_HMAC_KEY", "another key that is long enough"));
        Assert.True(otherKey.ExitCode == 1, otherKey.ToString());
        Assert.Equal(2, otherKey.Output.Split("BAD: ").Length - 1);

        string[] both = [_folder.Sandbox.Path(OperatorFolder.OldBackup), _folder.Sandbox.Path(OperatorFolder.OldRuntime)];
        foreach (var path in both) File.Delete(path + ".meta.json");
        Assert.Equal(1, (await CheckAsync()).ExitCode);
        foreach (var path in both) File.Delete(path);
        Assert.Equal(1, (await CheckAsync()).ExitCode);
    }

    private Task<PostryResult> CheckAsync(params (string, string)[] environment) =>
        _folder.TypeAsync(MigrationPage.Block("sh", CheckAll), from: "home", environment);

    private List<string> Files() =>
    [
        .. from folder in new[] { "db", "runtime" }
           from file in Directory.GetFiles(_folder.Sandbox.Path($"backups/{folder}"))
           orderby Path.GetFileName(file)
           select Path.GetFileName(file),
    ];

    private static bool IsOld(string file) => file.StartsWith("sqlite-backup-", StringComparison.Ordinal);
}
