using System.Text;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Status;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Status;

/// <summary>The status from real backups, real evidence and a real postry.json, and which backups are of which database.</summary>
public sealed class StatusOperationTests : IDisposable
{
    private const string AnyDisk = """ "objectives": { "disk": { "minimumFree": "0%", "warnUsed": "100%", "criticalUsed": "100%" } } """;
    private readonly Workspace _work = new();

    public StatusOperationTests() => Commands.Sqlite(App, "CREATE TABLE t(a); INSERT INTO t VALUES (1);");

    private string App => _work["app.db"];

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task Damage_that_a_test_of_any_level_has_found_is_not_forgotten()
    {
        var configuration = $$"""{ "databases": { "app": { "path": "app.db" } }, {{AnyDisk}} }""";
        var set = await _work.BackUpAsync(App);
        Assert.Null((await _work.TestAsync(set.Id, VerificationLevel.Contents)).DrillId);
        Assert.Equal(DrillStatus.Passed, (await _work.Engine.DrillAsync(new DrillRequest { Backup = new() { Id = set.Id } })).Status);
        Assert.Equal(RecoveryState.Healthy, (await OneAsync(configuration)).Status);

        // The size stays, so that only whoever reads the bytes can see it.
        var (good, bad) = (File.ReadAllBytes(set.BackupFile), File.ReadAllBytes(set.BackupFile));
        bad[bad.Length / 2] ^= 1;
        File.WriteAllBytes(set.BackupFile, bad);
        Assert.Equal(RecoveryState.Healthy, (await OneAsync(configuration)).Status);
        var report = await _work.TestAsync(set.Id, VerificationLevel.Artefact);
        Assert.Equal(CheckStatus.Failed, report.Status);
        var ill = await OneAsync(configuration);
        Assert.Equal(RecoveryState.Critical, ill.Status);
        Assert.Contains($"The newest test {report.DrillId} of", ill.Reasons[0].Message, StringComparison.Ordinal);

        File.WriteAllBytes(set.BackupFile, good);
        await _work.TestAsync(set.Id, VerificationLevel.Restore);
        Assert.Equal(RecoveryState.Healthy, (await OneAsync(configuration)).Status);
    }

    [StockFact]
    public async Task A_database_becomes_healthy_by_a_backup_and_a_drill_and_ill_by_failures_and_forgers()
    {
        var nothing = Assert.Single(await StatusAsync("{}"));
        Assert.Equal((RecoveryState.Critical, "(none)"), (nothing.Status, nothing.Database));
        Assert.False(Directory.Exists(_work.BackupRoot));

        var configuration = $$"""{ "databases": { "app": { "path": "app.db" } }, {{AnyDisk}} }""";
        Assert.Contains("never backed up", (await OneAsync(configuration)).Reasons[0].Message, StringComparison.Ordinal);

        var set = await _work.BackUpAsync(App);
        var fresh = await OneAsync(configuration);
        Assert.Equal((RecoveryState.Warning, set.Id, ObjectiveStatus.Met), (fresh.Status, fresh.LastBackup?.Id, fresh.Rpo.Status));

        var drill = new EvidenceFiles(_work.Settings(), SilentObserver.Instance).Add(Drill(set));
        var proven = await OneAsync(configuration);
        Assert.Equal((RecoveryState.Healthy, set.Id, drill.DrillId, ObjectiveStatus.Met),
            (proven.Status, proven.LastProven?.Id, proven.LastProven?.By, proven.Rto.Status));
        Assert.Empty(proven.Reasons);

        var blind = Assert.Single(await StatusAsync(configuration, key: null));
        Assert.Equal((RecoveryState.Critical, true, ObjectiveStatus.Unknown, ObjectiveStatus.Unknown),
            (blind.Status, blind.Reasons[0].Unknown, blind.Rpo.Status, blind.Rto.Status));

        File.Move(App, App + ".away");
        await Assert.ThrowsAsync<SourceNotFoundException>(() => _work.BackUpAsync(App));
        Assert.Equal((RecoveryState.Warning, 1), await FailuresAsync());
        await Assert.ThrowsAsync<SourceNotFoundException>(() => _work.BackUpAsync(App));
        Assert.Equal((RecoveryState.Critical, 2), await FailuresAsync());
        File.Move(App + ".away", App);
        await _work.BackUpAsync(App);
        Assert.Equal((RecoveryState.Healthy, 0), await FailuresAsync());

        var file = drill.EvidenceFile!;
        File.WriteAllText(file, File.ReadAllText(file).Replace("Passed", "Failed", StringComparison.Ordinal));
        var forged = await OneAsync(configuration);
        Assert.Equal((RecoveryState.Critical, ObjectiveStatus.Unknown), (forged.Status, forged.Rto.Status));
        Assert.Contains(forged.Reasons, reason => reason.Message.StartsWith("Evidence was changed", StringComparison.Ordinal));
        Assert.Null(forged.LastProven);

        async Task<(RecoveryState, int)> FailuresAsync()
        {
            var now = await OneAsync(configuration);
            return (now.Status, now.FailuresInRow);
        }
    }

    [StockFact]
    public async Task Lines_cut_off_the_end_of_the_history_are_noticed_and_so_is_a_last_line_that_was_spoilt()
    {
        var configuration = $$"""{ "databases": { "app": { "path": "app.db" } }, {{AnyDisk}} }""";
        await _work.BackUpAsync(App);
        var set = await _work.BackUpAsync(App);
        new EvidenceFiles(_work.Settings(), SilentObserver.Instance).Add(Drill(set));
        var history = _work["backups/history.jsonl"];
        var lines = File.ReadAllLines(history);
        Assert.Equal(RecoveryState.Healthy, (await OneAsync(configuration)).Status);

        foreach (var cut in new[] { lines[..1], [], [lines[0], lines[1][..^20]], [lines[0], lines[1].Replace("keyId\":\"", "keyId\":\"f", StringComparison.Ordinal)] })
        {
            File.WriteAllText(history, string.Concat(cut.Select(line => line + "\n")));
            var status = await OneAsync(configuration);
            var reason = Assert.Single(status.Reasons);
            Assert.Equal((RecoveryState.Warning, true), (status.Status, reason.Unknown));
            Assert.Contains("Failed backups may not be known", reason.Message, StringComparison.Ordinal);
        }

        await _work.BackUpAsync(App);
        Assert.Empty((await OneAsync(configuration)).Reasons);
    }

    [StockFact]
    public async Task A_failed_choice_of_a_database_counts_for_the_database_that_was_named_and_else_warns_of_all()
    {
        var configuration = $$"""{ "databases": { "app": { "path": "app.db" }, "pg": { "urlVariable": "NOT_SET" } }, {{AnyDisk}} }""";
        var set = await _work.BackUpAsync(App);
        new EvidenceFiles(_work.Settings(), SilentObserver.Instance).Add(Drill(set));
        _work.Engine.RecordFailedChoice("pg", new InvalidRequestException("pg", "NOT_SET is not set.", "Set it."));
        var pg = Assert.Single(await StatusAsync(configuration, "pg"));
        Assert.Equal((1, "InvalidRequest"), (pg.FailuresInRow, pg.LastFailure?.ErrorId));
        Assert.Empty(Assert.Single(await StatusAsync(configuration, "app")).Reasons);

        _work.Engine.RecordFailedChoice(null, new InvalidRequestException("the database", "No database is named.", "Name one."));
        foreach (var status in await StatusAsync(configuration))
            Assert.Contains(status.Reasons, reason => reason.Message.Contains("before it was known", StringComparison.Ordinal));
        await _work.BackUpAsync(App);
        Assert.Empty(Assert.Single(await StatusAsync(configuration, "app")).Reasons);
    }

    [StockFact]
    public async Task A_backup_of_runtime_files_is_none_of_a_server_of_that_name_and_a_lost_manifest_is_noticed()
    {
        var name = Path.GetFileName(_work.Folder);
        var configuration = $$"""{ "databases": { "{{name}}": { "url": "postgresql://127.0.0.1:1/app" }, "app": { "path": "app.db" } }, {{AnyDisk}} }""";
        Directory.CreateDirectory(_work.BackupRoot);
        await Assert.ThrowsAnyAsync<OpsException>(() => _work.Engine.BackUpAsync(new BackupRequest
        {
            Source = PostgresAddress.Parse("postgresql://127.0.0.1:1/app"),
            Database = name,
        }));
        File.WriteAllText(_work[".env"], "A=1");
        await _work.Engine.BackUpAsync(new BackupRequest { Source = new RuntimeAddress(_work.Folder) });
        Assert.Equal(1, Assert.Single(await StatusAsync(configuration, name)).FailuresInRow);

        await _work.BackUpAsync(App);
        var lost = await _work.BackUpAsync(App);
        File.Delete(lost.ManifestFile);
        Assert.Contains(Assert.Single(await StatusAsync(configuration, "app")).Reasons, reason =>
            reason.Message.Contains($"The newest backup {lost.Id}", StringComparison.Ordinal));
    }

    [StockFact]
    public async Task A_restore_of_a_database_that_nobody_knows_and_a_record_that_cannot_be_read_are_reported()
    {
        var configuration = $$"""{ "databases": { "app": { "path": "app.db" } }, {{AnyDisk}} }""";
        await _work.BackUpAsync(App);
        Commands.Sqlite(_work["shop.db"], "CREATE TABLE t(a);");
        var shop = await _work.BackUpAsync(_work["shop.db"]);
        var record = await _work.RestoreAsync(shop.Id, _work["copy.db"], allowDifferentSource: true);
        foreach (var file in Directory.EnumerateFiles(_work["backups/db"], $"*{shop.Id}*")) File.Delete(file);
        RestoreRecords.Save(record with { Status = RestoreStatus.AwaitingVerdict });
        Assert.Contains((await OneAsync(configuration)).Reasons, reason =>
            reason.Message.Contains($"{record.RestoreId} of {_work["copy.db"]} needs your decision", StringComparison.Ordinal));

        File.WriteAllText(record.RecordFile!, "{");
        Assert.Contains((await OneAsync(configuration)).Reasons, reason => reason.Unknown
            && reason.Message.Contains(record.RecordFile!, StringComparison.Ordinal));
    }

    [Fact]
    public void The_part_that_an_entry_asks_for_is_told_in_the_words_of_a_set()
    {
        KnownDatabase Known(DatabaseEntry entry) => new("app", DatabaseMode.Postgres, entry, null);
        Assert.Null(Known(new DatabaseEntry()).NarrowedTo);
        Assert.Equal("only schemas a, b, without data of public.log",
            Known(new DatabaseEntry { Schemas = ["a", "b"], ExcludeTableData = ["log"] }).NarrowedTo);
    }

    [StockFact]
    public async Task A_database_that_no_entry_names_is_reported_too_and_a_name_chooses()
    {
        Commands.Sqlite(_work["shop.db"], "CREATE TABLE t(a);");
        await _work.BackUpAsync(_work["shop.db"]);
        var configuration = $$"""{ "databases": { "app": { "path": "app.db" }, "pg": { "urlVariable": "NOT_SET" } }, {{AnyDisk}} }""";
        var all = await StatusAsync(configuration);
        Assert.Equal([("app", true), ("pg", true), ("shop", false)], all.Select(status => (status.Database, status.Configured)));
        Assert.Equal(["shop"], (await StatusAsync(configuration, "sh*")).Select(status => status.Database));
        await Assert.ThrowsAsync<SourceNotFoundException>(() => StatusAsync(configuration, "none"));
        await Assert.ThrowsAsync<ConfigurationInvalidException>(() => StatusAsync("""{ "objectives": { "drillEvery": "31" } }"""));
    }

    [Fact]
    public async Task A_manifest_that_cannot_be_read_may_be_of_any_database()
    {
        var manifest = _work["backups/db/sqlite-app-20260101T000000Z-0a1b2c3d.db.gz.manifest.json"];
        Directory.CreateDirectory(Path.GetDirectoryName(manifest)!);
        File.WriteAllText(manifest, "{");
        Assert.Equal("(none)", Assert.Single(await StatusAsync("{}")).Database);
        var status = await OneAsync("""{ "databases": { "app": { "path": "app.db" } } }""");
        Assert.Contains(status.Reasons, reason => reason.Unknown && reason.Message.Contains(manifest, StringComparison.Ordinal));
    }

    [Fact]
    public void A_server_is_found_by_its_address_by_its_identity_and_by_name()
    {
        List<BackupSet> sets =
        [
            Set("a", "app", "postgresql://db:5432/app", "1/app"), Set("b", "app", "postgresql://localhost:5432/app", "1/app"),
            Set("c", "app", "postgresql://stage:5432/app", "2/app"),
        ];
        var entry = new DatabaseEntry { Name = "app" };
        KnownDatabase Known(string? address) => new KnownDatabase("app", DatabaseMode.Postgres, entry, address).WithOwn(sets);
        // Another address of the same server's database is the same database; another server of that name is not.
        Assert.Equal(["a", "b"], Ids(Known("postgresql://db:5432/app").WithNamed(sets)));
        Assert.Equal([], Ids(Known(null)));
        Assert.Equal(["a", "b", "c"], Ids(Known(null).WithNamed(sets)));

        var moved = Known("postgresql://new:5432/app").WithNamed(sets);
        Assert.Equal(["a", "b", "c"], Ids(moved));
        var reasons = BackupRules.Identity(new RecoveryCase(
            new DatabaseFacts { Name = "app", Mode = DatabaseMode.Postgres, Source = moved.Source, Sets = moved.Sets },
            new RootFacts(true, null, null, [], [], null), new Objectives(), DateTime.UtcNow));
        Assert.True(Assert.Single(reasons).Unknown);
    }

    [Fact]
    public void A_file_is_found_by_its_path_and_never_by_its_name_alone()
    {
        List<BackupSet> sets = [Set("a", "app", "/srv/app.db", "/srv/app.db", DatabaseMode.Sqlite)];
        KnownDatabase Known(string path) => new KnownDatabase("shop", DatabaseMode.Sqlite, new DatabaseEntry(), path).WithOwn(sets).WithNamed(sets);
        Assert.Equal(["a"], Ids(Known("/srv/app.db")));
        Assert.Equal([], Ids(Known("/home/ada/app.db") with { Name = "app" }));
        Assert.True(Known("/srv/app.db").Owns(new HistoryEntry { Target = "/srv/app.db", At = default, Operation = "Backup",
            Result = HistoryResult.Failed, Duration = default }));
    }

    private static IEnumerable<string> Ids(KnownDatabase database) => database.Sets.Select(set => set.Id);

    private static BackupSet Set(string id, string name, string source, string identity, DatabaseMode mode = DatabaseMode.Postgres) => new()
    {
        Id = id,
        Database = name,
        Mode = mode,
        SnapshotAt = DateTime.UtcNow,
        BackupFile = id,
        SizeBytes = 1,
        SourceBytes = 1,
        Source = source,
        SourceIdentity = identity,
        Fingerprint = FingerprintKind.Content,
        Tables = [],
        Duration = default,
        Status = BackupStatus.Complete,
        ManifestFile = id,
    };

    private static RestoreDrill Drill(BackupSet set) => new()
    {
        DrillId = "d1d1d1d1",
        Kind = EvidenceKind.Drill,
        Status = DrillStatus.Passed,
        Database = set.Database,
        Mode = set.Mode,
        Source = set.Source,
        SourceIdentity = set.SourceIdentity,
        Backup = new DrillBackup(set.Id, set.BackupFile, StockTools.Hash(set.BackupFile), set.SnapshotAt, set.SizeBytes,
            set.SourceBytes, false),
        Target = "a scratch file",
        StartedAt = DateTime.UtcNow,
        EndedAt = DateTime.UtcNow,
        Host = "here",
        Tables = [new DrillTable("t", 1, 1, "f", "f", CheckStatus.Passed)],
        Rto = ObjectiveResult.Of(TimeSpan.FromHours(1), TimeSpan.FromSeconds(2)),
    };

    private async Task<RecoveryStatus> OneAsync(string configuration) => Assert.Single(await StatusAsync(configuration));

    private Task<IReadOnlyList<RecoveryStatus>> StatusAsync(string configuration, string? database = null, string? key = Workspace.Key) =>
        new OpsEngine(_work.Settings(key) with
        {
            Configuration = OpsConfiguration.Parse(Encoding.UTF8.GetBytes(configuration), _work["postry.json"], _ => null, []),
            Variable = _ => null,
        }, [_work.Reporter]).StatusAsync(database);
}
