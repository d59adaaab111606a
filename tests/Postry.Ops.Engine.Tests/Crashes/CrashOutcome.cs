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

/// <summary>Runs an operator's first command after a killed restore or undo, and asserts what each outcome must be.</summary>
internal static class CrashOutcome
{
    /// <summary>Checks the outcome of a killed restore.</summary>
    public static async Task OfRestoreAsync(CrashFixture fixture, FirstCommand first)
    {
        var live = fixture.Now;
        if (fixture.HasLostItsLogs) AssertLogsAreKept(fixture);
        else Assert.Contains(live, new[] { fixture.Before, fixture.Restored });
        await fixture.ReadOnlyCommandsChangeNothingAsync();
        var record = fixture.Work.Engine.ListRestores().SingleOrDefault();
        // Killed before it was on record, or after it was done: then there is nothing to recover from.
        if (record is null) await NeverBegunAsync(fixture);
        else if (record.Status == RestoreStatus.Committed) await DoneAsync(fixture, record);
        else if (live == fixture.Restored) await SwappedAsync(fixture, record, first);
        else await NotSwappedAsync(fixture, record, first);
        await fixture.AssertTidyAsync();
    }

    /// <summary>Checks the outcome of a killed undo of a committed restore.</summary>
    public static async Task OfUndoAsync(CrashFixture fixture, RestoreRecord restore, FirstCommand first)
    {
        var live = fixture.Now;
        var logOfStage = fixture.Work[$".app.db.postry-stage-{restore.RestoreId}-wal"];
        if (fixture.Scenario == Scenario.Destroyed && File.Exists(logOfStage) && !File.Exists(logOfStage[..^"-wal".Length]))
        {
            // The damaged file is back and its log is not yet: no rename moves two files at once. The next undo finishes it.
            Assert.Equal(RestoreStatus.Undone, (await fixture.Work.UndoAsync(restore.RestoreId)).Status);
            Assert.Equal(fixture.Before, fixture.Now);
            await fixture.AssertTidyAsync();
            return;
        }

        Assert.Contains(live, new[] { fixture.Before, fixture.Restored });
        await fixture.ReadOnlyCommandsChangeNothingAsync();
        if (first == FirstCommand.RestoreAgain || fixture.Record(restore.RestoreId).Status == RestoreStatus.Undone)
        {
            var again = await fixture.RestoreAsync();
            Assert.Equal(RestoreStatus.Committed, again.Status);
            Assert.Equal(live == fixture.Before ? RestoreStatus.Undone : RestoreStatus.Committed, fixture.Record(restore.RestoreId).Status);
            Assert.Equal(fixture.Restored, fixture.Now);
            Assert.Equal(live, KeptState(again.PreviousCopy));
        }
        else
        {
            Assert.Equal(RestoreStatus.Undone, (await fixture.Work.UndoAsync(restore.RestoreId)).Status);
            Assert.Equal(fixture.Before, fixture.Now);
            Assert.Equal(fixture.Restored, KeptState(fixture.Record(restore.RestoreId).UndoneCopy));
        }

        await fixture.AssertTidyAsync();
    }

    /// <summary>
    /// Between the removal of a damaged file's logs and the rename that replaces the file, its bytes are still there and all of it is kept.
    /// No application can use the file in that state, and the next command that writes puts the logs back (<see cref="NotSwappedAsync"/>
    /// asserts it).
    /// </summary>
    private static void AssertLogsAreKept(CrashFixture fixture)
    {
        Assert.StartsWith(fixture.Now, fixture.Before);
        var kept = Assert.Single(Directory.GetFiles(fixture.Work.Folder, "app.db.previous-*"), file =>
            !file.EndsWith("-wal", StringComparison.Ordinal) && !file.EndsWith("-shm", StringComparison.Ordinal));
        Assert.Equal(fixture.Before, KeptState(kept));
    }

    private static async Task NeverBegunAsync(CrashFixture fixture)
    {
        Assert.Equal(fixture.Before, fixture.Now);
        var again = await fixture.RestoreAsync();
        Assert.Equal(RestoreStatus.Committed, again.Status);
        Assert.Equal(fixture.Restored, fixture.Now);
    }

    private static async Task DoneAsync(CrashFixture fixture, RestoreRecord record)
    {
        Assert.Equal(fixture.Restored, fixture.Now);
        // The second restore finds nothing more to recover from.
        var again = await fixture.RestoreAsync();
        Assert.Equal(RestoreStatus.Committed, fixture.Record(record.RestoreId).Status);
        Assert.Equal(RestoreStatus.Undone, (await fixture.Work.UndoAsync(again.RestoreId)).Status);
        await UndoAsync(fixture, record);
    }

    private static async Task NotSwappedAsync(CrashFixture fixture, RestoreRecord record, FirstCommand first)
    {
        Assert.Equal(RestoreStatus.InProgress, record.Status);
        Assert.Contains(fixture.Work.Engine.PendingWarnings(), warning => warning.Contains(record.RestoreId));
        switch (first)
        {
            case FirstCommand.Complete:
                Assert.Equal(RestoreStatus.Failed,
                    (await fixture.Work.Engine.CompleteAsync(new RestoreSelector { RestoreId = record.RestoreId })).Status);
                break;
            case FirstCommand.Undo:
                Assert.Equal(RestoreStatus.Failed, (await fixture.Work.UndoAsync(record.RestoreId)).Status);
                break;
            default:
                var again = await fixture.RestoreAsync();
                Assert.Equal(RestoreStatus.Committed, again.Status);
                Assert.Equal(fixture.Restored, fixture.Now);
                Assert.Equal(RestoreStatus.Undone, (await fixture.Work.UndoAsync(again.RestoreId)).Status);
                break;
        }

        Assert.Equal(RestoreStatus.Failed, fixture.Record(record.RestoreId).Status);
        Assert.Null(fixture.Record(record.RestoreId).PreviousCopy);
        Assert.Equal(fixture.Before, fixture.Now);
        Assert.DoesNotContain(fixture.Work.Engine.PendingWarnings(), warning => warning.Contains(record.RestoreId));
    }

    private static async Task SwappedAsync(CrashFixture fixture, RestoreRecord record, FirstCommand first)
    {
        Assert.Contains(fixture.Work.Engine.PendingWarnings(), warning => warning.Contains(record.RestoreId));
        switch (first)
        {
            case FirstCommand.RestoreAgain:
                await Assert.ThrowsAsync<TargetPendingException>(fixture.RestoreAsync);
                Assert.Equal(RestoreStatus.AwaitingVerdict, fixture.Record(record.RestoreId).Status);
                // A verdict is for people: no other command gives one.
                await fixture.Work.BackUpAsync(fixture.App);
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

    private static async Task CompleteAndUndoAsync(CrashFixture fixture, RestoreRecord record)
    {
        Assert.Equal(RestoreStatus.Committed, (await fixture.Work.Engine
            .CompleteAsync(new RestoreSelector { RestoreId = record.RestoreId })).Status);
        Assert.Equal(fixture.Restored, fixture.Now);
        Assert.Equal(fixture.Before, KeptState(fixture.Record(record.RestoreId).PreviousCopy));
        await UndoAsync(fixture, record);
    }

    private static async Task UndoAsync(CrashFixture fixture, RestoreRecord record)
    {
        var undone = await fixture.Work.UndoAsync(record.RestoreId);
        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.Equal(fixture.Before, fixture.Now);
        Assert.Equal(fixture.Restored, KeptState(undone.UndoneCopy));
        Assert.Empty(fixture.Work.Engine.PendingWarnings());
    }

    private static string KeptState(string? copy) => CrashFixture.StateOf(copy ?? "");
}
