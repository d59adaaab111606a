using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Failures;

/// <summary>A backup that will not fit is refused before it writes anything, and there is a way to go on.</summary>
public sealed class BackupSpaceTests : IDisposable
{
    private const string Rows = "CREATE TABLE t(a); INSERT INTO t SELECT randomblob(1000) FROM generate_series(1,2000);";
    private const int Megabyte = 1 << 20;

    private readonly SmallDisk _disk = new(40);
    private readonly Workspace _work = new();

    public void Dispose()
    {
        _disk.Dispose();
        _work.Dispose();
    }

    [SmallDiskFact]
    public async Task A_backup_that_will_not_fit_is_refused_and_nothing_is_written()
    {
        Commands.Sqlite(_work["app.db"], Rows);
        var first = await BackUpAsync();
        // The snapshot fits, and the stored copy beside it does not.
        _disk.FillBut(first.SourceBytes + (first.SizeBytes / 2));
        var before = StockTools.Tree(Path.Combine(Root, "db"));
        var error = await Assert.ThrowsAsync<NotEnoughSpaceException>(() => BackUpAsync());
        Assert.Contains(Root, error.Message);
        Assert.Contains(_work["app.db"], error.Message);
        Assert.Contains($"The backup {first.Id} took {first.SizeBytes:N0}, and the database has ", error.Message);
        Assert.Contains("bytes free", error.Message);
        Assert.Contains("<SkipSpaceCheck>", error.Hint);
        Assert.Contains("<Prune>", error.Hint);
        Assert.Equal(before, StockTools.Tree(Path.Combine(Root, "db")));

        // The database has grown since, and the room is only just enough for what it was.
        _disk.FillBut(first.SourceBytes + first.SizeBytes + (3 * Megabyte));
        Commands.Sqlite(_work["app.db"], "INSERT INTO t SELECT randomblob(1000) FROM generate_series(1,2500);");
        await Assert.ThrowsAsync<NotEnoughSpaceException>(() => BackUpAsync());
        _disk.FillBut(30 * Megabyte);
        Assert.Equal(BackupStatus.Complete, (await BackUpAsync()).Status);
    }

    [SmallDiskFact]
    public async Task An_operator_who_knows_better_goes_on()
    {
        Commands.Sqlite(_work["app.db"], Rows);
        var first = await BackUpAsync();
        // The new contents need much less room than the old ones did.
        Commands.Sqlite(_work["app.db"], "DELETE FROM t; INSERT INTO t SELECT zeroblob(1000) FROM generate_series(1,2000);");
        _disk.FillBut(first.SourceBytes + (first.SizeBytes / 2));
        await Assert.ThrowsAsync<NotEnoughSpaceException>(() => BackUpAsync());
        var set = await BackUpAsync(skip: true);
        Assert.Equal(BackupStatus.Complete, set.Status);
        Assert.Contains(_work.Reporter.Warnings, warning => warning.Contains("goes on, as <SkipSpaceCheck> says", StringComparison.Ordinal));
    }

    [SmallDiskFact]
    public async Task A_first_backup_that_may_not_fit_is_tried_with_a_warning()
    {
        Commands.Sqlite(_work["app.db"], "CREATE TABLE t(a); INSERT INTO t SELECT zeroblob(1000) FROM generate_series(1,2000);");
        var bytes = new FileInfo(_work["app.db"]).Length;
        _disk.FillBut(bytes + (bytes / 2));
        Assert.Equal(BackupStatus.Complete, (await BackUpAsync()).Status);
        Assert.Contains(_work.Reporter.Warnings, warning => warning.Contains("its first backup may not fit", StringComparison.Ordinal));

        _disk.FillBut(bytes / 2);
        var error = await Assert.ThrowsAsync<NotEnoughSpaceException>(() => BackUpAsync());
        Assert.Contains("alone needs", error.Message);
    }

    private string Root => Path.Combine(_disk.Folder, "backups");

    private Task<BackupSet> BackUpAsync(bool skip = false) => new OpsEngine(_work.Settings() with { BackupRoot = Root }, [_work.Reporter])
        .BackUpAsync(new BackupRequest { Source = new SqliteAddress(_work["app.db"]), SkipSpaceCheck = skip, NoRuntime = true });
}
