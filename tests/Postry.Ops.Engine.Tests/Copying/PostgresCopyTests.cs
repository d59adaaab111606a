using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Copying;

/// <summary>Copies of archives that are folders of files.</summary>
public sealed class PostgresCopyTests : IDisposable
{
    private readonly Workspace _work = new();

    public void Dispose() => _work.Dispose();

    [PostgresFact]
    public async Task A_folder_of_files_arrives_whole_and_comes_back_from_there()
    {
        await using var site = await RestoreFixture.CreateAsync();
        await site.RunAsync("CREATE SCHEMA s;; CREATE TABLE s.t(a int);; INSERT INTO s.t SELECT generate_series(1, 1000);; SELECT lo_from_bytea(0, 'large')",
            site.Live);
        var set = await _work.Engine.BackUpAsync(new BackupRequest { Source = site.Address() });
        var to = new CopyDestination(null, _work["nas"], CopyDestination.DefaultTimeout);
        Assert.Equal(CopyStatus.Copied, (await CopyAsync(set, to)).Status);
        Assert.Equal(CopyStatus.AlreadyThere, (await CopyAsync(set, to)).Status);
        var folder = Path.Combine(_work["nas"], "db", Path.GetFileName(set.BackupFile));
        Assert.Equal("", Commands.Run("diff", ["-r", set.BackupFile, folder]).Output);
        Directory.Delete(_work.BackupRoot, recursive: true);

        var there = new OpsEngine(_work.Settings() with { BackupRoot = _work["nas"] }, [_work.Reporter]);
        var selector = new BackupSelector { Id = set.Id };
        var report = await there.TestAsync(selector, VerificationLevel.Restore, site.Address(database: "postgres"));
        Assert.True(report.Status == CheckStatus.Passed, string.Join('\n', report.Checks));
        // A file too many is a damaged copy.
        File.WriteAllText(Path.Combine(folder, "extra"), "x");
        Assert.Equal(BackupStatus.Damaged, Assert.Single(there.ListBackups(new BackupQuery())).Status);
    }

    private Task<BackupCopy> CopyAsync(BackupSet set, CopyDestination to) =>
        _work.Engine.CopyBackupAsync(new BackupSelector { Id = set.Id }, to);
}
