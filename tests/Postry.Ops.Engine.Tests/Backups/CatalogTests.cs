using System.Text;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Backups;

/// <summary>The list shows every set and nothing else, and what the engine did not make it does not touch.</summary>
public sealed class CatalogTests
{
    [StockFact]
    public async Task Ten_thousand_sets_are_listed_each_once_in_the_order_of_their_snapshots()
    {
        const int count = 10_000;
        using var work = new Workspace();
        Commands.Sqlite(work["app.db"], "CREATE TABLE t(a)");
        var set = await work.BackUpAsync(work["app.db"]);
        var model = ManifestReader.Read(set.ManifestFile, work.Settings().Keys).Manifest;
        var artefact = File.ReadAllBytes(set.BackupFile);
        var key = work.Settings().Keys.SigningKey("");
        var start = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var folder = Path.GetDirectoryName(set.BackupFile)!;
        Parallel.For(1, count, i =>
        {
            // Names that sort otherwise than times do.
            var name = Path.Combine(folder, $"sqlite-x-{i * 7919 % count:d5}.db.gz");
            var manifest = model with { Id = $"{i:d8}", Database = i % 2 == 0 ? "even" : "odd", Label = $"l{i % 10}",
                SnapshotAt = start.AddMinutes(i), Artefact = model.Artefact with { File = Path.GetFileName(name) } };
            File.WriteAllBytes(name, artefact);
            File.WriteAllBytes(name + ".manifest.json", SignedText.Sign(manifest.ToJson(), BackupManifest.DomainOf(name), key));
        });

        var all = work.Engine.ListBackups(new BackupQuery());
        Assert.Equal(count, all.Count);
        Assert.All(all, listed => Assert.Equal(BackupStatus.Complete, listed.Status));
        Assert.Equal([set.Id, .. Enumerable.Range(1, count - 1).Reverse().Select(i => $"{i:d8}")], all.Select(listed => listed.Id));
        Assert.Equal("00009998", Assert.Single(work.Engine.ListBackups(new BackupQuery { Database = "even", Latest = true })).Id);
        Assert.Equal(1000, work.Engine.ListBackups(new BackupQuery { Label = "L3" }).Count);
        Assert.Equal(["00000011", "00000010"], work.Engine
            .ListBackups(new BackupQuery { After = start.AddMinutes(10), Before = start.AddMinutes(12) }).Select(listed => listed.Id));
        Assert.Equal(["00000042"], work.Engine.ListBackups(new BackupQuery { Ids = ["00000042", "none"] }).Select(listed => listed.Id));
        Assert.Equal("00000099", work.Engine.FindBackup(new BackupSelector { Before = start.AddMinutes(100), Database = "odd" }).Id);
    }

    [StockFact]
    public async Task Leftovers_are_invisible_and_the_next_backup_sweeps_them()
    {
        using var work = new Workspace();
        Commands.Sqlite(work["app.db"], "CREATE TABLE t(a)");
        var set = await work.BackUpAsync(work["app.db"]);
        var folder = Path.GetDirectoryName(set.BackupFile)!;
        string[] leftovers =
        [
            "abcdefgh.partial",
            // Published, but its manifest was not: the manifest that waits says whose it is.
            "sqlite-app-20260101T000000Z-aaaaaaaa.db.gz", "sqlite-app-20260101T000000Z-aaaaaaaa.db.gz.manifest.json.partial",
            "sqlite-app-20260101T000000Z-bbbbbbbb.db.gz.manifest.json.partial",
        ];
        foreach (var name in leftovers) File.WriteAllText(Path.Combine(folder, name), "left over");
        // A partial manifest of a complete set is swept, and nothing else with it.
        File.WriteAllText(set.ManifestFile + ".partial", "left over");
        var scratch = Directory.CreateDirectory(Path.Combine(work.BackupRoot, ".scratch", "dead"));
        File.WriteAllText(Path.Combine(scratch.FullName, "lock"), "");
        File.WriteAllText(Path.Combine(scratch.FullName, "snapshot.db"), "left over");

        Assert.Equal(set.Id, Assert.Single(work.Engine.ListBackups(new BackupQuery())).Id);
        Assert.True(File.Exists(Path.Combine(folder, leftovers[0])));
        var next = await work.BackUpAsync(work["app.db"]);
        Assert.Equal([next.Id, set.Id], work.Engine.ListBackups(new BackupQuery()).Select(listed => listed.Id));
        Assert.All(leftovers, name => Assert.False(File.Exists(Path.Combine(folder, name)), name));
        Assert.Equal(4, Directory.GetFiles(folder).Length);
        Assert.False(Directory.Exists(Path.Combine(work.BackupRoot, ".scratch")));
    }

    [StockFact]
    public async Task Files_of_others_are_neither_listed_nor_touched()
    {
        using var work = new Workspace();
        Commands.Sqlite(work["app.db"], "CREATE TABLE t(a)");
        var set = await work.BackUpAsync(work["app.db"]);
        var folder = Path.GetDirectoryName(set.BackupFile)!;
        // A stray file may be an operator's only copy: an artefact without a manifest, a backup of the old scripts without its metadata,
        // notes, folders.
        string[] foreign =
        [
            "sqlite-app-20250101T000000Z-cccccccc.db.gz", "sqlite-backup-20240101-030000.db", "README.txt", ".hidden", "manifest.json",
            "notes.manifest.json.bak", "folder.manifest.json/file",
        ];
        foreach (var name in foreign)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, name))!);
            File.WriteAllText(Path.Combine(folder, name), $"somebody's {name}");
        }

        Assert.Equal(set.Id, Assert.Single(work.Engine.ListBackups(new BackupQuery())).Id);
        await work.BackUpAsync(work["app.db"]);
        await work.RestoreAsync(set.Id, work["app.db"]);
        foreach (var name in foreign) Assert.Equal($"somebody's {name}", File.ReadAllText(Path.Combine(folder, name), Encoding.UTF8));
        Assert.Equal(2, work.Engine.ListBackups(new BackupQuery()).Count);
    }

    [StockFact]
    public void A_backup_root_that_is_not_there_is_an_empty_list_and_is_not_made()
    {
        using var work = new Workspace();
        Assert.Empty(work.Engine.ListBackups(new BackupQuery()));
        Assert.Empty(work.Engine.ListRestores());
        Assert.Empty(work.Engine.ListPreviousCopies());
        Assert.Empty(work.AllFiles());
        Assert.False(Directory.Exists(work.BackupRoot));
    }
}
