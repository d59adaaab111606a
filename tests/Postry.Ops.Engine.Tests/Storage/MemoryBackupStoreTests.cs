using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Storage;

/// <summary>A store that is no folder: the contract does not ask for one.</summary>
public sealed class MemoryBackupStoreTests : BackupStoreContract
{
    private readonly Workspace _work = new();
    private readonly MemoryBackupStore _store;

    public MemoryBackupStoreTests() => _store = new MemoryBackupStore(_work["memory"]);

    private protected override IBackupStore Store => _store;

    private protected override IBackupStore Reopen() => _store;

    [Fact]
    public async Task A_backup_is_worth_the_same_in_a_store_that_is_no_folder()
    {
        var app = _work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)");
        var set = await _work.BackUpAsync(app);
        var key = "db/" + Path.GetFileName(set.BackupFile);
        using var writer = await _store.OpenForWritingAsync(default);
        using (var draft = writer.NewDraft(set.Id))
        {
            File.Copy(set.BackupFile, draft.PathFor("db"));
            await draft.PublishAsync([new DraftPart(key, await File.ReadAllBytesAsync(set.ManifestFile))], default);
        }

        var found = ManifestReader.Read(_store, key + ".manifest.json", _work.Settings().Keys);
        Assert.Equal((set.Id, BackupStatus.Complete, SignatureVerdict.Valid), (found.Set.Id, found.Set.Status, found.Signature.Verdict));
        Assert.Equal("memory:" + key, found.Set.BackupFile);
        Assert.Equal(BackupStatus.Unverified, ManifestReader.Read(_store, key + ".manifest.json", Keyring.Empty).Set.Status);
        using (var copy = await found.Store.OpenLocallyAsync(found.ArtefactKey, default))
            Assert.Equal(StockTools.Hash(set.BackupFile), StockTools.Hash(copy.Path));
        _store.Put(key, [1, 2, 3], replace: true);
        Assert.Equal(BackupStatus.Damaged, ManifestReader.Read(_store, key + ".manifest.json", _work.Settings().Keys).Set.Status);
    }

    public override void Dispose()
    {
        _work.Dispose();
        base.Dispose();
    }
}
