using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;
using static Postry.Ops.Engine.Tests.Legacy.LegacyServer;

namespace Postry.Ops.Engine.Tests.Legacy;

/// <summary>A restore of a plain dump that is killed leaves the old database or the new one.</summary>
public sealed class LegacyPostgresKillTests : IDisposable
{
    private readonly Workspace _work = new();

    private static PostgresServer Server => PostgresServer.Shared;

    public void Dispose() => _work.Dispose();

    public static TheoryData<RestoreStrategy, string> Moments()
    {
        var data = new TheoryData<RestoreStrategy, string>();
        foreach (var step in Enum.GetNames<JournalStep>()) data.Add(RestoreStrategy.Swap, step);
        data.Add(RestoreStrategy.Swap, "progress:Restoring into the new database");
        foreach (var step in new[] { "Started", "Staged", "Swapping", "Swapped", "progress:Restoring" })
            data.Add(RestoreStrategy.Schema, step);
        foreach (var step in new[] { "Staged", "Swapping", "Swapped", "progress:Restoring" }) data.Add(RestoreStrategy.InPlace, step);
        return data;
    }

    [PostgresTheory]
    [MemberData(nameof(Moments))]
    public async Task Killed_it_leaves_the_old_or_the_new_one_whole(RestoreStrategy strategy, string moment)
    {
        var target = await Server.CreateDatabaseAsync();
        Server.Psql(target.Database, New);
        var source = await Server.CreateDatabaseAsync();
        Server.Psql(source.Database, Old);
        var (set, before, restored, databases) = (PutSet(_work, source.Database), Contents(target.Database), Contents(source.Database),
            KeptDatabases(target));
        using (var host = HostProcess.RunToEnd("restore", _work.BackupRoot, Server.Url(target.Database), $"id={set.Id}",
            $"strategy={strategy}", $"kill={moment}"))
        {
            if (host.WaitForEnd() != KillMoments.ExitCodeOfKill)
            {
                // Some strategies leave out some steps.
                Assert.Contains(moment, new[] { nameof(JournalStep.Locked), nameof(JournalStep.PreviousCopyTaken) });
                return;
            }
        }

        Assert.Equal(moment == nameof(JournalStep.Swapped) ? restored : before, Contents(target.Database));
        // The undo succeeds, whichever side the restore was on.
        await _work.UndoAsync(Assert.Single(_work.Engine.ListRestores()), target);
        Assert.Equal(before, Contents(target.Database));
        var again = await _work.RestoreAsync(set, target, strategy, allowDifferentSource: true);
        Assert.Equal(restored, Contents(target.Database));
        await _work.UndoAsync(again, target);
        Assert.Equal(before, Contents(target.Database));
        Assert.Equal([], KeptDatabases(target).Except(databases).Where(name => name.StartsWith("postry_stage", StringComparison.Ordinal)));
        Assert.Equal([], _work.AllFiles().Where(file => file.Contains("journal") || file.Contains(".partial")));
    }
}
