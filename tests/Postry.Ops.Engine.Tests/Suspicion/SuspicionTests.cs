using System.Text;
using System.Text.Json.Nodes;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Suspicion;

/// <summary>A backup of a database that was emptied says so, and never takes the place of the good one before it unasked.</summary>
public sealed class SuspicionTests : IDisposable
{
    private readonly ShrinkingApp _app = new();

    public void Dispose() => _app.Dispose();

    public static TheoryData<string, string> Losses() => new()
    {
        { ": > app.db", "No rows are left of 1,040." },
        { "sqlite3 app.db 'DROP TABLE posts; DROP TABLE users;'",
            "2 of 2 tables that held rows are gone, and less than 75% are left: posts, users." },
        { "sqlite3 app.db 'DELETE FROM posts; DELETE FROM users;'", "No rows are left of 1,040." },
        { "sqlite3 app.db 'DELETE FROM posts WHERE id % 4 > 0;'", "290 rows are left of 1,040, less than 50%." },
        { "sqlite3 app.db 'DROP TABLE users;'", "1 of 2 tables that held rows are gone, and less than 75% are left: users." },
        { "sqlite3 app.db 'UPDATE posts SET body = NULL;'", "bytes are left of " },
    };

    [StockTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_the_files_of_the_good_one_are_gone_its_signed_manifest_still_tells_that_rows_are_lost(bool isCut)
    {
        var good = await _app.BackUpAsync();
        if (isCut) File.WriteAllText(good.BackupFile, "cut");
        else File.Delete(good.BackupFile);
        StockTools.Shell("cd \"$1\"; sqlite3 app.db 'DELETE FROM posts; DELETE FROM users;'", _app.Work.Folder);
        foreach (var set in new[] { await _app.BackUpAsync(), await _app.BackUpAsync() })
        {
            Assert.Equal((BackupStatus.Suspicious, good.Id), (set.Status, set.Plausibility!.ComparedWith));
            Assert.Contains("No rows are left of 1,040.", set.StatusDetail, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<SuspiciousBackupException>(() => _app.PlanAsync(new BackupSelector { Latest = true }));
    }

    [StockTheory]
    [MemberData(nameof(Losses))]
    public async Task A_backup_of_a_loss_is_Suspicious_and_the_latest_is_refused_with_both_candidates(string loss, string reason)
    {
        var good = await _app.BackUpAsync();
        StockTools.Shell($"cd \"$1\"; {loss}", _app.Work.Folder);
        var live = StockTools.Hash(_app.Path);
        var set = await _app.BackUpAsync();

        Assert.Equal(BackupStatus.Suspicious, set.Status);
        Assert.Contains(reason, set.StatusDetail);
        Assert.Contains(good.Id, set.StatusDetail);
        var warning = Assert.Single(_app.Work.Reporter.Warnings, warning => warning.Contains("is Suspicious", StringComparison.Ordinal));
        Assert.All([set.Id, reason, $"{OptionName.AcceptSmaller}"], word => Assert.Contains(word, warning));
        var signed = JsonNode.Parse(File.ReadAllText(set.ManifestFile))!["plausibility"]!;
        Assert.Equal(good.Id, (string?)signed["comparedWith"]);
        Assert.Contains(reason, signed["doubts"]!.ToJsonString());
        var listed = _app.Work.Engine.ListBackups(new BackupQuery());
        Assert.Equal([BackupStatus.Suspicious, BackupStatus.Complete], listed.Select(one => one.Status));

        foreach (var choose in new Func<Task>[]
                 {
                     () => _app.PlanAsync(new BackupSelector { Latest = true }),
                     () => _app.PlanAsync(new BackupSelector { Before = DateTime.UtcNow.AddHours(1) }),
                     () => Task.FromResult(_app.Work.Engine.ListBackups(new BackupQuery { Latest = true })),
                     () => Task.FromResult(_app.Work.Engine.FindBackup(new BackupSelector { Latest = true })),
                     () => Task.FromResult(_app.Work.Engine.PlanRemoval(new BackupSelector { Latest = true })),
                 })
        {
            var error = await Assert.ThrowsAsync<SuspiciousBackupException>(choose);
            Assert.Contains($"{OptionName.Id} {set.Id}: taken ", error.Message);
            Assert.Contains(reason, error.Message);
            Assert.Contains($"{OptionName.Id} {good.Id}: taken ", error.Message);
            Assert.Contains("1,040 rows in 2 tables, Complete", error.Message);
            Assert.Contains($"{OptionName.Id} {good.Id} is the newest good one", error.Hint);
        }

        Assert.Equal(live, StockTools.Hash(_app.Path));
        // Sets from before the loss can be chosen as usual.
        Assert.Equal(good.Id, (await _app.PlanAsync(new BackupSelector { Before = set.SnapshotAt })).Backup.Id);
        await _app.RestoreAsync(good.Id);
        Assert.Equal("1000|40", _app.Rows());
    }

    [StockFact]
    public async Task It_is_restored_where_it_is_named_and_the_plan_and_the_record_say_what_it_is()
    {
        var (good, set) = await EmptiedAsync();
        Commands.Sqlite(_app.Path, "INSERT INTO posts VALUES (1, 'a')");
        var plan = await _app.PlanAsync(new BackupSelector { Id = set.Id });
        Assert.Equal(BackupStatus.Suspicious, plan.Backup.Status);
        Assert.Contains("The backup is SUSPICIOUS: it may have been made after a loss of data. No rows are left of 1,040.", plan.Summary);
        Assert.Contains($"It was compared with {good.Id} of ", plan.Summary);
        var record = await _app.Work.Engine.RestoreAsync(plan);
        Assert.Equal((RestoreStatus.Committed, false), (record.Status, record.Unverified));
        Assert.Contains(record.Checks, check => check is { Name: "Plausibility", Status: CheckStatus.Inconclusive });
        Assert.Equal("0|0", _app.Rows());
        Assert.DoesNotContain("SUSPICIOUS", (await _app.PlanAsync(new BackupSelector { Id = good.Id })).Summary);
    }

    [StockFact]
    public async Task A_test_and_a_comparison_go_on_with_it_and_say_so()
    {
        var (good, set) = await EmptiedAsync();
        foreach (var level in Enum.GetValues<VerificationLevel>())
        {
            var report = await _app.Work.Engine.TestAsync(new BackupSelector { Latest = true }, level);
            Assert.Equal((set.Id, CheckStatus.Inconclusive), (report.Id, report.Status));
            var open = Assert.Single(report.Checks, check => check.Status != CheckStatus.Passed);
            Assert.Equal("Plausibility", open.Name);
            Assert.Contains("No rows are left of 1,040.", open.Detail);
        }

        var named = $"unless it is named with {OptionName.Id} {set.Id}";
        Assert.Contains(_app.Work.Reporter.Warnings, warning => warning.Contains(named, StringComparison.Ordinal));
        var comparison = await _app.Work.Engine.CompareAsync(new BackupSelector { Latest = true }, new SqliteAddress(_app.Path));
        Assert.Equal(TableDifference.Equal, comparison.Status);
        Assert.Equal(CheckStatus.Passed, (await _app.Work.TestAsync(good.Id, VerificationLevel.Contents)).Status);
    }

    [StockFact]
    public async Task The_next_one_is_held_against_the_newest_good_one_and_not_against_the_loss()
    {
        var (good, _) = await EmptiedAsync();
        var again = await _app.BackUpAsync();
        Assert.Equal((BackupStatus.Suspicious, good.Id), (again.Status, again.Plausibility!.ComparedWith));
        // A set that holds the rows again is good, and is chosen again.
        await _app.RestoreAsync(good.Id);
        var healed = await _app.BackUpAsync();
        Assert.Equal(BackupStatus.Complete, healed.Status);
        var plan = await _app.PlanAsync(new BackupSelector { Latest = true });
        Assert.Equal(healed.Id, plan.Backup.Id);
    }

    [StockFact]
    public async Task Without_a_good_one_left_a_loss_does_not_become_normal()
    {
        var (good, set) = await EmptiedAsync();
        var removal = _app.Work.Engine.PlanRemoval(new BackupSelector { Id = good.Id });
        Assert.Contains("the only good backup", removal.Summary);
        await _app.Work.Engine.RemoveBackupAsync(removal, allowLast: true);
        var again = await _app.BackUpAsync();
        Assert.Equal(BackupStatus.Suspicious, again.Status);
        Assert.Contains($"{set.Id} is Suspicious itself: No rows are left of 1,040.", again.StatusDetail);
        var error = await Assert.ThrowsAsync<SuspiciousBackupException>(() => _app.PlanAsync(new BackupSelector { Latest = true }));
        Assert.Contains("there is no good one", error.Message);
        Assert.Contains($"{OptionName.Id} {again.Id}", error.Hint);
    }

    [StockFact]
    public async Task Accepting_it_makes_the_small_database_the_new_normal()
    {
        var (good, _) = await EmptiedAsync();
        Commands.Sqlite(_app.Path, "INSERT INTO posts VALUES (1, 'a'), (2, 'b')");
        var accepted = await _app.BackUpAsync(request => request with { AcceptSmaller = true });
        Assert.Equal(BackupStatus.Complete, accepted.Status);
        Assert.Equal((true, good.Id), (accepted.Plausibility!.Accepted, accepted.Plausibility.ComparedWith));
        var plan = await _app.PlanAsync(new BackupSelector { Latest = true });
        Assert.Equal(accepted.Id, plan.Backup.Id);
        Assert.Contains($"accepted when it was made ({OptionName.AcceptSmaller}): 2 rows are left of 1,040", plan.Summary);
        Assert.Equal(CheckStatus.Passed, (await _app.Work.TestAsync(accepted.Id, VerificationLevel.Restore)).Status);
        var next = await _app.BackUpAsync();
        Assert.Equal((BackupStatus.Complete, accepted.Id), (next.Status, next.Plausibility!.ComparedWith));
    }

    [StockFact]
    public async Task What_is_not_verified_is_nothing_to_be_held_against()
    {
        var forged = await _app.BackUpAsync();
        var older = await _app.BackUpAsync();
        var text = File.ReadAllText(forged.ManifestFile);
        text = text.Replace("\"rows\": 1000", "\"rows\": 1", StringComparison.Ordinal);
        File.WriteAllText(forged.ManifestFile, text, new UTF8Encoding(false));
        Assert.Equal(BackupStatus.Tampered, _app.Work.Engine.ListBackups(new BackupQuery { Ids = [forged.Id] })[0].Status);
        Commands.Sqlite(_app.Path, "DELETE FROM posts");
        var set = await _app.BackUpAsync();
        Assert.Equal((BackupStatus.Suspicious, older.Id), (set.Status, set.Plausibility!.ComparedWith));
        // Under another key nothing before it counts, and that is said.
        var engine = _app.Work.EngineWith("another key that is long enough");
        var other = await engine.BackUpAsync(new BackupRequest { Source = new SqliteAddress(_app.Path) });
        Assert.Null(other.Plausibility);
        Assert.Contains(_app.Work.Reporter.Warnings, warning =>
            warning.Contains($"Whether {other.Id} holds as much", StringComparison.Ordinal)
            && warning.Contains("BACKUP_METADATA_HMAC_KEY_PREVIOUS", StringComparison.Ordinal));
    }

    [StockFact]
    public async Task Doubts_that_somebody_takes_out_of_a_manifest_make_it_Tampered()
    {
        var (good, set) = await EmptiedAsync();
        var text = File.ReadAllText(set.ManifestFile);
        text = text.Replace("\"accepted\": false", "\"accepted\": true", StringComparison.Ordinal);
        File.WriteAllText(set.ManifestFile, text, new UTF8Encoding(false));
        Assert.Equal(BackupStatus.Tampered, _app.Work.Engine.ListBackups(new BackupQuery { Ids = [set.Id] })[0].Status);
        var plan = await _app.PlanAsync(new BackupSelector { Latest = true });
        Assert.Equal(good.Id, plan.Backup.Id);
        Assert.Contains($"A newer backup was skipped: {set.Id}", plan.Summary);
    }

    private async Task<(BackupSet Good, BackupSet Set)> EmptiedAsync()
    {
        var good = await _app.BackUpAsync();
        Commands.Sqlite(_app.Path, "DELETE FROM posts; DELETE FROM users;");
        return (good, await _app.BackUpAsync());
    }
}
