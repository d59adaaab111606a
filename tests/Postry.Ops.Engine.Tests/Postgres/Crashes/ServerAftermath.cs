using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>Settles what a broken restore or undo left by an operator's first command, and asserts what each outcome must be.</summary>
internal static class ServerAftermath
{
    /// <summary>After a broken restore.</summary>
    public static async Task OfRestoreAsync(ServerSite site, FirstCommand first, bool readsFirst = true)
    {
        var live = site.Now;
        Assert.Contains(live, new[] { site.Before, site.Restored });
        if (readsFirst) await site.ReadOnlyCommandsChangeNothingAsync();
        var record = site.Work.Engine.ListRestores().SingleOrDefault();
        // Broken before it was on record, settled by itself, or broken after it was done: then there is nothing left to settle.
        if (record is null or { Status: RestoreStatus.Failed }) await NeverHappenedAsync(site);
        else if (record.Status == RestoreStatus.Committed) await DoneAsync(site, record);
        else if (live == site.Before) await NotSwappedAsync(site, record, first);
        else await SwappedAsync(site, record, first);
        site.AssertTidy();
    }

    /// <summary>After a broken undo of a committed restore.</summary>
    public static async Task OfUndoAsync(ServerSite site, RestoreRecord restore, FirstCommand first, bool readsFirst = true)
    {
        var live = site.Now;
        Assert.Contains(live, new[] { site.Before, site.Restored });
        if (readsFirst) await site.ReadOnlyCommandsChangeNothingAsync();
        if (first == FirstCommand.RestoreAgain || site.Record(restore.RestoreId).Status == RestoreStatus.Undone)
        {
            var again = await site.RestoreAsync();
            Assert.Equal(RestoreStatus.Committed, again.Status);
            Assert.Equal(live == site.Before ? RestoreStatus.Undone : RestoreStatus.Committed, site.Record(restore.RestoreId).Status);
            Assert.Equal(site.Restored, site.Now);
            if (ServerScenes.IsSwap(site.Scene)) Assert.Equal(live, site.KeptState(again.PreviousCopy));
        }
        else
        {
            Assert.Equal(RestoreStatus.Undone, (await site.UndoAsync(restore.RestoreId)).Status);
            Assert.Equal(site.Before, site.Now);
            if (ServerScenes.IsSwap(site.Scene)) Assert.Equal(site.Restored, site.KeptState(site.Record(restore.RestoreId).UndoneCopy));
        }

        site.AssertTidy();
    }

    private static async Task NeverHappenedAsync(ServerSite site)
    {
        Assert.Equal(site.Before, site.Now);
        var again = await site.RestoreAsync();
        Assert.Equal(RestoreStatus.Committed, again.Status);
        Assert.Equal(site.Restored, site.Now);
    }

    private static async Task DoneAsync(ServerSite site, RestoreRecord record)
    {
        Assert.Equal(site.Restored, site.Now);
        // It is not asked about again.
        var again = await site.RestoreAsync();
        Assert.Equal(RestoreStatus.Committed, site.Record(record.RestoreId).Status);
        Assert.Equal(RestoreStatus.Undone, (await site.UndoAsync(again.RestoreId)).Status);
        await UndoAsync(site, record);
    }

    private static async Task NotSwappedAsync(ServerSite site, RestoreRecord record, FirstCommand first)
    {
        Assert.Equal(RestoreStatus.InProgress, record.Status);
        Assert.Contains(site.Work.Engine.PendingWarnings(), warning => warning.Contains(record.RestoreId));
        switch (first)
        {
            case FirstCommand.Complete:
                Assert.Equal(RestoreStatus.Failed, (await site.CompleteAsync(record.RestoreId)).Status);
                break;
            case FirstCommand.Undo:
                Assert.Equal(RestoreStatus.Failed, (await site.UndoAsync(record.RestoreId)).Status);
                break;
            default:
                // A backup neither waits for it nor settles it.
                if (site.Scene != ServerScene.New) await site.BackUpAsync();
                var again = await site.RestoreAsync();
                Assert.Equal(RestoreStatus.Committed, again.Status);
                Assert.Equal(site.Restored, site.Now);
                Assert.Equal(RestoreStatus.Undone, (await site.UndoAsync(again.RestoreId)).Status);
                break;
        }

        Assert.Equal(RestoreStatus.Failed, site.Record(record.RestoreId).Status);
        Assert.Null(site.Record(record.RestoreId).PreviousCopy);
        Assert.Equal(site.Before, site.Now);
        Assert.DoesNotContain(site.Work.Engine.PendingWarnings(), warning => warning.Contains(record.RestoreId));
    }

    private static async Task SwappedAsync(ServerSite site, RestoreRecord record, FirstCommand first)
    {
        Assert.Contains(site.Work.Engine.PendingWarnings(), warning => warning.Contains(record.RestoreId));
        switch (first)
        {
            case FirstCommand.RestoreAgain:
                await Assert.ThrowsAsync<TargetPendingException>(site.RestoreAsync);
                // A verdict is for people: no other command gives one.
                await site.BackUpAsync();
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

    private static async Task CompleteAndUndoAsync(ServerSite site, RestoreRecord record)
    {
        Assert.Equal(RestoreStatus.Committed, (await site.CompleteAsync(record.RestoreId)).Status);
        Assert.Equal(site.Restored, site.Now);
        if (ServerScenes.IsSwap(site.Scene)) Assert.Equal(site.Before, site.KeptState(site.Record(record.RestoreId).PreviousCopy));
        await UndoAsync(site, record);
    }

    private static async Task UndoAsync(ServerSite site, RestoreRecord record)
    {
        var undone = await site.UndoAsync(record.RestoreId);
        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.Equal(site.Before, site.Now);
        if (ServerScenes.IsSwap(site.Scene)) Assert.Equal(site.Restored, site.KeptState(undone.UndoneCopy));
        Assert.Empty(site.Work.Engine.PendingWarnings());
    }
}
