using System.Security.Cryptography;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Tests.Storage;

/// <summary>The rules that every store of backups must keep. A new kind of store passes these tests before the engine uses it.</summary>
public abstract class BackupStoreContract : IDisposable
{
    private const string Artefact = "db/sqlite-app-20260101T000000Z-0a1b2c3d.db.gz";
    private const string Archive = "runtime/runtime-app-20260101T000000Z-0a1b2c3d.tar.gz";
    private static readonly byte[] Manifest = [.. "{\"of\": \"the database\"}"u8];

    /// <summary>The store, which is empty at first.</summary>
    private protected abstract IBackupStore Store { get; }

    /// <summary>Opens the same store as another process sees it.</summary>
    private protected abstract IBackupStore Reopen();

    [Fact]
    public async Task A_new_store_holds_nothing()
    {
        AssertEmpty();
        Assert.False(Store.Exists(Artefact));
        Assert.Null(Store.Size(Artefact));
        Assert.Throws<FileNotFoundException>(() => Store.Open(Artefact));
        await Assert.ThrowsAsync<FileNotFoundException>(() => Store.OpenLocallyAsync(Artefact, default));
    }

    [Fact]
    public async Task A_set_can_be_seen_once_it_is_published_and_then_whole()
    {
        var bytes = RandomNumberGenerator.GetBytes(1000);
        using (var writer = await Store.OpenForWritingAsync(default))
        {
            using var draft = writer.NewDraft("0a1b2c3d");
            await File.WriteAllBytesAsync(draft.PathFor("runtime"), bytes[..10]);
            await File.WriteAllBytesAsync(draft.PathFor("db"), bytes);
            AssertEmpty();
            await draft.PublishAsync([new DraftPart(Archive, [1, 2, 3]), new DraftPart(Artefact, Manifest)], default);
        }

        foreach (var store in new[] { Store, Reopen() })
        {
            Assert.Equal([Artefact, Artefact + ".manifest.json"], store.List("db").Order(StringComparer.Ordinal));
            Assert.Equal([Archive, Archive + ".manifest.json"], store.List("runtime").Order(StringComparer.Ordinal));
            Assert.Equal(bytes, Read(store, Artefact));
            Assert.Equal(Manifest, Read(store, Artefact + ".manifest.json"));
            Assert.Equal((1000L, 10L), (store.Size(Artefact), store.Size(Archive)));
            Assert.True(store.Exists(Artefact));
        }
    }

    [Fact]
    public async Task An_artefact_may_be_a_tree_of_objects()
    {
        const string tree = "db/postgres-app-20260101T000000Z-0a1b2c3d.dir";
        using var writer = await Store.OpenForWritingAsync(default);
        using (var draft = writer.NewDraft("0a1b2c3d"))
        {
            var folder = Directory.CreateDirectory(draft.PathFor("db"));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "toc.dat"), "contents");
            await File.WriteAllTextAsync(Path.Combine(folder.CreateSubdirectory("blobs").FullName, "1.dat"), "large");
            await draft.PublishAsync([new DraftPart(tree, Manifest)], default);
        }

        Assert.Equal([tree + ".manifest.json"], Store.List("db"));
        Assert.Equal(13, Store.Size(tree));
        Assert.Equal("large"u8, Read(Store, tree + "/blobs/1.dat"));
        using (var copy = await Store.OpenLocallyAsync(tree, default))
            Assert.Equal("contents", await File.ReadAllTextAsync(Path.Combine(copy.Path, "toc.dat")));
        writer.Delete(tree + ".manifest.json", [tree]);
        AssertEmpty();
        Assert.Null(Store.Size(tree));
    }

    [Fact]
    public async Task A_draft_that_is_given_up_leaves_nothing()
    {
        using var writer = await Store.OpenForWritingAsync(default);
        var draft = writer.NewDraft("0a1b2c3d");
        await File.WriteAllTextAsync(draft.PathFor("db"), "half");
        draft.Dispose();
        Assert.False(File.Exists(draft.PathFor("db")));
        AssertEmpty();
        await PublishAsync(writer, Artefact, [1]);
    }

    [Fact]
    public async Task A_writer_that_ends_without_a_word_leaves_nothing_to_the_next()
    {
        IStoreDraft left;
        using (var writer = await Store.OpenForWritingAsync(default))
        {
            left = writer.NewDraft("0a1b2c3d");
            await File.WriteAllTextAsync(left.PathFor("db"), "half");
            Directory.CreateDirectory(left.PathFor("runtime"));
        }

        using (await Reopen().OpenForWritingAsync(default))
        {
            Assert.False(Path.Exists(left.PathFor("db")));
            Assert.False(Path.Exists(left.PathFor("runtime")));
            AssertEmpty();
        }
    }

    [Fact]
    public async Task A_sweep_takes_what_a_dead_writer_left_and_nothing_of_a_living_one()
    {
        IStoreDraft draft;
        using (var writer = await Store.OpenForWritingAsync(default))
        {
            draft = writer.NewDraft("0a1b2c3d");
            await File.WriteAllTextAsync(draft.PathFor("db"), "half");
            Reopen().TrySweep();
            Assert.True(File.Exists(draft.PathFor("db")));
        }

        Store.TrySweep();
        AssertEmpty();
    }

    [Fact]
    public async Task A_publication_that_fails_half_way_leaves_nothing()
    {
        using var writer = await Store.OpenForWritingAsync(default);
        using (var draft = writer.NewDraft("0a1b2c3d"))
        {
            await File.WriteAllTextAsync(draft.PathFor("runtime"), "archive");
            await Assert.ThrowsAnyAsync<IOException>(() =>
                draft.PublishAsync([new DraftPart(Archive, [1]), new DraftPart(Artefact, Manifest)], default));
        }

        AssertEmpty();
        Assert.Null(Store.Size(Archive));
    }

    [Fact]
    public async Task A_publication_that_is_cancelled_leaves_nothing()
    {
        using var writer = await Store.OpenForWritingAsync(default);
        using (var draft = writer.NewDraft("0a1b2c3d"))
        {
            await File.WriteAllTextAsync(draft.PathFor("db"), "database");
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                draft.PublishAsync([new DraftPart(Artefact, Manifest)], new CancellationToken(canceled: true)));
        }

        AssertEmpty();
    }

    [Fact]
    public async Task A_key_that_is_taken_refuses_the_whole_set_and_keeps_what_is_there()
    {
        using var writer = await Store.OpenForWritingAsync(default);
        await PublishAsync(writer, Artefact, [1, 2, 3]);
        using (var draft = writer.NewDraft("0a1b2c3d"))
        {
            await File.WriteAllTextAsync(draft.PathFor("runtime"), "archive");
            await File.WriteAllTextAsync(draft.PathFor("db"), "another database");
            await Assert.ThrowsAnyAsync<IOException>(() =>
                draft.PublishAsync([new DraftPart(Archive, [1]), new DraftPart(Artefact, [2])], default));
        }

        Assert.Equal([1, 2, 3], Read(Store, Artefact));
        Assert.Equal(Manifest, Read(Store, Artefact + ".manifest.json"));
        Assert.Empty(Store.List("runtime"));
    }

    [Fact]
    public async Task Whoever_sees_a_manifest_sees_the_whole_set()
    {
        using var writer = await Store.OpenForWritingAsync(default);
        var ended = false;
        var watching = Task.Run(() =>
        {
            while (!Volatile.Read(ref ended))
            {
                foreach (var manifest in Reopen().List("db").Where(key => key.EndsWith(".manifest.json", StringComparison.Ordinal)))
                    Assert.Equal(5000, Store.Size(manifest[..^".manifest.json".Length]));
            }
        });
        for (var i = 0; i < 50; i++) await PublishAsync(writer, $"db/sqlite-app-{i:D8}.db.gz", new byte[5000]);
        Volatile.Write(ref ended, true);
        await watching;
    }

    [Fact]
    public async Task A_deleted_set_is_gone_and_the_others_stay()
    {
        using var writer = await Store.OpenForWritingAsync(default);
        await PublishAsync(writer, Artefact, [1]);
        await PublishAsync(writer, "db/other.db.gz", [2]);
        writer.Delete(Artefact + ".manifest.json", ["runtime/gone-before.tar.gz", Artefact]);
        Assert.Equal(["db/other.db.gz", "db/other.db.gz.manifest.json"], Store.List("db").Order(StringComparer.Ordinal));
        Assert.False(Store.Exists(Artefact));
        await PublishAsync(writer, Artefact, [3]);
        Assert.Equal([3], Read(Store, Artefact));
    }

    [Fact]
    public async Task A_set_that_somebody_has_come_to_need_is_there_again_and_was_hidden_meanwhile()
    {
        using var writer = await Store.OpenForWritingAsync(default);
        using (var draft = writer.NewDraft("0a1b2c3d"))
        {
            await File.WriteAllBytesAsync(draft.PathFor("runtime"), [2]);
            await File.WriteAllBytesAsync(draft.PathFor("db"), [1]);
            await draft.PublishAsync([new DraftPart(Archive, [1]), new DraftPart(Artefact, Manifest)], default);
        }

        string[] others = [Archive, Archive + ".manifest.json", Artefact];
        Assert.False(writer.Delete(Artefact + ".manifest.json", others, () =>
        {
            // The runtime files are no set of their own meanwhile.
            Assert.False(Reopen().Exists(Artefact + ".manifest.json"));
            Assert.Empty(Reopen().List("runtime"));
            return true;
        }));
        Assert.Equal([1], Read(Store, Artefact));
        Assert.Equal([2], Read(Store, Archive));
        Assert.Equal(Manifest, Read(Store, Artefact + ".manifest.json"));
        Assert.True(writer.Delete(Artefact + ".manifest.json", others, () => false));
        AssertEmpty();
    }

    [Fact]
    public async Task A_set_has_readers_until_the_last_of_them_ends()
    {
        using (var writer = await Store.OpenForWritingAsync(default)) await PublishAsync(writer, Artefact, [1]);
        var (first, second) = (Store.TryLease(Artefact + ".manifest.json"), Reopen().TryLease(Artefact + ".manifest.json"));
        Assert.Null(Store.ReaderOf("db/other.manifest.json"));
        first!.Dispose();
        // A writer that begins takes no lease of a living process.
        (await Store.OpenForWritingAsync(default)).Dispose();
        Assert.NotNull(Reopen().ReaderOf(Artefact + ".manifest.json"));
        second!.Dispose();
        Assert.Null(Store.ReaderOf(Artefact + ".manifest.json"));
    }

    [Fact]
    public async Task A_reader_goes_on_while_the_object_is_deleted()
    {
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        using var writer = await Store.OpenForWritingAsync(default);
        await PublishAsync(writer, Artefact, bytes);
        await using var stream = Store.Open(Artefact);
        var first = new byte[1000];
        await stream.ReadExactlyAsync(first);
        writer.Delete(Artefact + ".manifest.json", [Artefact]);
        using var rest = new MemoryStream();
        await stream.CopyToAsync(rest);
        Assert.Equal(bytes, first.Concat(rest.ToArray()));
    }

    [Theory]
    [InlineData("db/with spaces and 'quotes' \"of\" both kinds")]
    [InlineData("db/-rf")]
    [InlineData("db/.hidden")]
    [InlineData("db/Grüße-数据-🗄")]
    [InlineData("db/100%;$(id)&*?[x]")]
    [InlineData("db/two..dots")]
    public async Task A_key_may_hold_what_file_names_hold(string key)
    {
        using var writer = await Store.OpenForWritingAsync(default);
        await PublishAsync(writer, key, [1, 2]);
        Assert.Contains(key, Reopen().List("db"));
        Assert.Equal([1, 2], Read(Store, key));
        Assert.Equal(key, Store.KeyOf(Store.NameOf(key)));
        writer.Delete(key + ".manifest.json", [key]);
        AssertEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("../beside")]
    [InlineData("db/../../beside")]
    [InlineData("db/./x")]
    [InlineData("db//x")]
    [InlineData("db/")]
    [InlineData("db/nul\0")]
    public void What_could_lead_out_of_the_store_is_no_key(string key)
    {
        Assert.Throws<ArgumentException>(() => Store.NameOf(key));
        Assert.Throws<ArgumentException>(() => Store.Open(key));
        Assert.Throws<ArgumentException>(() => Store.Put(key, [1], replace: true));
    }

    [Fact]
    public void A_name_from_elsewhere_has_no_key() => Assert.Null(Store.KeyOf(Path.Combine(Path.GetTempPath(), "db", "app.db.gz")));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000_001)]
    public async Task Objects_of_every_size_come_back_as_they_were(int size)
    {
        var bytes = RandomNumberGenerator.GetBytes(size);
        using (var writer = await Store.OpenForWritingAsync(default)) await PublishAsync(writer, Artefact, bytes);
        Store.Put("restores/one.json", bytes, replace: false);
        foreach (var key in new[] { Artefact, "restores/one.json" })
        {
            Assert.Equal(size, Store.Size(key));
            Assert.Equal(bytes, Read(Reopen(), key));
            await using var stream = Store.Open(key);
            Assert.Equal(size, stream.Length);
            using var copy = await Store.OpenLocallyAsync(key, default);
            Assert.Equal(bytes, await File.ReadAllBytesAsync(copy.Path));
        }
    }

    [Fact]
    public async Task A_local_copy_goes_and_the_object_stays()
    {
        using (var writer = await Store.OpenForWritingAsync(default)) await PublishAsync(writer, Artefact, [1, 2, 3]);
        using (var copy = await Store.OpenLocallyAsync(Artefact, default)) Assert.True(File.Exists(copy.Path));
        Assert.Equal([1, 2, 3], Read(Store, Artefact));
    }

    [Fact]
    public void A_single_object_is_replaced_only_where_that_is_asked_for()
    {
        Store.Put("restores/one.json", "first"u8, replace: false);
        Assert.ThrowsAny<IOException>(() => Store.Put("restores/one.json", "second"u8, replace: false));
        Assert.Equal("first"u8, Read(Store, "restores/one.json"));
        using var before = Store.Open("restores/one.json");
        Store.Put("restores/one.json", "third"u8, replace: true);
        Store.SweepUnfinished("restores", _ => true);
        Assert.Equal("third"u8, Read(Reopen(), "restores/one.json"));
        Assert.Equal("first", new StreamReader(before).ReadToEnd());
        Assert.Equal(["restores/one.json"], Store.List("restores"));
        Store.Delete("restores/one.json");
        Store.Delete("restores/one.json");
        Assert.Empty(Reopen().List("restores"));
    }

    [Fact]
    public async Task There_is_one_writer_at_a_time()
    {
        var first = await Store.OpenForWritingAsync(default);
        using (var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(300)))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Reopen().OpenForWritingAsync(limit.Token));
        var waiting = Reopen().OpenForWritingAsync(default);
        await PublishAsync(first, Artefact, [1]);
        first.Dispose();
        using var second = await waiting;
        Assert.Equal([1], Read(Store, Artefact));
        await PublishAsync(second, "db/second.db.gz", [2]);
        Assert.Equal(4, Store.List("db").Count);
    }

    [Fact]
    public async Task A_store_is_not_unlocked_under_a_living_writer()
    {
        Assert.Null(Store.Unlock());
        using (await Store.OpenForWritingAsync(default)) Assert.Throws<DatabaseBusyException>(() => Reopen().Unlock());
        (await Store.OpenForWritingAsync(default)).Dispose();
    }

    public virtual void Dispose() => GC.SuppressFinalize(this);

    private static async Task PublishAsync(IStoreWriter writer, string key, byte[] bytes)
    {
        using var draft = writer.NewDraft(BackupKeys.NewId());
        await File.WriteAllBytesAsync(draft.PathFor(BackupKeys.FolderOf(key)), bytes);
        await draft.PublishAsync([new DraftPart(key, Manifest)], default);
    }

    private static byte[] Read(IBackupStore store, string key)
    {
        using var stream = store.Open(key);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private void AssertEmpty() => Assert.Empty(new[] { "db", "runtime", "restores" }.SelectMany(Reopen().List));
}
