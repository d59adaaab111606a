using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>Runs an operator's first command after a broken restore or undo, and asserts what each outcome must be.</summary>
internal static class ServerCrashOutcome
{
    /// <summary>Checks the outcome of a broken restore.</summary>
    public static async Task OfRestoreAsync(ServerFixture fixture, FirstCommand first, bool readsFirst = true)
    {
        var live = fixture.Now;
        Assert.Contains(live, new[] { fixture.Before, fixture.Restored });
        if (readsFirst) await fixture.ReadOnlyCommandsChangeNothingAsync();
        var record = fixture.Work.Engine.ListRestores().SingleOrDefault();
        // Broken before it was on record, rolled back by itself, or broken after it was done: then there is nothing left to recover from.
        if (record is null or { Status: RestoreStatus.Failed }) await NeverHappenedAsync(fixture);
        else if (record.Status == RestoreStatus.Committed) await DoneAsync(fixture, record);
        else if (live == fixture.Before) await NotSwappedAsync(fixture, record, first);
        else await SwappedAsync(fixture, record, first);
        fixture.AssertTidy();
    }

    /// <summary>Checks the outcome of a broken undo of a committed restore.</summary>
    public static async Task OfUndoAsync(ServerFixture fixture, RestoreRecord restore, FirstCommand first, bool readsFirst = true)
    {
        var live = fixture.Now;
        Assert.Contains(live, new[] { fixture.Before, fixture.Restored });
        if (readsFirst) await fixture.ReadOnlyCommandsChangeNothingAsync();
        if (first == FirstCommand.RestoreAgain || fixture.Record(restore.RestoreId).Status == RestoreStatus.Undone)
        {
            var again = await fixture.RestoreAsync();
            Assert.Equal(RestoreStatus.Committed, again.Status);
            Assert.Equal(live == fixture.Before ? RestoreStatus.Undone : RestoreStatus.Committed, fixture.Record(restore.RestoreId).Status);
            Assert.Equal(fixture.Restored, fixture.Now);
            if (ServerScenarios.IsSwap(fixture.Scenario)) Assert.Equal(live, fixture.KeptState(again.PreviousCopy));
        }
        else
        {
            Assert.Equal(RestoreStatus.Undone, (await fixture.UndoAsync(restore.RestoreId)).Status);
            Assert.Equal(fixture.Before, fixture.Now);
            if (ServerScenarios.IsSwap(fixture.Scenario)) Assert.Equal(fixture.Restored,
                fixture.KeptState(fixture.Record(restore.RestoreId).UndoneCopy));
        }

        fixture.AssertTidy();
    }

    private static async Task NeverHappenedAsync(ServerFixture fixture)
    {
        Assert.Equal(fixture.Before, fixture.Now);
        var again = await fixture.RestoreAsync();
        Assert.Equal(RestoreStatus.Committed, again.Status);
        Assert.Equal(fixture.Restored, fixture.Now);
    }

    private static async Task DoneAsync(ServerFixture fixture, RestoreRecord record)
    {
        Assert.Equal(fixture.Restored, fixture.Now);
        // A second restore does not ask about the first one again.
        var again = await fixture.RestoreAsync();
        Assert.Equal(RestoreStatus.Committed, fixture.Record(record.RestoreId).Status);
        Assert.Equal(RestoreStatus.Undone, (await fixture.UndoAsync(again.RestoreId)).Status);
        await UndoAsync(fixture, record);
    }

    private static async Task NotSwappedAsync(ServerFixture fixture, RestoreRecord record, FirstCommand first)
    {
        Assert.Equal(RestoreStatus.InProgress, record.Status);
        Assert.Contains(fixture.Work.Engine.PendingWarnings(), warning => warning.Contains(record.RestoreId));
        switch (first)
        {
            case FirstCommand.Complete:
                Assert.Equal(RestoreStatus.Failed, (await fixture.CompleteAsync(record.RestoreId)).Status);
                break;
            case FirstCommand.Undo:
                Assert.Equal(RestoreStatus.Failed, (await fixture.UndoAsync(record.RestoreId)).Status);
                break;
            default:
                // A backup neither waits for the restore nor recovers from it.
                if (fixture.Scenario != ServerScenario.New) await fixture.BackUpAsync();
                var again = await fixture.RestoreAsync();
                Assert.Equal(RestoreStatus.Committed, again.Status);
                Assert.Equal(fixture.Restored, fixture.Now);
                Assert.Equal(RestoreStatus.Undone, (await fixture.UndoAsync(again.RestoreId)).Status);
                break;
        }

        Assert.Equal(RestoreStatus.Failed, fixture.Record(record.RestoreId).Status);
        Assert.Null(fixture.Record(record.RestoreId).PreviousCopy);
        Assert.Equal(fixture.Before, fixture.Now);
        Assert.DoesNotContain(fixture.Work.Engine.PendingWarnings(), warning => warning.Contains(record.RestoreId));
    }

    private static async Task SwappedAsync(ServerFixture fixture, RestoreRecord record, FirstCommand first)
    {
        Assert.Contains(fixture.Work.Engine.PendingWarnings(), warning => warning.Contains(record.RestoreId));
        switch (first)
        {
            case FirstCommand.RestoreAgain:
                await Assert.ThrowsAsync<TargetPendingException>(fixture.RestoreAsync);
                // A verdict is for people: no other command gives one.
                await fixture.BackUpAsync();
                await Assert.ThrowsAsync<TargetPendingException>(fixture.RestoreAsync);
                Assert.Equal(fixture.Restored, fixture.Now);
                Assert.Equal(RestoreStatus.AwaitingVerdict, fixture.Record(record.RestoreId).Status);
                await CompleteAndUndoAsync(fixture, record);
                break;
            case FirstCommand.Complete:
                await CompleteAndUndoAsync(fixture, record);
                break;
            default:
                await UndoAsync(fixture, record);
                break;
        }
    }

    private static async Task CompleteAndUndoAsync(ServerFixture fixture, RestoreRecord record)
    {
        Assert.Equal(RestoreStatus.Committed, (await fixture.CompleteAsync(record.RestoreId)).Status);
        Assert.Equal(fixture.Restored, fixture.Now);
        if (ServerScenarios.IsSwap(fixture.Scenario)) Assert.Equal(fixture.Before,
            fixture.KeptState(fixture.Record(record.RestoreId).PreviousCopy));
        await UndoAsync(fixture, record);
    }

    private static async Task UndoAsync(ServerFixture fixture, RestoreRecord record)
    {
        var undone = await fixture.UndoAsync(record.RestoreId);
        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.Equal(fixture.Before, fixture.Now);
        if (ServerScenarios.IsSwap(fixture.Scenario)) Assert.Equal(fixture.Restored, fixture.KeptState(undone.UndoneCopy));
        Assert.Empty(fixture.Work.Engine.PendingWarnings());
    }
}
