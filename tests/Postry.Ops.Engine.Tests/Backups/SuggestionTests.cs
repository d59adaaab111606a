using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Tests.Storage;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Backups;

/// <summary>Suggestions of a shell are found by names, so that a backup root with thousands of sets keeps no prompt waiting.</summary>
public sealed class SuggestionTests
{
    private const int Count = 3000;
    private static readonly DateTime Start = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [StockFact]
    public async Task Of_thousands_of_sets_only_those_that_are_shown_are_read()
    {
        using var work = new Workspace();
        var store = await ManyAsync(work);
        var suggestions = new BackupSuggestions(store, work.Settings().Keys);

        var newest = suggestions.Newest(new SuggestedBackups());
        Assert.Equal(Enumerable.Range(Count - 100, 100).Reverse().Select(IdOf), newest.Select(set => set.Id));
        Assert.Equal(100, store.TakeOpened());
        Assert.All(newest, set => Assert.Equal(BackupStatus.Complete, set.Status));

        Assert.Equal([IdOf(7)], suggestions.Newest(new SuggestedBackups { IdPrefix = "A0007" }).Select(set => set.Id));
        Assert.Equal(1, store.TakeOpened());

        Assert.All(suggestions.Newest(new SuggestedBackups { Database = "my sh?p" }), set => Assert.Equal("my shop", set.Database));
        Assert.Equal(100, store.TakeOpened());
        Assert.Empty(suggestions.Newest(new SuggestedBackups { Database = "no such name" }));
        Assert.Equal(0, store.TakeOpened());
        Assert.Empty(suggestions.Newest(new SuggestedBackups { IsMeant = _ => false }));
        Assert.Equal(500, store.TakeOpened());

        Assert.Equal(["wiki", "my shop", "app"], suggestions.Databases("").Select(set => set.Database));
        Assert.Equal(3, store.TakeOpened());
        Assert.Equal(["my shop"], suggestions.Databases("MY ").Select(set => set.Database));
        Assert.Equal(1, store.TakeOpened());

        Assert.Equal(100, suggestions.Labels("").Count);
        Assert.Equal(1000, store.TakeOpened());
        Assert.Equal(new SuggestedLabel("release-5", "wiki", Start.AddHours(5)), suggestions.Labels("Release-5")[^1]);
    }

    [StockFact]
    public async Task Names_that_say_nothing_are_suggested_all_the_same()
    {
        using var work = new Workspace();
        Commands.Sqlite(work["app.db"], "CREATE TABLE t(a)");
        var set = await work.BackUpAsync(work["app.db"]);
        var other = Path.Combine(Path.GetDirectoryName(set.BackupFile)!, "by hand.db.gz");
        var model = ManifestReader.Read(set.ManifestFile, work.Settings().Keys).Manifest!;
        File.Copy(set.BackupFile, other);
        File.WriteAllBytes(other + ".manifest.json", Signed(work, model with
        {
            Id = "handmade", Database = "other", Label = "by hand", Artefact = model.Artefact with { File = Path.GetFileName(other) },
        }, other));
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(set.BackupFile)!, "sqlite-app-20260101T000000Z-aaaaaaaa.db.gz.manifest.json"),
            "no JSON");

        Assert.Equal(new[] { "handmade", set.Id }.Order(), work.Engine.SuggestBackups(new SuggestedBackups()).Select(one => one.Id).Order());
        Assert.Equal(["handmade"], work.Engine.SuggestBackups(new SuggestedBackups { IdPrefix = "hand" }).Select(one => one.Id));
        Assert.Equal(["other"], work.Engine.SuggestDatabases("o").Select(one => one.Database));
        Assert.Equal(["by hand"], work.Engine.SuggestLabels("").Select(label => label.Label));
    }

    [Theory]
    [InlineData("db/sqlite-my-app-20260101T000000Z-0a1b2c3d.db.gz.manifest.json", "my-app", "0a1b2c3d")]
    [InlineData("db/postgres-app-20260101T000000Z-0a1b2c3d.pgdump.manifest.json", "app", "0a1b2c3d")]
    [InlineData("db/sqlite-app-20260101-000000.db.gz.manifest.json", null, null)]
    [InlineData("db/sqlite-20260101T000000Z-0a1b2c3d.db.gz.manifest.json", null, null)]
    [InlineData("db/mysql-app-20260101T000000Z-0a1b2c3d.db.gz.manifest.json", null, null)]
    [InlineData("db/sqlite-app-20260101T00000Z-0a1b2c3d.db.gz.manifest.json", null, null)]
    [InlineData("db/sqlite-app-20260101T000000Z-0a1b2c3d.db.gz", null, null)]
    [InlineData("db/.manifest.json", null, null)]
    public void A_name_tells_database_and_id(string key, string? database, string? id)
    {
        var name = BackupName.TryParse(key);
        Assert.Equal((database, id), (name?.DatabasePart, name?.Id));
    }

    private static async Task<MemoryBackupStore> ManyAsync(Workspace work)
    {
        Commands.Sqlite(work["app.db"], "CREATE TABLE t(a)");
        var set = await work.BackUpAsync(work["app.db"]);
        var read = ManifestReader.Read(set.ManifestFile, work.Settings().Keys);
        var store = new MemoryBackupStore(work["memory"]);
        Parallel.For(0, Count, i =>
        {
            var database = new[] { "app", "my shop", "wiki" }[i % 3];
            var key = BackupLayout.ArtefactKey(DatabaseMode.Sqlite, database, Start.AddHours(i), IdOf(i), ".db.gz");
            store.Put(key, File.ReadAllBytes(set.BackupFile), replace: false);
            store.Put(key + ".manifest.json", Signed(work, read.Manifest! with
            {
                Id = IdOf(i), Database = database, SnapshotAt = Start.AddHours(i), Label = i % 5 == 0 ? $"release-{i}" : null,
                Artefact = read.Manifest.Artefact with { File = Path.GetFileName(key) },
            }, key), replace: false);
        });
        return store;
    }

    private static string IdOf(int number) => $"a{number:d4}xyz";

    private static byte[] Signed(Workspace work, BackupManifest manifest, string artefact) =>
        SignedText.Sign(manifest.ToJson(), BackupManifest.DomainOf(artefact), work.Settings().Keys.SigningKey(""));
}
