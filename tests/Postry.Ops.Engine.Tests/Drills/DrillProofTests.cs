using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Legacy;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Drills;

/// <summary>The evidence of a drill: the claims that it may make, and the facts that it must not leave out.</summary>
public sealed class DrillProofTests : IDisposable
{
    private readonly Workspace _work = new();

    private string App => _work["app.db"];

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task The_recovery_point_is_that_of_the_newest_backup_also_in_a_drill_with_an_older_one()
    {
        Make();
        var old = await _work.BackUpAsync(App);
        await Task.Delay(TimeSpan.FromSeconds(2));
        var newest = await _work.BackUpAsync(App);
        var drill = await _work.Engine.DrillAsync(new DrillRequest { Backup = new BackupSelector { Id = old.Id } });
        Assert.Equal(old.Id, drill.Backup!.Id);
        Assert.Equal(drill.StartedAt - newest.SnapshotAt, drill.Rpo!.Realised!.Value);
    }

    [StockFact]
    public async Task Data_that_were_not_verified_did_not_come_back_in_time()
    {
        Make();
        _work.Reporter.OnProgress = report =>
        {
            if (report.Step != "Verify the restored data") return;
            var restored = Assert.Single(Directory.GetFiles(_work.Folder, "restored.db", SearchOption.AllDirectories));
            Commands.Sqlite(restored, "DELETE FROM posts WHERE id = 2");
        };
        var drill = await DrillAsync();
        Assert.Equal(DrillStatus.Failed, drill.Status);
        Assert.Equal((3, 2), Assert.Single(drill.Tables) is var table ? (table.RowsExpected, table.RowsFound) : default);
        Assert.Equal(ObjectiveStatus.Unknown, drill.Rto!.Status);
        Assert.Contains(drill.Deviations, text => text.StartsWith("Recovery time: unknown", StringComparison.Ordinal));
        Assert.DoesNotContain(_work.Engine.ListBackups(new BackupQuery()), set => set.ProvenAt is not null);
    }

    [StockFact]
    public async Task A_backup_of_the_old_scripts_is_restored_and_read_but_never_proven()
    {
        LegacyFiles.Sqlite(_work, "CREATE TABLE posts (id INTEGER PRIMARY KEY); INSERT INTO posts VALUES (1), (2)");
        var drill = await _work.Engine.DrillAsync(new DrillRequest { Backup = new BackupSelector { Id = LegacyFiles.Only(_work).Id } });
        Assert.True(drill.Status == DrillStatus.Inconclusive, string.Join("\n", drill.Deviations));
        Assert.Equal((2, 2), Assert.Single(drill.Tables) is var table ? (table.RowsExpected, table.RowsFound) : default);
        Assert.DoesNotContain(drill.Checks, check => check.Status == CheckStatus.Failed);
    }

    [StockFact]
    public async Task The_checks_of_an_entry_are_also_made_where_only_its_backup_is_named()
    {
        Make();
        File.WriteAllText(_work["postry.json"], """
            { "databases": { "app": { "path": "app.db" }, "other": { "path": "other.db" } },
              "smoke": { "sql": [ { "name": "four posts", "database": "app", "query": "SELECT count(*) FROM posts", "atLeast": 4 },
                                  { "name": "others", "database": "other", "query": "SELECT count(*) FROM others", "atLeast": 1 } ] } }
            """);
        var made = PostryConsole.Run(_work, ["backup", "--database", "app"]);
        var drill = PostryConsole.Run(_work, ["drill", "--id", made["id"]!]);
        Assert.True(drill.ExitCode == 3 && drill["status"] == "Failed", drill.ToString());
        Assert.Contains("four posts", drill["smoke"], StringComparison.Ordinal);
        Assert.DoesNotContain("others", drill["smoke"], StringComparison.Ordinal);
        await Task.CompletedTask;
    }

    [StockFact]
    public async Task A_smoke_check_that_does_not_exist_is_refused_before_anything_begins()
    {
        Make();
        var request = new DrillRequest
        {
            Fresh = new BackupRequest { Source = new SqliteAddress(App) }, Smoke = new SmokeRequest { Names = ["no such check"] },
        };
        await Assert.ThrowsAnyAsync<OpsException>(() => _work.Engine.PlanDrillAsync(request));
        await Assert.ThrowsAnyAsync<OpsException>(() => _work.Engine.DrillAsync(request));
        Assert.False(Directory.Exists(_work.BackupRoot));
    }

    [StockFact]
    public async Task A_folder_that_leads_to_the_source_by_a_link_that_somebody_put_there_is_not_used()
    {
        Make();
        var place = Directory.CreateDirectory(_work["place"]).FullName;
        var trap = Directory.CreateDirectory(_work["trap"]).FullName;
        File.CreateSymbolicLink(Path.Combine(trap, "restored.db"), App);
        Directory.CreateSymbolicLink(Path.Combine(place, ".scratch"), trap);
        var before = StockTools.Hash(App);
        await Assert.ThrowsAnyAsync<OpsException>(() => _work.Engine.DrillAsync(new DrillRequest
        {
            Fresh = new BackupRequest { Source = new SqliteAddress(App) }, ScratchFolder = place,
        }));
        Assert.Equal(before, StockTools.Hash(App));
        Assert.Equal(["restored.db"], Directory.GetFileSystemEntries(trap).Select(Path.GetFileName));
    }

    private Task<RestoreDrill> DrillAsync() =>
        _work.Engine.DrillAsync(new DrillRequest { Fresh = new BackupRequest { Source = new SqliteAddress(App) } });

    private void Make() => Commands.Sqlite(App, "CREATE TABLE posts (id INTEGER PRIMARY KEY); INSERT INTO posts VALUES (1), (2), (3)");
}
