using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests;

/// <summary>The main job from end to end, judged by stock tools.</summary>
public sealed class MainJobTests
{
    [StockTheory]
    [InlineData("wal")]
    [InlineData("delete")]
    public async Task A_backup_restores_and_an_undo_brings_back_what_was_live(string journalMode)
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app,
            $"PRAGMA journal_mode={journalMode}; CREATE TABLE posts(id INTEGER PRIMARY KEY, body TEXT); WITH RECURSIVE c(i) AS (SELECT 1 " +
            $"UNION ALL SELECT i+1 FROM c WHERE i<20000) INSERT INTO posts SELECT i, 'post ' || i FROM c;");
        var before = Commands.Dump(app);

        var set = await work.BackUpAsync(app);
        Assert.Equal(BackupStatus.Complete, set.Status);
        Assert.Equal(20000, Assert.Single(set.Tables).Rows);
        Commands.Gunzip(set.BackupFile, work["by-hand.db"]);
        Assert.Equal(before, Commands.Dump(work["by-hand.db"]));
        Assert.Equal(CheckStatus.Passed, (await work.TestAsync(set.Id, VerificationLevel.Restore)).Status);

        Commands.Sqlite(app, "DELETE FROM posts WHERE id > 5; INSERT INTO posts VALUES (-1, 'written after the backup');");
        var damaged = Commands.Dump(app);
        var record = await work.RestoreAsync(set.Id, app);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal(before, Commands.Dump(app));
        Assert.Equal(damaged, Commands.Dump(record.PreviousCopy!));
        Assert.Equal(journalMode, Commands.Sqlite(app, "PRAGMA journal_mode"));

        Assert.Equal(RestoreStatus.Undone, (await work.UndoAsync(record.RestoreId)).Status);
        Assert.Equal(damaged, Commands.Dump(app));
        Assert.DoesNotContain(work.AllFiles(), file => file.Contains("partial") || file.Contains("stage") || file.Contains("lock")
            || file.Contains("journal") || file.Contains("scratch"));
    }
}
