using System.Text;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Retention;

/// <summary>Pruning real backups: what goes is gone whole, and what is needed stays.</summary>
public sealed class PruningTests : IDisposable
{
    private readonly Workspace _work = new();

    private string App => _work["app.db"];

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task What_no_rule_keeps_is_removed_whole_and_the_rest_can_be_restored()
    {
        var sets = await MakeAsync(days: [0, 1, 2, 10, 11, 40]);
        File.WriteAllText(_work[".env"], "A=1");
        var plan = _work.Engine.PlanPruning(Rules);
        var before = StockTools.Tree(_work.BackupRoot);
        Assert.Equal([(sets[3].Id, RetentionAction.Remove), (sets[4].Id, RetentionAction.Remove), (sets[5].Id, RetentionAction.Remove)],
            plan.Sets.Skip(3).Select(set => (set.BackupId, set.Action)));
        Assert.Equal(before, StockTools.Tree(_work.BackupRoot));

        var report = await _work.Engine.PruneAsync(Rules);
        Assert.Equal([false, false, false, true, true, true], report.Sets.Select(set => set.IsRemoved));
        Assert.Equal(sets.Take(3).Select(set => set.Id), _work.Engine.ListBackups(new BackupQuery()).Select(set => set.Id));
        Assert.Equal(3, Directory.GetFiles(Path.Combine(_work.BackupRoot, "db"), "*.gz").Length);
        Assert.Equal(RestoreStatus.Committed, (await _work.RestoreAsync(sets[2].Id, App)).Status);
        Assert.DoesNotContain((await _work.Engine.PruneAsync(Rules)).Sets, set => set.Action == RetentionAction.Remove);
    }

    [StockFact]
    public async Task The_set_that_a_kept_previous_copy_came_from_and_the_proven_one_stay()
    {
        var sets = await MakeAsync(days: [0, 20, 30, 40]);
        await _work.RestoreAsync(sets[1].Id, App);
        await _work.TestAsync(sets[2].Id, VerificationLevel.Restore);
        var report = await _work.Engine.PruneAsync(new RetentionRequest { KeepLast = 1, MinimumAge = TimeSpan.Zero });
        Assert.Equal([false, false, false, true], report.Sets.Select(set => set.IsRemoved));
        Assert.Contains("restore", Assert.Single(report.Sets[1].Reasons), StringComparison.Ordinal);
        Assert.Equal(["newest proven"], report.Sets[2].Reasons);
    }

    [StockFact]
    public async Task Old_previous_and_undone_copies_go_with_the_set_that_they_kept_and_a_young_one_stays()
    {
        var sets = await MakeAsync(days: [0, 20, 30, 40]);
        var undone = await _work.RestoreAsync(sets[3].Id, App);
        await _work.UndoAsync(undone.RestoreId);
        var old = await _work.RestoreAsync(sets[2].Id, App);
        foreach (var record in _work.Engine.ListRestores()) Age(record, days: 20);
        var young = await _work.RestoreAsync(sets[1].Id, App);
        var rules = new RetentionRequest { KeepLast = 1, MinimumAge = TimeSpan.Zero };

        var plan = _work.Engine.PlanPruning(rules);
        // An undo keeps what it replaces, and leaves what the restore kept.
        Assert.Equal([(undone.RestoreId, RetentionAction.Remove), (undone.RestoreId, RetentionAction.Remove),
            (old.RestoreId, RetentionAction.Remove), (young.RestoreId, RetentionAction.Keep)],
            plan.Copies.Select(copy => (copy.RestoreId, copy.Action)));
        Assert.Equal([false, false, true, true], plan.Sets.Select(set => set.Action == RetentionAction.Remove));
        Assert.All(plan.Copies, copy => Assert.True(File.Exists(copy.Path)));
        Assert.Contains("3 of 4 previous copies", plan.Summary, StringComparison.Ordinal);

        var kept = _work.Engine.PlanPruning(rules with { PreviousCopies = TimeSpan.Zero });
        Assert.All(kept.Sets, set => Assert.Equal(RetentionAction.Keep, set.Action));
        Assert.Equal(4, _work.Engine.PlanPruning(new RetentionRequest { KeepLast = 1, Database = "a*" }).Copies.Count);

        var report = await _work.Engine.PruneAsync(rules);
        Assert.Equal([true, true, true, false], report.Copies.Select(copy => copy.IsRemoved));
        Assert.Equal([true, true, true, false], report.Copies.Select(copy => !File.Exists(copy.Path)));
        Assert.Equal([false, false, true, true], report.Sets.Select(set => set.IsRemoved));
        Assert.Equal(young.RestoreId, Assert.Single(_work.Engine.ListPreviousCopies()).RestoreId);
        Assert.Equal(RestoreStatus.Undone, (await _work.UndoAsync(young.RestoreId)).Status);
    }

    [StockFact]
    public async Task A_copy_that_cannot_be_removed_stays_with_the_problem_and_the_rest_is_done()
    {
        var sets = await MakeAsync(days: [0, 20, 30]);
        await _work.RestoreAsync(sets[0].Id, App);
        Age(_work.Engine.ListRestores()[0], days: 20);
        // Another command holds the target.
        await using var held = await Engines.Databases.At(_work.Settings(), new SqliteAddress(App), _work.Reporter)
            .LockAsync(RestoreTarget.Of(_work.Engine.ListRestores()[0], _work.BackupRoot), default);
        var settings = _work.Settings() with { LockTimeout = TimeSpan.FromMilliseconds(100) };
        var report = await new OpsEngine(settings, [_work.Reporter])
            .PruneAsync(new RetentionRequest { KeepLast = 1, MinimumAge = TimeSpan.Zero });
        var copy = Assert.Single(report.Copies);
        Assert.False(copy.IsRemoved);
        Assert.NotNull(copy.Problem);
        Assert.True(File.Exists(copy.Path));
        Assert.Equal([false, true, true], report.Sets.Select(set => set.IsRemoved));
        Assert.Equal([(copy.Path, copy.Problem)], RetentionReport.Problems(report));
    }

    [StockFact]
    public async Task A_set_that_a_running_drill_restores_stays()
    {
        var sets = await MakeAsync(days: [0, 20]);
        RetentionReport? during = null;
        _work.Reporter.OnProgress = report =>
        {
            if (report.Step != "Lose the data" || during is not null) return;
            during = _work.Engine.PlanPruning(new RetentionRequest { KeepLast = 1 });
        };
        var drill = await _work.Engine.DrillAsync(new DrillRequest { Backup = new BackupSelector { Id = sets[1].Id } });
        Assert.Equal([$"in use by the drill {drill.DrillId}"], during!.Sets[1].Reasons);
    }

    [StockFact]
    public async Task A_set_that_is_being_tested_stays_and_goes_once_the_test_has_ended_or_died()
    {
        var sets = await MakeAsync(days: [0, 20, 30]);
        var rules = new RetentionRequest { KeepLast = 1, MinimumAge = TimeSpan.Zero };
        RetentionReport? during = null;
        var isAsked = false;
        var removal = _work.Engine.PlanRemoval(new BackupSelector { Id = sets[1].Id });
        _work.Reporter.OnProgress = _ =>
        {
            if (isAsked) return;
            isAsked = true;
            during = _work.Engine.PruneAsync(rules).GetAwaiter().GetResult();
            Assert.Throws<DatabaseBusyException>(() => _work.Engine.RemoveBackupAsync(removal, allowLast: false).GetAwaiter().GetResult());
        };
        Assert.Equal(CheckStatus.Passed, (await _work.TestAsync(sets[1].Id, VerificationLevel.Restore)).Status);
        _work.Reporter.OnProgress = null;
        Assert.Contains("in use: Test by process", Assert.Single(during!.Sets[1].Reasons), StringComparison.Ordinal);
        Assert.Equal([false, false, true], during.Sets.Select(set => set.IsRemoved));

        var lease = new LocalBackupStore(_work.BackupRoot).TryLease("db/" + Path.GetFileName(sets[1].ManifestFile))!;
        var left = Assert.Single(Directory.GetFiles(Path.Combine(_work.BackupRoot, ".leases")));
        lease.Dispose();
        Assert.False(File.Exists(left));
        // The file of a process that died has its text, and no lock.
        File.WriteAllText(left, $$"""
            {"token":"x","host":"{{Environment.MachineName}}","processId":1,"operation":"Test","since":"2026-01-01T00:00:00Z"}
            """);
        await _work.Engine.PruneAsync(rules with { KeepLast = 9 });
        Assert.Empty(Directory.GetFiles(Path.Combine(_work.BackupRoot, ".leases")));
    }

    [StockFact]
    public async Task Nothing_is_removed_without_a_rule_a_key_or_a_database_of_that_name()
    {
        await MakeAsync(days: [0, 20]);
        var before = StockTools.Tree(_work.BackupRoot);
        foreach (var request in new[]
        {
            new RetentionRequest(), new RetentionRequest { KeepLast = 0 }, new RetentionRequest { KeepLast = 1, TimeZone = "Mars/Olympus" },
        })
            await Assert.ThrowsAsync<InvalidRequestException>(() => _work.Engine.PruneAsync(request));
        // A file that only says when and by which calendar does not say which backups to keep.
        foreach (var other in new[] { "\"minimumAge\": \"0s\"", "\"timeZone\": \"UTC\"" })
        {
            var text = $"{{ \"retention\": {{ {other} }} }}";
            var configured = new OpsEngine(_work.Settings() with
            {
                Configuration = OpsConfiguration.Parse(Encoding.UTF8.GetBytes(text), _work["postry.json"], _ => null, []),
            }, [_work.Reporter]);
            await Assert.ThrowsAsync<InvalidRequestException>(() => configured.PruneAsync(new RetentionRequest()));
        }

        await Assert.ThrowsAsync<IntegrityKeyMissingException>(() => _work.EngineWith(null).PruneAsync(Rules));
        await Assert.ThrowsAsync<SourceNotFoundException>(() => _work.Engine.PruneAsync(Rules with { Database = "other" }));
        // With another key the sets are Unverified, and that stops all of it.
        var report = await _work.EngineWith("another-key-that-is-long-enough-00").PruneAsync(Rules with { MinimumAge = TimeSpan.Zero });
        Assert.All(report.Sets, set => Assert.Contains(set.Reasons, reason => reason.StartsWith("stopped", StringComparison.Ordinal)));
        Assert.Equal(before, StockTools.Tree(_work.BackupRoot));
    }

    [StockFact]
    public async Task Sets_are_numbered_in_the_order_in_which_they_are_made()
    {
        Commands.Sqlite(App, "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
        Commands.Sqlite(_work["other.db"], "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
        var one = await _work.BackUpAsync(App);
        var other = await _work.BackUpAsync(_work["other.db"]);
        var two = await _work.BackUpAsync(App);
        Assert.Equal((1, 1, 2), (one.Sequence, other.Sequence, two.Sequence));
    }

    private static RetentionRequest Rules => new() { KeepDaily = 3 };

    // As if the restore had been made earlier.
    private static void Age(RestoreRecord record, int days) => RestoreRecords.Save(record with
    {
        StartedAt = record.StartedAt.AddDays(-days), SwappedAt = record.SwappedAt?.AddDays(-days), EndedAt = record.EndedAt?.AddDays(-days),
    });

    /// <summary>Makes backups, and signs them with other times as an honest clock would have.</summary>
    private async Task<IReadOnlyList<BackupSet>> MakeAsync(int[] days)
    {
        Commands.Sqlite(App, "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
        foreach (var day in days.Reverse())
        {
            var set = await _work.BackUpAsync(App);
            var keys = _work.Settings().Keys;
            var manifest = ManifestReader.Read(set.ManifestFile, keys).Manifest with { SnapshotAt = DateTime.UtcNow.AddDays(-day) };
            File.WriteAllBytes(set.ManifestFile, SignedText.Sign(manifest.ToJson(), BackupManifest.DomainOf(set.BackupFile), keys.All[0]));
        }

        return _work.Engine.ListBackups(new BackupQuery());
    }
}
