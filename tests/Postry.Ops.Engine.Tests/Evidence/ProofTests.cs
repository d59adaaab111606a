using System.Text;
using System.Text.Json;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Evidence;

/// <summary>A backup is proven by evidence, and by nothing else.</summary>
public sealed class ProofTests : IDisposable
{
    private readonly EvidenceFolderOfTest _folder = new();

    private Workspace Work => _folder.Work;

    public void Dispose() => _folder.Dispose();

    [StockFact]
    public async Task A_test_that_restores_leaves_evidence_which_proves_that_backup_and_no_other()
    {
        var (first, second) = (await BackUpAsync(), await BackUpAsync());
        Assert.Null((await Work.TestAsync(first.Id, VerificationLevel.Contents)).DrillId);
        Assert.All(List(), set => Assert.Null(set.ProvenAt));

        var report = await Work.TestAsync(first.Id, VerificationLevel.Restore);
        var evidence = Assert.Single(_folder.Files.List());
        Assert.Equal(report.DrillId, evidence.DrillId);
        Assert.Equal((EvidenceKind.Test, DrillStatus.Passed, first.Id), (evidence.Kind, evidence.Status, evidence.Backup!.Id));
        Assert.Equal(StockTools.Hash(first.BackupFile), evidence.Backup.Sha256);
        var table = Assert.Single(evidence.Tables);
        Assert.Equal(("posts", 3L, 3L, CheckStatus.Passed), (table.Name, table.RowsExpected, table.RowsFound, table.Status));
        Assert.Equal(table.FingerprintExpected, table.FingerprintFound);
        Assert.Equal(report.Checks.Count, evidence.Checks.Count);
        Assert.Equal(evidence.DrillId, Assert.Single(Work.Reporter.Outcomes.OfType<EvidenceWritten>()).Drill.DrillId);
        Assert.Equal((evidence.EndedAt, evidence.DrillId), (Listed(first).ProvenAt, Listed(first).ProvenBy));
        Assert.Null(Listed(second).ProvenBy);
    }

    [StockFact]
    public async Task Evidence_that_is_removed_changed_or_of_another_backup_proves_nothing()
    {
        var set = await BackUpAsync();
        await Work.TestAsync(set.Id, VerificationLevel.Restore);
        var proof = Assert.Single(_folder.Files.List());
        var file = proof.EvidenceFile!;
        var bytes = File.ReadAllBytes(file);
        AssertProven(set, true);
        File.WriteAllText(file, Encoding.UTF8.GetString(bytes).Replace("\"rowsFound\": 3", "\"rowsFound\": 4", StringComparison.Ordinal));
        AssertProven(set, false);
        File.WriteAllBytes(file, bytes);
        AssertProven(set, true);
        File.Move(file, Path.Combine(_folder.Folder, "20200101T000000Z-zzzzzzzz.json"));
        AssertProven(set, false);
        Directory.Delete(_folder.Folder, recursive: true);
        AssertProven(set, false);

        var backup = proof.Backup!;
        foreach (var other in new[]
        {
            proof with { Backup = backup with { Sha256 = new string('0', 64) } },
            proof with { Backup = backup with { Id = "zzzzzzzz" } },
            proof with { Backup = null },
            proof with { Status = DrillStatus.Inconclusive },
            proof with { Status = DrillStatus.Failed },
            proof with { Tables = [] },
            proof with { Tables = [proof.Tables[0] with { Status = CheckStatus.Skipped }] },
        })
        {
            _folder.Files.Add(other);
            AssertProven(set, false);
            Directory.Delete(_folder.Folder, recursive: true);
        }

        // Signed by a key that is not known, even if the public-key signature is good.
        _folder.MakeKey();
        _folder.With(isSigned: true, "another-key-of-32-bytes-for-tests").Add(proof);
        Assert.Equal(CheckStatus.Passed, Assert.Single(_folder.With(isSigned: true).List()).Evidence);
        Assert.Null(Assert.Single(new BackupCatalog(_folder.Settings(isSigned: true)).All()).ProvenAt);
    }

    [StockFact]
    public async Task A_backup_that_is_not_as_it_was_signed_is_no_longer_proven()
    {
        var set = await BackUpAsync();
        await Work.TestAsync(set.Id, VerificationLevel.Restore);
        Assert.Null(Assert.Single(Work.EngineWith(null).ListBackups(new BackupQuery())).ProvenAt);
        File.Delete(set.BackupFile);
        AssertProven(set, false);
    }

    [StockFact]
    public async Task A_test_that_compares_no_contents_proves_nothing()
    {
        Commands.Sqlite(Work["app.db"], "CREATE TABLE posts(id)");
        var set = await Work.BackUpAsync(Work["app.db"], FingerprintKind.None);
        Assert.NotNull((await Work.TestAsync(set.Id, VerificationLevel.Restore)).DrillId);
        AssertProven(set, false);
    }

    [StockFact]
    public async Task Evidence_that_cannot_be_written_is_a_warning_and_the_result_stays()
    {
        var set = await BackUpAsync();
        var report = await Work.EngineWith(null).TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Restore);
        Assert.Equal((CheckStatus.Inconclusive, null), (report.Status, report.DrillId));
        AssertWarned("No integrity key is set");
        File.WriteAllText(_folder.Folder, "in the way");
        report = await Work.TestAsync(set.Id, VerificationLevel.Restore);
        Assert.Equal((CheckStatus.Passed, null), (report.Status, report.DrillId));
        AssertWarned("cannot be written");
        AssertProven(set, false);

        void AssertWarned(string why)
        {
            Assert.Contains(why, Assert.Single(Work.Reporter.Warnings), StringComparison.Ordinal);
            Work.Reporter.Forget();
        }
    }

    [StockFact]
    public async Task A_failed_test_leaves_evidence_of_that()
    {
        var set = await BackUpAsync();
        var bytes = File.ReadAllBytes(set.BackupFile);
        bytes[^10] ^= 1;
        File.WriteAllBytes(set.BackupFile, bytes);
        Assert.Equal(CheckStatus.Failed, (await Work.TestAsync(set.Id, VerificationLevel.Restore)).Status);
        var evidence = Assert.Single(_folder.Files.List());
        Assert.Equal((DrillStatus.Failed, CheckStatus.Passed), (evidence.Status, evidence.Evidence));
        Assert.NotEmpty(evidence.Deviations);
        AssertProven(set, false);
        Assert.DoesNotContain("provenAt", File.ReadAllText(set.ManifestFile), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(JsonValueKind.Null, JsonDocument.Parse(JsonSerializer.Serialize(Listed(set), ResultJson.Instance.BackupSet))
            .RootElement.GetProperty("provenAt").ValueKind);
    }

    private async Task<BackupSet> BackUpAsync()
    {
        Commands.Sqlite(Work["app.db"], "DROP TABLE IF EXISTS posts; CREATE TABLE posts(id); INSERT INTO posts VALUES (1), (2), (3)");
        return await Work.BackUpAsync(Work["app.db"]);
    }

    private IReadOnlyList<BackupSet> List() => Work.Engine.ListBackups(new BackupQuery());

    private BackupSet Listed(BackupSet set) => List().Single(one => one.Id == set.Id);

    private void AssertProven(BackupSet set, bool isProven) => Assert.Equal(isProven, Listed(set).ProvenAt is not null);
}
