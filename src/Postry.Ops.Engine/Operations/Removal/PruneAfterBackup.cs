using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Removal;

/// <summary>
/// Makes a backup, tests it, and only if it passes removes what the policy does not keep of the same database. The backup is what counts:
/// a prune that fails is a warning.
/// </summary>
/// <param name="observer">Hears why nothing was pruned.</param>
/// <param name="backUp">Makes the backup.</param>
/// <param name="test">Tests it by all that is stored of it.</param>
/// <param name="prune">Removes what the policy does not keep.</param>
internal sealed class PruneAfterBackup(IOperationObserver observer, Func<Task<BackupSet>> backUp,
    Func<BackupSet, Task<VerificationReport>> test, Func<RetentionRequest, Task<RetentionReport>> prune)
{
    /// <summary>Does all three. Errors: those of the backup and of the test.</summary>
    public async Task<PrunedBackup> RunAsync()
    {
        var set = await MakeAsync();
        if (set.Status != BackupStatus.Complete)
        {
            NothingPruned($"the backup {set.Id} is {set.Status}");
            return new PrunedBackup(set, null, null);
        }

        var report = await test(set);
        if (report.Status != CheckStatus.Passed)
        {
            NothingPruned($"the test of the backup {set.Id} says {report.Status}: {FirstProblem(report)}");
            return new PrunedBackup(set, report, null);
        }

        return new PrunedBackup(set, report, await PruneAsync(set));
    }

    private async Task<BackupSet> MakeAsync()
    {
        try
        {
            return await backUp();
        }
        catch
        {
            NothingPruned("the backup failed");
            throw;
        }
    }

    private async Task<RetentionReport?> PruneAsync(BackupSet set)
    {
        try
        {
            return await prune(new RetentionRequest { Source = (set.Mode, set.SourceIdentity) });
        }
        catch (OpsException e)
        {
            observer.Warning($"The backup {set.Id} is good, but pruning failed: {e.Message} {e.Hint}");
            return null;
        }
    }

    private void NothingPruned(string why) => observer.Warning($"Nothing was pruned, because {why}.");

    private static string FirstProblem(VerificationReport report) =>
        report.Checks.FirstOrDefault(check => check.Status == report.Status) is { } check
            ? $"{check.Name}{(check.Detail is { } detail ? $", {detail.TrimEnd('.')}" : "")}" : $"level {report.Level}";
}
