using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Runtime;

/// <summary>A test of a set is a test of its runtime files too: what is lost, damaged or exchanged is never called good.</summary>
public sealed class RuntimeProofTests
{
    public static TheoryData<VerificationLevel> Levels() => [.. Enum.GetValues<VerificationLevel>()];

    [StockTheory]
    [MemberData(nameof(Levels))]
    public async Task A_good_set_passes_at_every_level_with_its_files(VerificationLevel level)
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        var files = fixture.FilesNow();
        var report = await fixture.Work.TestAsync(set.Id, level);
        Assert.Equal(CheckStatus.Passed, report.Status);
        Assert.Contains(report.Checks, check => check is { Name: "Runtime: Signature", Status: CheckStatus.Passed });
        Assert.Contains(report.Checks, check => check is { Name: "Runtime: Bound to the set", Status: CheckStatus.Passed });
        if (level >= VerificationLevel.Contents)
            Assert.Contains(report.Checks, check => check is { Name: "Runtime: Runtime files", Status: CheckStatus.Passed });
        if (level == VerificationLevel.Restore)
            Assert.Contains(report.Checks, check => check is { Name: "Runtime: Restored: Files", Status: CheckStatus.Passed });
        Assert.Equal("4 files", report.Runtime);
        Assert.Equal(files, fixture.FilesNow());
        Assert.Empty(fixture.Work.Engine.ListRestores());
    }

    [StockFact]
    public async Task An_archive_made_alone_passes_too()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpFilesAsync();
        Assert.Equal(CheckStatus.Passed, (await fixture.Work.TestAsync(set.Id, VerificationLevel.Restore)).Status);
    }

    [StockFact]
    public async Task A_lost_archive_damages_the_set_but_not_its_database()
    {
        using var fixture = new RuntimeFixture();
        var older = await fixture.BackUpAsync();
        var set = await fixture.BackUpAsync();
        File.Delete(set.Runtime.File!);
        var listed = fixture.Work.Engine.ListBackups(new BackupQuery()).Single(s => s.Id == set.Id);
        Assert.Equal(BackupStatus.Damaged, listed.Status);
        Assert.Contains("runtime archive is missing", listed.StatusDetail);
        Assert.Equal(CheckStatus.Failed, (await fixture.Work.TestAsync(set.Id, VerificationLevel.Artefact)).Status);
        Assert.Equal(older.Id, Assert.Single(fixture.Work.Engine.ListBackups(new BackupQuery { Latest = true })).Id);
        Assert.IsAssignableFrom<OpsException>(await Record.ExceptionAsync(() => fixture.RestoreAsync(set.Id)));
        // An operator at three in the morning can restore the database without the files.
        Assert.Equal(RestoreStatus.Committed, (await fixture.RestoreAsync(set.Id, withRuntime: false)).Status);
    }

    [StockTheory]
    [InlineData("truncate -s -1 \"$1\"")]
    [InlineData("printf X | dd of=\"$1\" bs=1 seek=200 conv=notrunc status=none")]
    [InlineData("rm \"$1.manifest.json\"")]
    [InlineData("sed -i 's/docker-compose.yml/docker-compose.yaml/' \"$1.manifest.json\"")]
    public async Task A_damaged_archive_or_manifest_is_found(string damage)
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        StockTools.Shell(damage, set.Runtime.File!);
        var before = fixture.Now();
        Assert.Equal(CheckStatus.Failed, (await fixture.Work.TestAsync(set.Id, VerificationLevel.Contents)).Status);
        Assert.IsAssignableFrom<OpsException>(await Record.ExceptionAsync(() => fixture.RestoreAsync(set.Id)));
        Assert.Equal(before, fixture.Now());
    }

    [StockFact]
    public async Task An_archive_of_another_moment_is_not_the_sets_although_it_is_signed()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.Write("scripts/deploy.sh", "other");
        var other = await fixture.BackUpAsync();
        // Both files of the other set are stored under the names of this one's.
        File.Copy(other.Runtime.File!, set.Runtime.File!, overwrite: true);
        var forged = File.ReadAllText(other.Runtime.File + ".manifest.json")
            .Replace(Path.GetFileName(other.Runtime.File!), Path.GetFileName(set.Runtime.File!));
        File.WriteAllText(set.Runtime.File + ".manifest.json", forged);
        Assert.Equal(CheckStatus.Failed, (await fixture.Work.TestAsync(set.Id, VerificationLevel.Signature)).Status);
        Assert.IsAssignableFrom<OpsException>(await Record.ExceptionAsync(() => fixture.RestoreAsync(set.Id)));
    }

    [StockFact]
    public async Task A_runtime_manifest_never_passes_for_that_of_a_database()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        var name = fixture.Work["backups/db/sqlite-app-20990101T000000Z-zzzzzzzz.db.gz"];
        File.Copy(set.Runtime.File!, name);
        File.Copy(set.Runtime.File + ".manifest.json", name + ".manifest.json");
        var listed = fixture.Work.Engine.ListBackups(new BackupQuery()).Single(s => s.BackupFile == name);
        Assert.NotEqual(BackupStatus.Complete, listed.Status);
    }

    [StockFact]
    public async Task Without_the_key_nothing_is_proven_and_nothing_restored_unasked()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        var stranger = fixture.Work.EngineWith("another-key-of-32-bytes-for-tests");
        await Assert.ThrowsAsync<WrongKeyException>(() => fixture.PlanFilesAsync(set.Id, engine: stranger));
        var report = await stranger.TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Contents);
        Assert.Equal(CheckStatus.Inconclusive, report.Status);
        var record = await stranger.RestoreAsync(await fixture.PlanFilesAsync(set.Id, allowUnverified: true, stranger));
        Assert.True(record.Unverified);
    }
}
