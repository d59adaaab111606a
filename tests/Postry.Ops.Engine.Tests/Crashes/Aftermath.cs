using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>The command that an operator runs first after a crash.</summary>
public enum FirstCommand
{
    RestoreAgain,
    Complete,
    Undo,
}

/// <summary>Settles what a killed restore or undo left by an operator's first command, and asserts what each outcome must be.</summary>
internal static class Aftermath
{
    /// <summary>After a killed restore.</summary>
    public static async Task OfRestoreAsync(CrashSite site, FirstCommand first)
    {
        var live = site.Now;
        if (site.HasLostItsLogs) AssertLogsAreKept(site);
        else Assert.Contains(live, new[] { site.Before, site.Restored });
        await site.ReadOnlyCommandsChangeNothingAsync();
        var record = site.Work.Engine.ListRestores().SingleOrDefault();
        // Killed before it was on record, or after it was done: then there is nothing to settle.
        if (record is null) await NeverBegunAsync(site);
        else if (record.Status == RestoreStatus.Committed) await DoneAsync(site, record);
        else if (live == site.Restored) await SwappedAsync(site, record, first);
        else await NotSwappedAsync(site, record, first);
        await site.AssertTidyAsync();
    }

    /// <summary>After a killed undo of a committed restore.</summary>
    public static async Task OfUndoAsync(CrashSite site, RestoreRecord restore, FirstCommand first)
    {
        var live = site.Now;
        var logOfStage = site.Work[$".app.db.postry-stage-{restore.RestoreId}-wal"];
        if (site.Scene == Scene.Destroyed && File.Exists(logOfStage) && !File.Exists(logOfStage[..^"-wal".Length]))
        {
            // The damaged file is back and its log is not yet: no rename moves two files at once. The next undo finishes it.
            Assert.Equal(RestoreStatus.Undone, (await site.Work.UndoAsync(restore.RestoreId)).Status);
            Assert.Equal(site.Before, site.Now);
            await site.AssertTidyAsync();
            return;
        }

        Assert.Contains(live, new[] { site.Before, site.Restored });
        await site.ReadOnlyCommandsChangeNothingAsync();
        if (first == FirstCommand.RestoreAgain || site.Record(restore.RestoreId).Status == RestoreStatus.Undone)
        {
            var again = await site.RestoreAsync();
            Assert.Equal(RestoreStatus.Committed, again.Status);
            Assert.Equal(live == site.Before ? RestoreStatus.Undone : RestoreStatus.Committed, site.Record(restore.RestoreId).Status);
            Assert.Equal(site.Restored, site.Now);
            Assert.Equal(live, KeptState(again.PreviousCopy));
        }
        else
        {
            Assert.Equal(RestoreStatus.Undone, (await site.Work.UndoAsync(restore.RestoreId)).Status);
            Assert.Equal(site.Before, site.Now);
            Assert.Equal(site.Restored, KeptState(site.Record(restore.RestoreId).UndoneCopy));
        }

        await site.AssertTidyAsync();
    }

    /// <summary>
    /// Between the removal of a damaged file's logs and the rename that replaces the file, its bytes are still there and all of it is kept.
    /// Nobody can use the file in that state, and the next command that writes puts the logs back (<see cref="NotSwappedAsync"/> asserts
    /// it).
    /// </summary>
    private static void AssertLogsAreKept(CrashSite site)
    {
        Assert.StartsWith(site.Now, site.Before);
        var kept = Assert.Single(Directory.GetFiles(site.Work.Folder, "app.db.previous-*"), file =>
            !file.EndsWith("-wal", StringComparison.Ordinal) && !file.EndsWith("-shm", StringComparison.Ordinal));
        Assert.Equal(site.Before, KeptState(kept));
    }

    private static async Task NeverBegunAsync(CrashSite site)
    {
        Assert.Equal(site.Before, site.Now);
        var again = await site.RestoreAsync();
        Assert.Equal(RestoreStatus.Committed, again.Status);
        Assert.Equal(site.Restored, site.Now);
    }

    private static async Task DoneAsync(CrashSite site, RestoreRecord record)
    {
        Assert.Equal(site.Restored, site.Now);
        // It is not asked about again.
        var again = await site.RestoreAsync();
        Assert.Equal(RestoreStatus.Committed, site.Record(record.RestoreId).Status);
        Assert.Equal(RestoreStatus.Undone, (await site.Work.UndoAsync(again.RestoreId)).Status);
        await UndoAsync(site, record);
    }

    private static async Task NotSwappedAsync(CrashSite site, RestoreRecord record, FirstCommand first)
    {
        Assert.Equal(RestoreStatus.InProgress, record.Status);
        Assert.Contains(site.Work.Engine.PendingWarnings(), warning => warning.Contains(record.RestoreId));
        switch (first)
        {
            case FirstCommand.Complete:
                Assert.Equal(RestoreStatus.Failed,
                    (await site.Work.Engine.CompleteAsync(new RestoreSelector { RestoreId = record.RestoreId })).Status);
                break;
            case FirstCommand.Undo:
                Assert.Equal(RestoreStatus.Failed, (await site.Work.UndoAsync(record.RestoreId)).Status);
                break;
            default:
                var again = await site.RestoreAsync();
                Assert.Equal(RestoreStatus.Committed, again.Status);
                Assert.Equal(site.Restored, site.Now);
                Assert.Equal(RestoreStatus.Undone, (await site.Work.UndoAsync(again.RestoreId)).Status);
                break;
        }

        Assert.Equal(RestoreStatus.Failed, site.Record(record.RestoreId).Status);
        Assert.Null(site.Record(record.RestoreId).PreviousCopy);
        Assert.Equal(site.Before, site.Now);
        Assert.DoesNotContain(site.Work.Engine.PendingWarnings(), warning => warning.Contains(record.RestoreId));
    }

    private static async Task SwappedAsync(CrashSite site, RestoreRecord record, FirstCommand first)
    {
        Assert.Contains(site.Work.Engine.PendingWarnings(), warning => warning.Contains(record.RestoreId));
        switch (first)
        {
            case FirstCommand.RestoreAgain:
                await Assert.ThrowsAsync<TargetPendingException>(site.RestoreAsync);
                Assert.Equal(RestoreStatus.AwaitingVerdict, site.Record(record.RestoreId).Status);
                // A verdict is for people: no other command gives one.
                await site.Work.BackUpAsync(site.App);
                await Assert.ThrowsAsync<TargetPendingException>(site.RestoreAsync);
                Assert.Equal(site.Restored, site.Now);
                Assert.Equal(RestoreStatus.AwaitingVerdict, site.Record(record.RestoreId).Status);
                await CompleteAndUndoAsync(site, record);
                break;
            case FirstCommand.Complete:
                await CompleteAndUndoAsync(site, record);
                break;
            default:
                await UndoAsync(site, record);
                break;
        }
    }

    private static async Task CompleteAndUndoAsync(CrashSite site, RestoreRecord record)
    {
        Assert.Equal(RestoreStatus.Committed, (await site.Work.Engine
            .CompleteAsync(new RestoreSelector { RestoreId = record.RestoreId })).Status);
        Assert.Equal(site.Restored, site.Now);
        Assert.Equal(site.Before, KeptState(site.Record(record.RestoreId).PreviousCopy));
        await UndoAsync(site, record);
    }

    private static async Task UndoAsync(CrashSite site, RestoreRecord record)
    {
        var undone = await site.Work.UndoAsync(record.RestoreId);
        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.Equal(site.Before, site.Now);
        Assert.Equal(site.Restored, KeptState(undone.UndoneCopy));
        Assert.Empty(site.Work.Engine.PendingWarnings());
    }

    private static string KeptState(string? copy) => CrashSite.StateOf(copy ?? "");
}
