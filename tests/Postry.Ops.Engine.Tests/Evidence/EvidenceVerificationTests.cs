using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Evidence;

/// <summary>Verifying a file on a machine that has nothing else, and notes that are added later.</summary>
public sealed class EvidenceVerificationTests : IDisposable
{
    private readonly EvidenceFolderOfTest _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresFact("openssl")]
    public void An_auditor_verifies_a_copy_with_the_public_key_alone()
    {
        _folder.MakeKey();
        var file = CopyElsewhere(_folder.With(isSigned: true).Add(EvidenceFolderOfTest.Passed()).EvidenceFile!);
        var auditor = Engine(key: null);

        var report = auditor.VerifyEvidence(file, _folder.PublicKey);
        Assert.Equal(CheckStatus.Passed, report.Status);
        Assert.Equal([("Form", CheckStatus.Passed), ("Integrity key", CheckStatus.Skipped), ("Public key", CheckStatus.Passed),
            ("Proof", CheckStatus.Passed)], report.Checks.Select(check => (check.Name, check.Status)));
        Assert.Contains("restored the backup aaaaaaaa of app and compared 3 rows in 1 table", report.Proves, StringComparison.Ordinal);

        // Without any key, nothing is known; with a key of the auditor's own as well.
        Assert.Equal(CheckStatus.Inconclusive, auditor.VerifyEvidence(file).Status);
        Assert.Equal(CheckStatus.Inconclusive, Engine("the-auditors-own-key-of-32-bytes!").VerifyEvidence(file).Status);
        Assert.Equal(CheckStatus.Passed, Engine("the-auditors-own-key-of-32-bytes!").VerifyEvidence(file, _folder.PublicKey).Status);
        Assert.Null(auditor.VerifyEvidence(file).Proves);

        File.Delete(file + ".sig");
        Assert.Equal(CheckStatus.Failed, auditor.VerifyEvidence(file, _folder.PublicKey).Status);
        Assert.Equal(CheckStatus.Passed, Engine(Workspace.Key).VerifyEvidence(file).Status);
    }

    [RequiresFact("openssl")]
    public void The_public_key_never_comes_from_the_file_and_another_one_fails()
    {
        _folder.MakeKey();
        var file = _folder.With(isSigned: true).Add(EvidenceFolderOfTest.Passed()).EvidenceFile!;
        _folder.MakeKey();
        Assert.Equal(CheckStatus.Failed, Engine(key: null).VerifyEvidence(file, _folder.PublicKey).Status);
        Assert.Equal(CheckStatus.Failed, Engine(Workspace.Key).VerifyEvidence(file, _folder.PublicKey).Status);
        // The key of the environment is a newer one: the integrity key decides.
        Assert.Equal(CheckStatus.Passed, new OpsEngine(_folder.Settings(isSigned: true), []).VerifyEvidence(file).Status);
        Assert.Equal(CheckStatus.Inconclusive, new OpsEngine(_folder.Settings(isSigned: true, null), []).VerifyEvidence(file).Status);
        // A file without a second signature cannot be checked with the key that was demanded.
        var unsigned = _folder.Files.Add(EvidenceFolderOfTest.Passed()).EvidenceFile!;
        Assert.Equal(CheckStatus.Inconclusive, Engine(Workspace.Key).VerifyEvidence(unsigned, _folder.PublicKey).Status);
    }

    [Fact]
    public void A_file_under_the_name_of_other_evidence_fails_and_the_proof_names_its_time()
    {
        var at = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        var file = _folder.Files.Add(EvidenceFolderOfTest.Passed(at)).EvidenceFile!;
        Assert.StartsWith("The drill of 2026-01-02 03:04:05 UTC restored", Engine(Workspace.Key).VerifyEvidence(file).Proves,
            StringComparison.Ordinal);
        var (plain, later) = (_folder.Work["january.json"], Path.Combine(_folder.Work.Folder, "20260601T030405Z-zzzzzzzz.json"));
        File.Copy(file, plain);
        File.Copy(file, later);
        Assert.Equal(CheckStatus.Passed, Engine(Workspace.Key).VerifyEvidence(plain).Status);
        var report = Engine(Workspace.Key).VerifyEvidence(later);
        Assert.Equal(CheckStatus.Failed, report.Status);
        Assert.Contains(report.Checks, check => check is { Name: "Name", Status: CheckStatus.Failed });
    }

    [Fact]
    public void Genuine_evidence_of_a_drill_that_did_not_pass_proves_nothing()
    {
        var drill = _folder.Files.Add(EvidenceFolderOfTest.Passed() with { Status = DrillStatus.Failed });
        var report = Engine(Workspace.Key).VerifyEvidence(drill.EvidenceFile!);
        Assert.Equal((CheckStatus.Passed, null, DrillStatus.Failed), (report.Status, report.Proves, report.Drill!.Status));
        var proof = Assert.Single(report.Checks, check => check.Name == "Proof");
        Assert.Equal(CheckStatus.Skipped, proof.Status);
        Assert.Contains("ended as Failed", proof.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void The_evidence_before_is_checked_where_it_lies_beside_the_file()
    {
        var (first, second) = (_folder.Files.Add(EvidenceFolderOfTest.Passed()), _folder.Files.Add(EvidenceFolderOfTest.Passed()));
        Assert.Equal(CheckStatus.Passed, Before());
        File.AppendAllText(first.EvidenceFile!, "\n");
        Assert.Equal(CheckStatus.Failed, Before());
        File.Delete(first.EvidenceFile!);
        Assert.Equal(CheckStatus.Skipped, Before());

        CheckStatus Before() => Engine(Workspace.Key).VerifyEvidence(second.EvidenceFile!).Checks
            .Single(check => check.Name == "Evidence before").Status;
    }

    [RequiresFact("openssl")]
    public async Task Notes_are_signed_files_of_their_own_and_rewrite_nothing()
    {
        _folder.MakeKey();
        var drill = _folder.With(isSigned: true).Add(EvidenceFolderOfTest.Passed());
        var before = Directory.EnumerateFiles(_folder.Folder).ToDictionary(file => file, StockTools.Hash);
        Assert.Equal(3, before.Count);
        var engine = new OpsEngine(_folder.Settings(isSigned: true), []);
        var first = await engine.AddDrillNoteAsync(drill.DrillId, "The disk was replaced.\n");
        await engine.AddDrillNoteAsync(drill.DrillId, "Seen by the auditor.");
        Assert.Equal((1, "The disk was replaced.", StockTools.Hash(drill.EvidenceFile!), null),
            (first.Number, first.Text, first.EvidenceSha256, first.PreviousSha256));
        Assert.All(before, file => Assert.Equal(file.Value, StockTools.Hash(file.Key)));

        var note1 = drill.EvidenceFile![..^5] + ".note1.json";
        StockTools.Shell("openssl dgst -sha256 -verify \"$1\" -signature \"$2\" \"$3\"", _folder.PublicKey, note1 + ".sig", note1);
        var listed = Assert.Single(engine.ListDrills(new DrillQuery())).Notes!;
        Assert.Equal(["The disk was replaced.", "Seen by the auditor."], listed.Select(note => note.Text));
        Assert.All(listed, note => Assert.Equal(CheckStatus.Passed, note.Evidence));
        Assert.Equal(StockTools.Hash(note1), listed[1].PreviousSha256);
        var copy = CopyElsewhere(drill.EvidenceFile!);
        Assert.Equal(CheckStatus.Passed, Engine(key: null).VerifyEvidence(copy, _folder.PublicKey).Status);

        // A changed note, a removed one, and one that was written for other evidence.
        var bytes = File.ReadAllText(note1);
        File.WriteAllText(note1, bytes.Replace("disk", "risk", StringComparison.Ordinal));
        Assert.Equal([CheckStatus.Failed, CheckStatus.Failed], Verdicts());
        Assert.Equal(CheckStatus.Failed, engine.VerifyEvidence(drill.EvidenceFile!).Status);
        File.Delete(note1);
        Assert.Equal([CheckStatus.Failed], Verdicts());
        File.WriteAllText(note1, bytes);
        Assert.Equal([CheckStatus.Passed, CheckStatus.Passed], Verdicts());
        var other = _folder.With(isSigned: true).Add(EvidenceFolderOfTest.Passed());
        File.Copy(note1, other.EvidenceFile![..^5] + ".note1.json");
        Assert.Equal(CheckStatus.Failed, Assert.Single(engine.ListDrills(new DrillQuery()).Single(one =>
            one.DrillId == other.DrillId).Notes!).Evidence);

        CheckStatus?[] Verdicts() => [.. engine.ListDrills(new DrillQuery()).Single(one => one.DrillId == drill.DrillId).Notes!
            .Select(note => note.Evidence)];
    }

    [Fact]
    public async Task A_note_needs_evidence_that_is_as_it_was_signed()
    {
        var engine = Engine(Workspace.Key);
        Assert.Equal("SourceNotFound", await ErrorOf(engine, "zzzzzzzz"));
        var drill = _folder.Files.Add(EvidenceFolderOfTest.Passed());
        Assert.Equal("InvalidRequest", await ErrorOf(engine, drill.DrillId, " "));
        Assert.Equal("IntegrityKeyMissing", await ErrorOf(Engine(key: null), drill.DrillId));
        File.WriteAllText(drill.EvidenceFile!, File.ReadAllText(drill.EvidenceFile!).Replace("app", "ape", StringComparison.Ordinal));
        Assert.Equal("SignatureMismatch", await ErrorOf(engine, drill.DrillId));
    }

    [RequiresFact("openssl")]
    public void A_new_key_is_one_that_openssl_knows_and_replaces_nothing()
    {
        var folder = Directory.CreateDirectory(_folder.Work["keys"]).FullName;
        var engine = Engine(key: null);
        Assert.Equal(["evidence-key.pem", "evidence-key.pub.pem"], engine.PlanEvidenceKey(folder).Select(Path.GetFileName));
        var key = engine.WriteEvidenceKey(folder);
        Assert.Contains("NIST CURVE: P-256", StockTools.Shell("openssl pkey -in \"$1\" -noout -text", key.PrivateKeyFile));
        Assert.Equal(File.ReadAllText(key.PublicKeyFile), StockTools.Shell("openssl pkey -in \"$1\" -pubout", key.PrivateKeyFile));
        Assert.Contains("POSTRY_EVIDENCE_KEY_FILE", key.NextStep, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key.PrivateKeyFile));
        File.Copy(key.PrivateKeyFile, _folder.PrivateKey);
        Assert.Equal(key.KeyId, _folder.With(isSigned: true).Add(EvidenceFolderOfTest.Passed()).PublicKeyId);

        Assert.Equal("DestinationExists", Assert.ThrowsAny<OpsException>(() => engine.WriteEvidenceKey(folder)).ErrorId);
        File.Delete(key.PrivateKeyFile);
        Assert.Equal("DestinationExists", Assert.ThrowsAny<OpsException>(() => engine.WriteEvidenceKey(folder)).ErrorId);
        Assert.False(File.Exists(key.PrivateKeyFile));
        Assert.Equal("InvalidRequest", Assert.ThrowsAny<OpsException>(() => engine.WriteEvidenceKey(_folder.Folder)).ErrorId);
        Assert.Equal("SourceNotFound", Assert.ThrowsAny<OpsException>(() => engine.WriteEvidenceKey(_folder.Work["none"])).ErrorId);
    }

    private static async Task<string> ErrorOf(OpsEngine engine, string drillId, string text = "text") =>
        (await Assert.ThrowsAnyAsync<OpsException>(() => engine.AddDrillNoteAsync(drillId, text))).ErrorId;

    private OpsEngine Engine(string? key) => new(_folder.Settings(isSigned: false, key), []);

    private string CopyElsewhere(string file)
    {
        var folder = Directory.CreateDirectory(_folder.Work["elsewhere"]).FullName;
        foreach (var one in Directory.EnumerateFiles(_folder.Folder)) File.Copy(one, Path.Combine(folder, Path.GetFileName(one)));
        return Path.Combine(folder, Path.GetFileName(file));
    }
}
