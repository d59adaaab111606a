using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Drills;

/// <summary>Drills of SQLite databases that do not come to their end: each leaves evidence, and nothing else.</summary>
public sealed class DrillInterruptionTests : IDisposable
{
    private readonly Workspace _work = new();

    private string App => _work["app.db"];

    private string Scratch => Path.Combine(_work.BackupRoot, ".scratch");

    public void Dispose() => _work.Dispose();

    [StockTheory]
    [InlineData("Back", "before its first step")]
    [InlineData("Set up the test database", "in the step \"Set up the test database\"")]
    [InlineData("Lose the data", "in the step \"Lose the data\"")]
    [InlineData("Restore", "in the step \"Restore\"")]
    [InlineData("Verify the restored data", "in the step \"Verify the restored data\"")]
    [InlineData("Clean up", "in the step \"Clean up\"")]
    public async Task A_killed_drill_is_interrupted_evidence_and_is_swept_by_the_next_backup(string step, string where)
    {
        Make();
        var before = StockTools.Hash(App);
        using var host = HostProcess.Start(["drill", _work.BackupRoot, App, $"kill=progress:{step}"]);
        Assert.True(host.WaitForEnd() == KillMoments.ExitCodeOfKill, string.Join(" | ", host.Lines) + host.Errors);
        Assert.Equal(before, StockTools.Hash(App));
        if (step != "Back") Assert.True(Directory.Exists(Scratch), "The killed drill should have left its files.");

        // Reading shows it already, but writes nothing.
        var dead = Assert.Single(Evidence());
        Assert.Equal((DrillStatus.Interrupted, CheckStatus.Inconclusive), (dead.Status, dead.Evidence!.Value));
        await _work.BackUpAsync(App);
        var drill = Assert.Single(Evidence());
        Assert.Equal((DrillStatus.Interrupted, CheckStatus.Passed), (drill.Status, drill.Evidence!.Value));
        Assert.Equal(dead.DrillId, drill.DrillId);
        if (step != "Back") Assert.Contains(drill.Deviations, text => text.Contains(where, StringComparison.Ordinal));
        AssertNothingLeft();
        Assert.DoesNotContain(_work.Engine.ListBackups(new BackupQuery()), set => set.ProvenAt is not null);
    }

    [StockFact]
    public async Task A_killed_drill_in_a_folder_of_its_own_is_swept_by_the_next_backup()
    {
        Make();
        var elsewhere = Directory.CreateDirectory(_work["elsewhere"]).FullName;
        using var host = HostProcess.Start(["drill", _work.BackupRoot, App, $"folder={elsewhere}",
            "kill=progress:Verify the restored data"]);
        Assert.True(host.WaitForEnd() == KillMoments.ExitCodeOfKill, string.Join(" | ", host.Lines) + host.Errors);
        Assert.NotEmpty(Directory.EnumerateFiles(elsewhere, "restored.db", SearchOption.AllDirectories));
        await _work.BackUpAsync(App);
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere));
        AssertNothingLeft();

        // The same where a drill has ended by itself.
        var drill = await DrillAsync(folder: elsewhere);
        Assert.True(drill.Status == DrillStatus.Passed, string.Join("\n", drill.Deviations));
        Assert.Contains(elsewhere, drill.Target, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere));
        AssertNothingLeft();
    }

    [StockFact]
    public async Task A_drill_that_is_stopped_at_any_report_is_interrupted_evidence_and_leaves_nothing()
    {
        Make();
        await DrillAsync();
        var reports = _work.Reporter.ProgressReports.Count;
        Assert.InRange(reports, 8, 500);
        var before = StockTools.Hash(App);
        var stopped = new HashSet<string>();
        // Nothing can be stopped any more once the cleaning has begun.
        var cleaning = _work.Reporter.ProgressReports.ToList().FindIndex(report => report.Step == "Clean up");
        for (var moment = 0; moment < cleaning; moment += Math.Max(1, cleaning / 20))
        {
            var known = Evidence().Select(drill => drill.DrillId).ToHashSet();
            using var stop = new CancellationTokenSource();
            var seen = 0;
            _work.Reporter.OnProgress = report =>
            {
                // A quick run reports less often than the first did.
                if (Interlocked.Increment(ref seen) > moment || report.Step == "Smoke checks of the data") stop.Cancel();
            };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => DrillAsync(cancellation: stop.Token));
            _work.Reporter.OnProgress = null;
            var drill = Assert.Single(Evidence(), drill => !known.Contains(drill.DrillId));
            Assert.Equal((DrillStatus.Interrupted, CheckStatus.Passed), (drill.Status, drill.Evidence!.Value));
            Assert.Contains(drill.Deviations, text => text.Contains("interrupted by its operator", StringComparison.Ordinal));
            stopped.Add(Assert.Single(drill.Steps, step => step.Status == CheckStatus.Inconclusive).Name);
            AssertNothingLeft();
        }

        Assert.Equal(before, StockTools.Hash(App));
        Assert.True(stopped.Count >= 3, string.Join(", ", stopped));
    }

    [StockFact]
    public async Task A_drill_whose_evidence_cannot_be_written_any_more_removes_what_it_made()
    {
        Make();
        var drills = Path.Combine(_work.BackupRoot, "drills");
        _work.Reporter.OnProgress = report =>
        {
            if (report.Step != "Lose the data" || !Directory.Exists(drills)) return;
            Directory.Move(drills, _work["drills"]);
            File.WriteAllText(drills, "in the way");
        };
        var e = await Assert.ThrowsAsync<AccessDeniedException>(() => DrillAsync());
        Assert.Contains("evidence cannot be written", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Scratch));
        _work.Reporter.OnProgress = null;

        // The evidence is written when that is possible again, and proves nothing.
        File.Delete(drills);
        Directory.Move(_work["drills"], drills);
        await _work.BackUpAsync(App);
        Assert.Equal(DrillStatus.Interrupted, Assert.Single(Evidence()).Status);
        AssertNothingLeft();
    }

    [StockFact]
    public async Task The_restored_file_lies_in_the_backup_root_whose_room_was_looked_at_from_the_first_drill_on()
    {
        Make();
        Assert.False(Directory.Exists(_work.BackupRoot));
        Assert.Contains(Scratch, (await DrillAsync()).Target, StringComparison.Ordinal);
    }

    private void AssertNothingLeft()
    {
        Assert.False(Directory.Exists(Scratch), Directory.Exists(Scratch)
            ? string.Join(", ", Directory.EnumerateFileSystemEntries(Scratch, "*", SearchOption.AllDirectories)) : "");
        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(_work.BackupRoot, "drills")), file => Path.GetFileName(file).StartsWith('.'));
        Assert.Empty(_work.Engine.ListRestores());
    }

    private Task<RestoreDrill> DrillAsync(string? folder = null, CancellationToken cancellation = default) => _work.Engine.DrillAsync(
        new DrillRequest { Fresh = new BackupRequest { Source = new SqliteAddress(App) }, ScratchFolder = folder }, cancellation);

    private IReadOnlyList<RestoreDrill> Evidence() => new EvidenceFiles(_work.Settings(), SilentObserver.Instance).List();

    private void Make() => Commands.Sqlite(App,
        "CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO posts SELECT value, hex(randomblob(500)) FROM generate_series(1, 3000)");
}
