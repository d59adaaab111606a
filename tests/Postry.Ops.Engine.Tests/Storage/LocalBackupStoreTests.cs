using Postry.Ops.Engine.Storage;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Storage;

/// <summary>The folder as a store.</summary>
public sealed class LocalBackupStoreTests : BackupStoreContract
{
    private readonly Workspace _work = new();
    private readonly LocalBackupStore _store;

    public LocalBackupStoreTests() => _store = new LocalBackupStore(_work.BackupRoot);

    private protected override IBackupStore Store => _store;

    private protected override IBackupStore Reopen() => new LocalBackupStore(_work.BackupRoot);

    [Fact]
    public async Task A_local_copy_is_the_stored_file_itself()
    {
        _store.Put("restores/one.json", [1], replace: false);
        using var copy = await _store.OpenLocallyAsync("restores/one.json", default);
        Assert.Equal(_work["backups/restores/one.json"], copy.Path);
    }

    [Fact]
    public void A_name_that_was_reached_through_a_link_has_its_key()
    {
        _store.Put("db/app.db.gz", [1], replace: false);
        Directory.CreateSymbolicLink(_work["link"], _work["backups/db"]);
        Assert.Equal("db/app.db.gz", _store.KeyOf(_work["link/app.db.gz"]));
        Assert.Null(_store.KeyOf(_work["elsewhere/app.db.gz"]));
    }

    [Fact]
    public void The_archive_of_a_set_that_is_not_published_yet_is_no_set_of_its_own()
    {
        const string archive = "runtime/runtime-app-20260101T000000Z-0a1b2c3d.tar.gz";
        foreach (var key in new[] { archive, archive + ".manifest.json", "runtime/runtime-app-20260101T000000Z-0a1b2c3e.tar.gz" })
            _store.Put(key, [1], replace: false);
        Assert.Equal(3, _store.List("runtime").Count);
        Directory.CreateDirectory(_work["backups/db"]);
        File.WriteAllText(_work["backups/db/sqlite-app-20260101T000000Z-0a1b2c3d.db.gz.manifest.json.partial"], "half");
        Assert.Equal(["runtime/runtime-app-20260101T000000Z-0a1b2c3e.tar.gz"], _store.List("runtime"));
        _store.Put("db/sqlite-app-20260101T000000Z-0a1b2c3d.db.gz.manifest.json", [1], replace: false);
        Assert.Equal(3, _store.List("runtime").Count);
    }

    [Fact]
    public void What_a_killed_process_left_of_putting_an_object_goes_with_its_owner_alone()
    {
        _store.Put("restores/mine.json", [1], replace: false);
        foreach (var name in new[] { "mine", "theirs" })
            File.WriteAllText(_work[$"backups/restores/{name}.json.{Guid.NewGuid():N}.partial"], "half");
        _store.SweepUnfinished("restores", key => key == "restores/mine.json");
        Assert.Equal(["restores/mine.json"], _store.List("restores"));
        Assert.Contains("theirs", Assert.Single(Directory.GetFiles(_work["backups/restores"], "*.partial")), StringComparison.Ordinal);
    }

    public override void Dispose()
    {
        _work.Dispose();
        base.Dispose();
    }
}
