using System.Text.Json;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Evidence;

/// <summary>Evidence as it is written and listed, and what becomes of a folder in which somebody has changed something.</summary>
public sealed class EvidenceFilesTests : IDisposable
{
    private readonly EvidenceFolderOfTest _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Evidence_is_listed_newest_first_as_it_was_written_with_a_page_of_all_its_members()
    {
        Assert.Empty(_folder.Files.List());
        var first = _folder.Files.Add(EvidenceFolderOfTest.Passed(DateTime.UtcNow.AddDays(-1)));
        var second = _folder.Files.Add(EvidenceFolderOfTest.Passed());

        var all = _folder.Files.List();
        Assert.Equal([second.DrillId, first.DrillId], all.Select(drill => drill.DrillId));
        Assert.All(all, drill =>
            Assert.True(drill is { Evidence: CheckStatus.Passed, EvidenceDetail: null, Notes: [], ProvesBackup: true }));
        Assert.Null(first.Previous);
        Assert.Equal(new EvidenceLink(first.DrillId, StockTools.Hash(first.EvidenceFile!)), second.Previous);
        Assert.Equal(JsonSerializer.Serialize(second), JsonSerializer.Serialize(all[0] with { Notes = null }));
        Assert.Equal([first, second], _folder.Work.Reporter.Outcomes.Cast<EvidenceWritten>().Select(written => written.Drill));
        if (!OperatingSystem.IsWindows())
            Assert.All(Directory.EnumerateFiles(_folder.Folder), file =>
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        var page = File.ReadAllText(Path.ChangeExtension(second.EvidenceFile!, "md"));
        foreach (var said in new[] { second.DrillId, "aaaaaaaa", new string('a', 64), "SQLite 3.50", "Back up", "posts \\| \\<b\\>",
            "Met: 01:00:00", "not known of 01:00:00", "The clock ran fast.", "Order a bigger disk.", "rows", "key", first.DrillId })
            Assert.Contains(said, page, StringComparison.Ordinal);
        Assert.Equal(4, Directory.EnumerateFileSystemEntries(_folder.Folder).Count());
    }

    [Fact]
    public void Without_a_good_key_nothing_begins()
    {
        foreach (var (key, error) in new[] { (null, "IntegrityKeyMissing"), ("short", "WeakKey") })
        {
            var e = Assert.ThrowsAny<OpsException>(() => _folder.With(false, key).Begin(EvidenceFolderOfTest.Passed()));
            Assert.Equal(error, e.ErrorId);
        }

        Assert.False(Directory.Exists(_folder.Folder));
    }

    [Fact]
    public void Evidence_of_an_older_key_counts_while_the_key_is_known()
    {
        _folder.Files.Add(EvidenceFolderOfTest.Passed());
        const string key = "another-key-of-32-bytes-for-tests";
        Assert.Equal(CheckStatus.Passed, Assert.Single(_folder.With(false, key, Workspace.Key).List()).Evidence);
        foreach (var other in new[] { key, null })
        {
            var unknown = Assert.Single(_folder.With(false, other).List());
            Assert.Equal(CheckStatus.Inconclusive, unknown.Evidence);
            Assert.NotNull(unknown.EvidenceDetail);
            Assert.False(unknown.ProvesBackup);
        }
    }

    [Fact]
    public void What_is_removed_replaced_or_renamed_is_noticed()
    {
        var drills = Enumerable.Range(0, 3)
            .Select(day => _folder.Files.Add(EvidenceFolderOfTest.Passed(DateTime.UtcNow.AddDays(day - 5)))).ToList();
        var (json, page) = (drills[1].EvidenceFile!, Path.ChangeExtension(drills[1].EvidenceFile!, "md"));
        var bytes = File.ReadAllBytes(json);

        File.Delete(json);
        AssertFailed(drills[1].DrillId, "was removed: only its page");
        File.Delete(page);
        AssertFailed(drills[1].DrillId, "was removed: drills/");

        // A genuine file of the same id, which another run has signed.
        var other = new EvidenceWriter(_folder.Settings(false), "x").Publish(drills[1] with { Status = DrillStatus.Failed });
        Assert.Equal(json, other.EvidenceFile);
        AssertFailed(drills[1].DrillId, "was replaced");
        File.WriteAllBytes(json, bytes);
        Assert.All(_folder.Files.List(), drill => Assert.Equal(CheckStatus.Passed, drill.Evidence));

        File.Copy(json, Path.Combine(_folder.Folder, "20200101T000000Z-zzzzzzzz.json"));
        AssertFailed("zzzzzzzz", "other evidence than its name says");
        File.WriteAllText(Path.Combine(_folder.Folder, "20200101T000000Z-zzzzzzzz.json"), "{");
        AssertFailed("zzzzzzzz", "not the JSON of evidence");
    }

    [Fact]
    public async Task Two_processes_write_one_chain()
    {
        using var one = HostProcess.Start("evidence", _folder.Work.BackupRoot, "count=12");
        using var other = HostProcess.Start("evidence", _folder.Work.BackupRoot, "count=12");
        await Task.Run(() => Assert.Equal((0, 0), (one.WaitForEnd(), other.WaitForEnd())));
        var all = _folder.Files.List();
        Assert.Equal(24, all.Count);
        Assert.All(all, drill => Assert.Equal(CheckStatus.Passed, drill.Evidence));
        Assert.Equal(24, all.Select(drill => drill.Previous?.DrillId).Distinct().Count());
        Assert.Single(all, drill => drill.Previous is null);
    }

    [StockFact]
    public async Task A_killed_drill_is_listed_as_Interrupted_and_the_next_backup_writes_its_evidence()
    {
        using var host = HostProcess.Start("evidence", _folder.Work.BackupRoot);
        var id = host.WaitFor("begun ")!.Split(' ')[1];
        Assert.Empty(_folder.Files.List());
        _folder.Files.SettleInterrupted();
        Assert.Empty(_folder.Files.List());
        host.Kill();
        host.WaitForEnd();
        AssertInterrupted(CheckStatus.Inconclusive);
        _folder.With(false, key: null).SettleInterrupted();
        AssertInterrupted(CheckStatus.Inconclusive);

        var begun = Assert.Single(Directory.EnumerateFiles(_folder.Folder, "*.begun"));
        var bytes = File.ReadAllText(begun);
        File.WriteAllText(begun, bytes.Replace("Back up", "Restore", StringComparison.Ordinal));
        _folder.Files.SettleInterrupted();
        Assert.Equal(CheckStatus.Failed, Assert.Single(_folder.Files.List()).Evidence);
        File.WriteAllText(begun, bytes);

        Commands.Sqlite(_folder.Work["app.db"], "CREATE TABLE t(a)");
        await _folder.Work.BackUpAsync(_folder.Work["app.db"]);
        AssertInterrupted(CheckStatus.Passed);
        Assert.Equal([$"{id}.json", $"{id}.md"],
            Directory.EnumerateFiles(_folder.Folder).Select(file => Path.GetFileName(file)[17..]).Order());

        void AssertInterrupted(CheckStatus evidence)
        {
            var drill = Assert.Single(_folder.Files.List());
            Assert.Equal((id, DrillStatus.Interrupted, evidence), (drill.DrillId, drill.Status, drill.Evidence));
            Assert.Contains("after the step \"Back up\"", Assert.Single(drill.Deviations), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_drill_of_another_host_is_settled_once_the_backup_root_is_unlocked()
    {
        const string foreign = """{"token":"0123","host":"elsewhere.example","processId":4711,"operation":"Drill","since":"2020-01-01T00:00:00Z"}""";
        var drill = EvidenceFolderOfTest.Passed() with { EndedAt = null };
        using (_folder.Files.Begin(drill))
        {
        }

        File.WriteAllText(EvidenceLayout.LockOf(EvidenceLayout.BegunFile(_folder.Work.BackupRoot, drill)), foreign);
        _folder.Files.SettleInterrupted();
        var listed = Assert.Single(_folder.Files.List());
        Assert.Equal(CheckStatus.Inconclusive, listed.Evidence);
        Assert.Contains("elsewhere.example", listed.EvidenceDetail, StringComparison.Ordinal);
        Assert.Contains($"{CommandName.UnlockBackupRoot}", listed.EvidenceDetail, StringComparison.Ordinal);

        File.WriteAllText(EvidenceLayout.WriterLock(_folder.Work.BackupRoot), foreign);
        var busy = Assert.Throws<DatabaseBusyException>(() => _folder.Files.Add(EvidenceFolderOfTest.Passed()));
        Assert.Contains($"{CommandName.UnlockBackupRoot}", busy.Hint, StringComparison.Ordinal);

        Assert.Contains("elsewhere.example", await _folder.Work.Engine.UnlockBackupRootAsync(), StringComparison.Ordinal);
        Assert.Null(await _folder.Work.Engine.UnlockBackupRootAsync());
        _folder.Files.SettleInterrupted();
        Assert.Equal([(DrillStatus.Passed, CheckStatus.Passed), (DrillStatus.Interrupted, CheckStatus.Passed)],
            _folder.Files.List().Select(one => (one.Status, one.Evidence!.Value)).Order());
    }

    [Fact]
    public void A_verdict_whose_evidence_could_not_be_written_is_written_by_the_next_command_and_not_as_Interrupted()
    {
        var drill = EvidenceFolderOfTest.Passed() with { EndedAt = null };
        var inTheWay = Path.Combine(_folder.Folder, Path.GetFileName(EvidenceLayout.PageOf(EvidenceLayout.KeyOf(drill))));
        using (var run = _folder.Files.Begin(drill))
        {
            Directory.CreateDirectory(inTheWay);
            Assert.Throws<AccessDeniedException>(() => run.End(drill with { Status = DrillStatus.Failed, EndedAt = DateTime.UtcNow }));
        }

        var listed = Assert.Single(_folder.Files.List(), one => one.Evidence == CheckStatus.Inconclusive);
        Assert.Equal((drill.DrillId, DrillStatus.Failed), (listed.DrillId, listed.Status));
        Directory.Delete(inTheWay);
        _folder.Files.SettleInterrupted();
        var written = Assert.Single(_folder.Files.List());
        Assert.Equal((drill.DrillId, DrillStatus.Failed, CheckStatus.Passed), (written.DrillId, written.Status, written.Evidence));
    }

    [Fact]
    public void Notes_without_their_evidence_are_noticed()
    {
        var drill = _folder.Files.Add(EvidenceFolderOfTest.Passed());
        new EvidenceWriter(_folder.Settings(false), "x").PublishNote(drill, "Seen.");
        File.Delete(drill.EvidenceFile!);
        File.Delete(Path.ChangeExtension(drill.EvidenceFile!, "md"));
        AssertFailed(drill.DrillId, "its notes are left");
    }

    [Fact]
    public void No_name_of_a_table_looks_like_a_part_of_the_page()
    {
        var drill = EvidenceFolderOfTest.Passed();
        string[] names = ["a\u202eb", "- c", "~~d~~", "$e$", "f\u2028g", "h\ni", "![j](http://x)"];
        drill = _folder.Files.Add(drill with { Tables = [.. names.Select(name => new DrillTable(name, 1, 1, "f", "f", CheckStatus.Passed))] });
        var page = File.ReadAllText(Path.ChangeExtension(drill.EvidenceFile!, "md"));
        foreach (var said in new[] { @"| a\\u202eb |", @"| \- c |", @"| \~\~d\~\~ |", @"| \$e\$ |", @"| f\\u2028g |", "| h i |",
            @"| !\[j\](http://x) |" })
            Assert.Contains(said, page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kill_after_the_evidence_was_published_leaves_that_evidence()
    {
        var drill = EvidenceFolderOfTest.Passed();
        byte[] begun;
        using (var run = _folder.Files.Begin(drill))
        {
            begun = File.ReadAllBytes(Directory.EnumerateFiles(_folder.Folder, "*.begun").Single());
            run.End(drill);
        }

        File.WriteAllBytes(EvidenceLayout.BegunFile(_folder.Work.BackupRoot, drill), begun);
        Assert.Equal(DrillStatus.Passed, Assert.Single(_folder.Files.List()).Status);
        _folder.Files.SettleInterrupted();
        Assert.Equal(DrillStatus.Passed, Assert.Single(_folder.Files.List()).Status);
        Assert.Equal(2, Directory.EnumerateFiles(_folder.Folder).Count());
    }

    private void AssertFailed(string drillId, string why)
    {
        var failed = Assert.Single(_folder.Files.List(), drill => drill.Evidence != CheckStatus.Passed);
        Assert.Equal((drillId, CheckStatus.Failed, false), (failed.DrillId, failed.Evidence, failed.ProvesBackup));
        Assert.Contains(why, failed.EvidenceDetail, StringComparison.Ordinal);
    }
}
