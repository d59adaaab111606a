using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>
/// A restore is killed while an application writes at full speed. The application goes on by itself, and no commit that it was told
/// succeeded is in neither the live database nor a kept copy, whatever happens next.
/// </summary>
public sealed class WriterKillTests(ITestOutputHelper output)
{
    public static TheoryData<int> Iterations() => KillMoments.Iterations();

    [StockTheory]
    [InlineData("wal", "Started")]
    [InlineData("wal", "Staged")]
    [InlineData("wal", "Locked")]
    [InlineData("wal", "PreviousCopyTaken")]
    [InlineData("wal", "Swapping")]
    [InlineData("wal", "Swapped")]
    [InlineData("delete", "Started")]
    [InlineData("delete", "Staged")]
    [InlineData("delete", "Locked")]
    [InlineData("delete", "PreviousCopyTaken")]
    [InlineData("delete", "Swapping")]
    [InlineData("delete", "Swapped")]
    public async Task Killed_at_a_step_of_the_journal(string journalMode, string step)
    {
        using var fixture = await BankFixture.OpenAsync(journalMode);
        fixture.Restore($"kill={step}", host => Assert
            .True(host.WaitForEnd() == KillMoments.ExitCodeOfKill, string.Join('\n', host.Lines) + host.Errors));
        fixture.WritersGoOn();
        // However much was written since, it is known on which side of the swap it died.
        var record = await fixture.Work.Engine.CompleteAsync(new RestoreSelector { Latest = true,
            Target = new SqliteAddress(fixture.App) });
        Assert.Equal(step == "Swapped" ? RestoreStatus.Committed : RestoreStatus.Failed, record.Status);
        fixture.CloseAndAssertConsistent();
    }

    [StockTheory]
    [MemberData(nameof(Iterations))]
    public async Task Killed_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(WriterKillTests), iteration);
        using var fixture = await BankFixture.OpenAsync(iteration % 2 == 0 ? "wal" : "delete");
        fixture.Restore("", host => output.WriteLine(KillMoments.KillAtAny(host, random)));
        if (random.Next(2) == 0) fixture.KillWriterAndStartAnother();
        else fixture.WritersGoOn();
        await RecoverAsync(fixture, (FirstCommand)random.Next(3));
        fixture.WritersGoOn();
        fixture.CloseAndAssertConsistent();
    }

    private static async Task RecoverAsync(BankFixture fixture, FirstCommand first)
    {
        var record = fixture.Work.Engine.ListRestores().SingleOrDefault();
        // Killed when all was committed: there is nothing to complete, and the next restore takes over what the process left.
        if (first == FirstCommand.RestoreAgain || record is null
            || (first == FirstCommand.Complete && record.Status == RestoreStatus.Committed))
        {
            try
            {
                await fixture.Work.RestoreAsync(fixture.Backup.Id, fixture.App);
            }
            catch (TargetPendingException)
            {
                first = FirstCommand.Complete;
            }
        }

        if (first == FirstCommand.Undo && record is not null) await fixture.Work.UndoAsync(record.RestoreId);
        if (first == FirstCommand.Complete && record is not null
            && fixture.Record(record.RestoreId).Status is RestoreStatus.InProgress or RestoreStatus.AwaitingVerdict)
            await fixture.Work.Engine.CompleteAsync(new RestoreSelector { RestoreId = record.RestoreId });
    }
}
