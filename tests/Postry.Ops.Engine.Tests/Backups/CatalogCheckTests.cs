using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Backups;

/// <summary>The check of a backup root finds what is not as it is to be, and a repair removes only what killed commands left.</summary>
public sealed class CatalogCheckTests : IDisposable
{
    private readonly Workspace _work = new();

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task A_backup_root_in_use_is_clean()
    {
        var set = await MakeAsync();
        await _work.TestAsync(set.Id, VerificationLevel.Restore);
        await _work.RestoreAsync(set.Id, _work["app.db"]);
        await _work.Engine.BackUpAsync(new BackupRequest { Source = new RuntimeAddress(_work.Folder) });
        var report = await _work.Engine.CheckCatalogAsync();
        Assert.True(report.IsClean);
        Assert.Empty(report.Findings);
        Assert.Equal(2, report.Backups);
        // Records and evidence stay when their backup goes, and that is no problem.
        var other = await _work.BackUpAsync(_work["app.db"]);
        await _work.Engine.RemoveBackupAsync(_work.Engine.PlanRemoval(new BackupSelector { Id = set.Id }), allowLast: true);
        report = await _work.Engine.CheckCatalogAsync();
        Assert.Equal([FindingKind.RecordWithoutBackup, FindingKind.EvidenceWithoutBackup], report.Findings.Select(finding => finding.Kind));
        Assert.True(report.IsClean);
        Assert.Equal(CheckStatus.Passed, (await _work.TestAsync(other.Id, VerificationLevel.Artefact)).Status);
    }

    [StockFact]
    public async Task Locks_are_told_by_whose_they_are_and_leases_of_dead_processes_are_leftovers()
    {
        var set = await MakeAsync();
        var path = Path.Combine(_work.BackupRoot, ".lock");
        void Lock(double days) => File.WriteAllText(path, $$"""
            {"token":"t","host":"elsewhere.example","processId":7,"operation":"Backup","since":"{{DateTime.UtcNow.AddDays(-days):O}}"}
            """);
        Lock(days: 0.1);
        var young = Assert.Single((await _work.Engine.CheckCatalogAsync()).Findings);
        Assert.Equal((FindingKind.Locked, false), (young.Kind, young.IsProblem));
        Assert.Contains("process 7 on elsewhere.example", young.Detail, StringComparison.Ordinal);
        Lock(days: 2);
        Assert.False((await _work.Engine.CheckCatalogAsync()).IsClean);
        File.Delete(path);

        using (var host = HostProcess.Start("backup", _work.BackupRoot, _work["app.db"], "pause=progress:Compressing"))
        {
            Assert.NotNull(host.WaitFor("paused"));
            var held = (await _work.Engine.CheckCatalogAsync()).Findings.Single(finding => finding.Kind == FindingKind.Locked);
            Assert.False(held.IsProblem);
            Assert.Contains($"process {host.Id} ", held.Detail, StringComparison.Ordinal);
            host.Resume();
            Assert.Equal(0, host.WaitForEnd());
        }

        var lease = Path.Combine(_work.BackupRoot, ".leases", $"{Path.GetFileName(set.ManifestFile)}.abcd1234.lease");
        Directory.CreateDirectory(Path.GetDirectoryName(lease)!);
        File.WriteAllText(lease, "");
        var dead = Assert.Single((await _work.Engine.CheckCatalogAsync()).Findings);
        Assert.Equal((FindingKind.Leftover, lease, true), (dead.Kind, dead.Path, dead.CanRepair));
        Assert.True((await _work.Engine.RepairCatalogAsync()).IsClean);
        Assert.False(File.Exists(lease));
    }

    [StockFact]
    public async Task Each_kind_of_trouble_is_found_and_only_leftovers_are_removed()
    {
        var sets = new List<BackupSet>();
        for (var i = 0; i < 5; i++) sets.Add(await MakeAsync());
        File.Delete(sets[0].ManifestFile);
        File.Delete(sets[1].BackupFile);
        File.Delete(sets[2].Runtime.File!);
        File.WriteAllText(sets[3].ManifestFile, "{}");
        var root = _work.BackupRoot;
        string[] leftovers = ["db/abcd1234.partial", "runtime/abcd1234.partial",
            "db/sqlite-app-20260101T000000Z-aaaaaaaa.db.gz.manifest.json.partial", "drills/x.json.0123456789abcdef0123456789abcdef.partial"];
        string[] foreign = ["notes.txt", "db/movie.mkv.partial", "db/README", "db/sqlite.exe"];
        Directory.CreateDirectory(Path.Combine(root, "drills"));
        foreach (var name in leftovers.Concat(foreign)) File.WriteAllText(Path.Combine(root, name), "x");
        // An artefact that was published before its manifest goes with it.
        File.WriteAllText(Path.Combine(root, "db/sqlite-app-20260101T000000Z-aaaaaaaa.db.gz"), "x");
        File.WriteAllText(sets[4].BackupFile + ".pin.json", "{}");
        File.WriteAllText(Path.Combine(root, "db/sqlite-app-20260101T000000Z-bbbbbbbb.db.gz.pin.json"), "{}");

        var report = await _work.Engine.CheckCatalogAsync();
        Assert.False(report.IsClean);
        Assert.Equal([.. leftovers, "db/sqlite-app-20260101T000000Z-aaaaaaaa.db.gz"], Names(FindingKind.Leftover).OrderBy(Rank));
        Assert.Equal(["db/" + Path.GetFileName(sets[0].BackupFile)], Names(FindingKind.Orphan));
        var orphan = Assert.Single(_work.Engine.ListBackups(new BackupQuery { Statuses = [ListedStatus.Orphan] }));
        Assert.Equal((sets[0].BackupFile, sets[0].SizeBytes), (orphan.BackupFile, orphan.SizeBytes));
        Assert.DoesNotContain(_work.Engine.ListBackups(new BackupQuery()), set => set.Status == BackupStatus.Orphan);
        Assert.Equal(new[] { sets[1], sets[2] }.Select(set => "db/" + Path.GetFileName(set.ManifestFile)).Order(StringComparer.Ordinal),
            Names(FindingKind.Incomplete).Order(StringComparer.Ordinal));
        Assert.Equal(["db/" + Path.GetFileName(sets[3].ManifestFile)], Names(FindingKind.Unreadable));
        Assert.Equal(["db/sqlite-app-20260101T000000Z-bbbbbbbb.db.gz.pin.json"], Names(FindingKind.PinWithoutBackup));
        Assert.Equal(foreign.Order(StringComparer.Ordinal), Names(FindingKind.Foreign).Order(StringComparer.Ordinal));
        // The archives of the backups whose manifests are gone or unreadable.
        Assert.Equal(2, Names(FindingKind.ArchiveWithoutBackup).Count());
        Assert.All(report.Findings, finding => Assert.Equal(finding.Kind == FindingKind.Leftover, finding.CanRepair));

        var all = StockTools.Files(root).Concat(Directory.GetFiles(Path.Combine(root, "drills"))).ToList();
        var repaired = await _work.Engine.RepairCatalogAsync();
        Assert.All(repaired.Findings, finding => Assert.Equal(finding.CanRepair, finding.IsRepaired));
        var left = StockTools.Files(root).Concat(Directory.GetFiles(Path.Combine(root, "drills"))).ToList();
        Assert.Equal(leftovers.Append("db/sqlite-app-20260101T000000Z-aaaaaaaa.db.gz").Order(StringComparer.Ordinal),
            all.Except(left).Select(Name).Order(StringComparer.Ordinal));
        Assert.DoesNotContain((await _work.Engine.CheckCatalogAsync()).Findings, finding => finding.Kind == FindingKind.Leftover);

        IEnumerable<string> Names(FindingKind kind) =>
            report.Findings.Where(finding => finding.Kind == kind).Select(finding => Name(finding.Path));
        string Name(string path) => Path.GetRelativePath(root, path).Replace('\\', '/');
        int Rank(string name) => Array.IndexOf(leftovers, name) is >= 0 and var rank ? rank : int.MaxValue;
    }

    [StockFact]
    public async Task What_a_running_backup_writes_is_no_problem_and_is_not_removed()
    {
        Commands.Sqlite(_work["app.db"], "CREATE TABLE t (a); INSERT INTO t VALUES (hex(randomblob(2000000)))");
        CatalogReport? during = null;
        _work.Reporter.OnProgress = _ =>
        {
            var folder = Path.Combine(_work.BackupRoot, "db");
            if (during is null && Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.partial").Any())
                during = _work.Engine.CheckCatalogAsync().GetAwaiter().GetResult();
        };
        var set = await _work.BackUpAsync(_work["app.db"]);
        Assert.True(during!.IsClean);
        Assert.Contains(during.Findings, finding => finding is { Kind: FindingKind.Leftover, IsProblem: false, CanRepair: false });
        Assert.Empty((await _work.Engine.CheckCatalogAsync()).Findings);
        Assert.Equal(CheckStatus.Passed, (await _work.TestAsync(set.Id, VerificationLevel.Artefact)).Status);
    }

    [StockFact]
    public async Task A_folder_that_is_not_there_is_an_error_and_a_wrong_key_is_not()
    {
        await Assert.ThrowsAsync<SourceNotFoundException>(() => _work.Engine.CheckCatalogAsync());
        await MakeAsync();
        Assert.True((await _work.EngineWith("another-key-that-is-long-enough-00").CheckCatalogAsync()).IsClean);
        Assert.True((await _work.EngineWith(null).CheckCatalogAsync()).IsClean);
    }

    private Task<BackupSet> MakeAsync()
    {
        if (!File.Exists(_work["app.db"])) Commands.Sqlite(_work["app.db"], "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
        File.WriteAllText(_work[".env"], "A=1");
        return _work.BackUpAsync(_work["app.db"]);
    }
}
