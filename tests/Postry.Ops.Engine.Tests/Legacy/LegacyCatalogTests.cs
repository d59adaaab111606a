using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Legacy;

/// <summary>The listing of the old scripts' backups, and the choice among them.</summary>
public sealed class LegacyCatalogTests : IDisposable
{
    private const string Posts = "CREATE TABLE posts(id INTEGER PRIMARY KEY, body TEXT); INSERT INTO posts VALUES (1, 'old');";

    private readonly Workspace _work = new();

    public void Dispose() => _work.Dispose();

    [StockFact]
    public void A_backup_is_listed_with_the_time_in_its_name()
    {
        var path = LegacyFiles.Sqlite(_work, Posts);
        var set = LegacyFiles.Only(_work);
        Assert.True(set.Legacy);
        Assert.Equal((BackupStatus.Complete, (string?)null), (set.Status, set.StatusDetail));
        Assert.Equal((DatabaseMode.Sqlite, path, new FileInfo(path).Length, LegacyFiles.StampInUtc),
            (set.Mode, set.BackupFile, set.SizeBytes, set.SnapshotAt));
        Assert.Equal("legacy-sqlite", set.Database);
        Assert.Matches("^[0-9a-hjkmnp-tv-z]{8}$", set.Id);
        Assert.Equal(set.Id, LegacyFiles.Only(_work).Id);
        Assert.Equal(set.Id, _work.Engine.FindBackup(new BackupSelector { Id = set.Id }).Id);
        Assert.Equal(set.Id, _work.Engine.FindBackup(new BackupSelector { BackupFile = path }).Id);
        Assert.Equal(set.Id, _work.Engine.FindBackup(new BackupSelector { BackupFile = path + ".meta.json" }).Id);
    }

    [StockFact]
    public async Task They_stand_among_the_others_in_order_of_their_stamps()
    {
        LegacyFiles.Sqlite(_work, Posts, "20250101-000000");
        LegacyFiles.Sqlite(_work, Posts, "20990101-000000");
        Commands.Sqlite(_work["app.db"], Posts);
        await _work.BackUpAsync(_work["app.db"]);
        Assert.Equal([true, false, true], _work.Engine.ListBackups(new BackupQuery()).Select(set => set.Legacy));
        Assert.Equal(2, _work.Engine.ListBackups(new BackupQuery { Database = "legacy-*" }).Count);
        Assert.Equal(3, _work.Engine.ListBackups(new BackupQuery()).Select(set => set.Id).Distinct().Count());
    }

    [StockFact]
    public async Task Archives_of_runtime_files_are_sets_of_their_own_whatever_their_time()
    {
        var database = LegacyFiles.Sqlite(_work, Posts);
        var archive = Path.Combine(Directory.CreateDirectory(Path.Combine(_work.BackupRoot, "runtime")).FullName,
            $"runtime-backup-{LegacyFiles.Stamp}.zip");
        File.WriteAllText(_work[".env"], "A=1\n");
        Assert.Equal(0, Commands.Run("python3", ["-c", "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w').write(sys.argv[2], '.env')",
            archive, _work[".env"]]).ExitCode);
        LegacyFiles.Describe(archive, "runtime-assets");

        var sets = _work.Engine.ListBackups(new BackupQuery()).ToDictionary(set => set.Mode);
        Assert.Equal([DatabaseMode.Sqlite, DatabaseMode.Runtime], sets.Keys.Order());
        Assert.Equal((database, (string?)null), (sets[DatabaseMode.Sqlite].BackupFile, sets[DatabaseMode.Sqlite].Runtime.File));
        var set = sets[DatabaseMode.Runtime];
        Assert.Equal((archive, "legacy-runtime", BackupStatus.Complete, LegacyFiles.StampInUtc, true),
            (set.BackupFile, set.Database, set.Status, set.SnapshotAt, set.Legacy));
        Assert.Equal(CheckStatus.Passed, (await _work.TestAsync(set.Id, VerificationLevel.Artefact)).Status);
        var report = await _work.TestAsync(set.Id, VerificationLevel.Contents);
        Assert.Equal(CheckStatus.Inconclusive, report.Status);
        Assert.DoesNotContain(report.Checks, check => check.Status == CheckStatus.Failed);
        // The metadata of the old scripts does not count files.
        Assert.DoesNotContain("0 files", report.Runtime, StringComparison.Ordinal);
        File.AppendAllText(archive, "x");
        Assert.Equal(BackupStatus.Damaged, _work.Engine.ListBackups(new BackupQuery { Mode = DatabaseMode.Runtime })[0].Status);
    }

    [StockFact]
    public async Task None_is_the_latest_of_a_database_that_nobody_has_named()
    {
        LegacyFiles.Sqlite(_work, Posts, "20990101-000000");
        Commands.Sqlite(_work["app.db"], Posts);
        var latest = new BackupSelector { Latest = true };
        Assert.Throws<SourceNotFoundException>(() => _work.Engine.ListBackups(new BackupQuery { Latest = true }));
        Assert.Throws<SourceNotFoundException>(() => _work.Engine.FindBackup(latest));
        await Assert.ThrowsAsync<SourceNotFoundException>(() => PlanAsync(latest, allowDifferentSource: true));

        var own = await _work.BackUpAsync(_work["app.db"]);
        Assert.Equal(own.Id, _work.Engine.FindBackup(latest).Id);
        Assert.Equal(own.Id, Assert.Single(_work.Engine.ListBackups(new BackupQuery { Latest = true })).Id);
        Assert.Equal(own.Id, (await PlanAsync(latest, allowDifferentSource: true)).Backup.Id);
        // A selection that names them includes them.
        var named = latest with { Database = "legacy-sqlite" };
        Assert.True((await PlanAsync(named, allowDifferentSource: true)).Backup.Legacy);
        await Assert.ThrowsAsync<DifferentSourceException>(() => PlanAsync(named, allowDifferentSource: false));
    }

    [StockFact]
    public async Task Without_a_key_that_fits_nobody_can_tell_tampering_from_another_key()
    {
        LegacyFiles.Sqlite(_work, Posts);
        var id = LegacyFiles.Only(_work).Id;
        foreach (var (engine, says) in new[] { (_work.EngineWith(null), "BACKUP_METADATA_HMAC_KEY is not set"),
            (_work.EngineWith("another key"), "with another key, or the backup was changed since") })
        {
            var set = Assert.Single(engine.ListBackups(new BackupQuery()));
            Assert.Equal((id, BackupStatus.Unverified), (set.Id, set.Status));
            Assert.Contains(says, set.StatusDetail);
            var signature = (await engine.TestAsync(new BackupSelector { Id = id }, VerificationLevel.Signature)).Checks[0];
            Assert.Equal(("Signature", CheckStatus.Inconclusive), (signature.Name, signature.Status));
        }

        var request = Request(new BackupSelector { Id = id }, allowDifferentSource: true);
        await Assert.ThrowsAsync<IntegrityKeyMissingException>(() => _work.EngineWith(null).PlanRestoreAsync(request));
        var wrong = await Assert.ThrowsAsync<WrongKeyException>(() => _work.EngineWith("another key").PlanRestoreAsync(request));
        Assert.Contains("or was changed since", wrong.Message);
        Assert.Contains("cannot be distinguished", wrong.Message);
        var unverified = await _work.EngineWith("another key").PlanRestoreAsync(request with { AllowUnverified = true });
        Assert.Contains("The signature is NOT verified", unverified.Summary);
        // A key that was replaced still verifies.
        Assert.Equal(BackupStatus.Complete, Assert
            .Single(_work.EngineWith("another key", Workspace.Key).ListBackups(new BackupQuery())).Status);
    }

    public static TheoryData<string, string> SignedMembers() => new()
    {
        { "sha256", new string('0', 64) }, { "hmac_sha256", new string('A', 64) }, { "size_bytes", "1" }, { "mode", "postgres" },
    };

    [StockTheory]
    [MemberData(nameof(SignedMembers))]
    public void A_signed_member_that_was_changed_is_never_complete(string member, string value)
    {
        LegacyFiles.Sqlite(_work, Posts);
        Assert.Equal(BackupStatus.Complete, LegacyFiles.Only(_work).Status);
        Change(json => json[member] = member == "size_bytes" ? JsonValue.Create(long.Parse(value, CultureInfo.InvariantCulture))
            : JsonValue.Create(value));
        Assert.NotEqual(BackupStatus.Complete, LegacyFiles.Only(_work).Status);
    }

    [StockTheory]
    [InlineData("generated_at_utc", "\"1999-01-01\"")]
    [InlineData("backup_path", "\"../../elsewhere.db\"")]
    [InlineData("something_else", "{\"a\": [1]}")]
    public void What_is_not_signed_counts_for_nothing(string member, string json)
    {
        LegacyFiles.Sqlite(_work, Posts);
        var before = LegacyFiles.Only(_work);
        Change(metadata => metadata[member] = JsonNode.Parse(json));
        Assert.Equal(before with { Tables = [] }, LegacyFiles.Only(_work) with { Tables = before.Tables });
    }

    [StockTheory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"mode":1,"backup_file":"sqlite-backup-20250314-092653.db","sha256":"","hmac_sha256":"","size_bytes":1}""")]
    [InlineData("\u0000\u0001")]
    public void What_is_no_metadata_is_invalid(string text)
    {
        var path = LegacyFiles.Sqlite(_work, Posts);
        File.WriteAllText(path + ".meta.json", text);
        AssertInvalid();
    }

    [StockTheory]
    [InlineData("size_bytes", "\"8192\"")]
    [InlineData("size_bytes", "-1")]
    [InlineData("size_bytes", "8192.5")]
    [InlineData("sha256", "\"abc\"")]
    [InlineData("backup_file", "\"../db/sqlite-backup-20250314-092653.db\"")]
    [InlineData("backup_file", "\"/etc/passwd\"")]
    [InlineData("backup_file", "\"sqlite-backup-20250314-092654.db\"")]
    [InlineData("mode", "\"mysql\"")]
    [InlineData("mode", "\"runtime-assets\"")]
    public void Wrong_types_and_other_files_are_invalid(string member, string json)
    {
        LegacyFiles.Sqlite(_work, Posts);
        Change(metadata => metadata[member] = JsonNode.Parse(json));
        AssertInvalid();
    }

    [StockFact]
    public void A_file_that_was_renamed_is_invalid()
    {
        var path = LegacyFiles.Sqlite(_work, Posts);
        var renamed = path.Replace("0926", "1026", StringComparison.Ordinal);
        File.Move(path, renamed);
        File.Move(path + ".meta.json", renamed + ".meta.json");
        Assert.Contains("The metadata describes sqlite-backup-20250314-092653.db", AssertInvalid().StatusDetail);
    }

    [StockTheory]
    [InlineData("sqlite-backup-latest.db", "sqlite")]
    [InlineData("sqlite-backup-20251340-000000.db", "sqlite")]
    [InlineData("postgres-backup-20250314-092653.sql", "sqlite")]
    [InlineData("sqlite-backup-20250314-092653.db", "postgres")]
    public void A_name_that_says_no_time_or_another_kind_is_invalid_although_it_is_signed(string name, string mode)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(_work.BackupRoot, "db")).FullName, name);
        Commands.Sqlite(path, Posts);
        LegacyFiles.Describe(path, mode);
        AssertInvalid();
    }

    [StockFact]
    public void A_missing_or_shorter_file_is_damaged()
    {
        var path = LegacyFiles.Sqlite(_work, Posts);
        using (var file = File.OpenWrite(path)) file.SetLength(file.Length - 1);
        Assert.Equal(BackupStatus.Damaged, LegacyFiles.Only(_work).Status);
        File.Delete(path);
        Assert.Equal(BackupStatus.Damaged, LegacyFiles.Only(_work).Status);
    }

    [StockFact]
    public void Metadata_as_each_powershell_writes_it_is_read()
    {
        var path = LegacyFiles.Sqlite(_work, Posts) + ".meta.json";
        var text = File.ReadAllText(path).ReplaceLineEndings("\r\n");
        foreach (var encoding in new Encoding[] { new UTF8Encoding(true), Encoding.Unicode })
        {
            File.WriteAllText(path, text, encoding);
            Assert.Equal(BackupStatus.Complete, LegacyFiles.Only(_work).Status);
        }
    }

    [StockFact]
    public void A_manifest_of_ours_counts_more_than_metadata_beside_it()
    {
        var path = LegacyFiles.Sqlite(_work, Posts);
        File.WriteAllText(path + ".manifest.json", "{}");
        var set = LegacyFiles.Only(_work);
        Assert.Equal((path + ".manifest.json", BackupStatus.Invalid), (set.ManifestFile, set.Status));
    }

    private BackupSet AssertInvalid()
    {
        var set = LegacyFiles.Only(_work);
        Assert.Equal(BackupStatus.Invalid, set.Status);
        Assert.True(set.Legacy);
        Assert.False(string.IsNullOrWhiteSpace(set.StatusDetail));
        return set;
    }

    private void Change(Action<JsonObject> change)
    {
        var path = LegacyFiles.Only(_work).ManifestFile;
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    private RestoreRequest Request(BackupSelector backup, bool allowDifferentSource) =>
        new() { Backup = backup, Target = new SqliteAddress(_work["app.db"]), AllowDifferentSource = allowDifferentSource };

    private Task<RestorePlan> PlanAsync(BackupSelector backup, bool allowDifferentSource) =>
        _work.Engine.PlanRestoreAsync(Request(backup, allowDifferentSource));
}
