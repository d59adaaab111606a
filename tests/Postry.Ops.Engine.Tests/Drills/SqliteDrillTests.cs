using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Drills;

/// <summary>Restore drills of SQLite databases: the evidence says what was found, the source is not touched, and nothing is left.</summary>
public sealed class SqliteDrillTests : IDisposable
{
    private readonly Workspace _work = new();

    private string App => _work["app.db"];

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task A_drill_with_a_fresh_backup_proves_every_row_and_leaves_only_evidence()
    {
        Make();
        var before = StockTools.Hash(App);
        var drill = await DrillAsync();
        Assert.True(drill.Status == DrillStatus.Passed, string.Join("\n", drill.Deviations));
        Assert.Equal(
            [("Backup", CheckStatus.Passed), ("Check the backup", CheckStatus.Passed), ("Set up the test database", CheckStatus.Passed),
             ("Lose the data", CheckStatus.Passed), ("Restore", CheckStatus.Passed), ("Verify the restored data", CheckStatus.Passed),
             ("Smoke checks of the data", CheckStatus.Skipped), ("Clean up", CheckStatus.Passed)],
            drill.Steps.Select(step => (step.Name, step.Status)));
        var table = Assert.Single(drill.Tables, table => table.Name == "posts");
        Assert.Equal((3, 3, CheckStatus.Passed), (table.RowsExpected, table.RowsFound, table.Status));
        Assert.Equal(table.FingerprintExpected, table.FingerprintFound);
        Assert.Equal(ObjectiveStatus.Met, drill.Rto!.Status);
        // There was no backup before the drill's own.
        Assert.Equal(ObjectiveStatus.Unknown, drill.Rpo!.Status);
        Assert.True(drill.Backup!.IsFresh);
        Assert.Equal(before, StockTools.Hash(App));
        Assert.Equal(["app.db"], Directory.GetFiles(_work.Folder).Select(Path.GetFileName));
        Assert.False(Directory.Exists(Path.Combine(_work.BackupRoot, ".scratch")));
        Assert.Empty(_work.Engine.ListRestores());
        Assert.True(File.Exists(drill.EvidenceFile));
        Assert.Equal(CheckStatus.Passed, Assert.Single(Evidence()).Evidence);
    }

    [StockFact]
    public async Task The_age_of_the_backup_before_the_drill_is_the_recovery_point()
    {
        Make();
        var first = await _work.BackUpAsync(App);
        var drill = await DrillAsync();
        Assert.Equal(ObjectiveStatus.Met, drill.Rpo!.Status);
        Assert.InRange(drill.Rpo.Realised!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        drill = await _work.Engine.DrillAsync(new DrillRequest { Backup = new BackupSelector { Id = first.Id } });
        Assert.Equal((DrillStatus.Passed, first.Id, false), (drill.Status, drill.Backup!.Id, drill.Backup.IsFresh));
    }

    [StockFact]
    public async Task A_damaged_backup_fails_the_drill_at_its_step()
    {
        Make();
        var set = await _work.BackUpAsync(App);
        var bytes = File.ReadAllBytes(set.BackupFile);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(set.BackupFile, bytes);
        var drill = await _work.Engine.DrillAsync(new DrillRequest { Backup = new BackupSelector { Id = set.Id } });
        Assert.Equal(DrillStatus.Failed, drill.Status);
        Assert.Equal(CheckStatus.Failed, Assert.Single(drill.Steps, step => step.Name == "Check the backup").Status);
        Assert.All(drill.Steps.Skip(2).SkipLast(1), step => Assert.Equal(CheckStatus.Skipped, step.Status));
        Assert.NotEmpty(drill.Deviations);
        Assert.Equal(DrillStatus.Failed, Assert.Single(Evidence()).Status);
    }

    [StockFact]
    public async Task Smoke_checks_of_the_data_ask_the_restored_database()
    {
        Make();
        File.WriteAllText(_work["checks.json"],
            """{ "tables": [ { "table": "posts", "columns": ["user_id"], "atLeastBackup": true } ], "sql": [ { "name": "published", "query": "SELECT count(*) FROM posts WHERE status = 'published'", "atLeast": 4 } ], "http": [ { "url": "http://127.0.0.1:9/" } ] }""");
        var drill = await DrillAsync(smoke: new SmokeRequest { File = _work["checks.json"] });
        Assert.Equal(DrillStatus.Failed, drill.Status);
        Assert.Equal(2, drill.Smoke.Count);
        Assert.Equal("3", Assert.Single(drill.Smoke, check => check.Status == CheckStatus.Failed).Actual);
        Assert.Contains(drill.Deviations, text => text.Contains("published", StringComparison.Ordinal));
    }

    [StockFact]
    public async Task A_database_without_tables_proves_nothing()
    {
        Commands.Sqlite(App, "PRAGMA user_version = 1");
        Assert.NotEqual(DrillStatus.Passed, (await DrillAsync()).Status);
        var set = Assert.Single(_work.Engine.ListBackups(new BackupQuery()));
        await Assert.ThrowsAsync<InvalidRequestException>(() =>
            _work.Engine.DrillAsync(new DrillRequest { Backup = new BackupSelector { Id = set.Id } }));
    }

    [StockTheory]
    [InlineData("itself")]
    [InlineData("a symbolic link")]
    [InlineData("a hard link")]
    public async Task The_source_under_any_name_is_refused_as_a_place(string name)
    {
        Make();
        var before = StockTools.Hash(App);
        var path = name == "itself" ? App : _work["alias"];
        if (name == "a symbolic link") File.CreateSymbolicLink(path, App);
        if (name == "a hard link") Commands.Run("ln", [App, path]);
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => DrillAsync(scratch: path));
        Assert.Contains("is the database itself", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, StockTools.Hash(App));
        Assert.Empty(Evidence());
    }

    [StockFact]
    public async Task A_disk_without_room_refuses_before_anything_begins()
    {
        using var disk = new SmallDisk(8);
        Make(rows: 20_000);
        var e = await Assert.ThrowsAsync<NotEnoughSpaceException>(() => DrillAsync(scratch: disk.Folder));
        Assert.Contains($"{OptionName.ScratchPath}", e.Hint, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Folder));
        Assert.Empty(Evidence());
    }

    [StockFact]
    public async Task Without_a_key_nothing_is_signed_and_nothing_begins()
    {
        Make();
        await Assert.ThrowsAsync<IntegrityKeyMissingException>(() => _work.EngineWith(null).DrillAsync(
            new DrillRequest { Fresh = new BackupRequest { Source = new SqliteAddress(App) } }));
        Assert.False(Directory.Exists(_work.BackupRoot));
    }

    private Task<RestoreDrill> DrillAsync(SmokeRequest? smoke = null, string? scratch = null) => _work.Engine.DrillAsync(new DrillRequest
    {
        Fresh = new BackupRequest { Source = new SqliteAddress(App) },
        Smoke = smoke,
        ScratchFolder = scratch,
    });

    private IReadOnlyList<RestoreDrill> Evidence() => new EvidenceFiles(_work.Settings(), SilentObserver.Instance).List();

    private void Make(int rows = 3) => Commands.Sqlite(App,
        "CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INT, email TEXT, status TEXT);" +
        $"INSERT INTO posts SELECT value, value, 'a@example.com' || randomblob(200), 'published' FROM generate_series(1, {rows})");
}
