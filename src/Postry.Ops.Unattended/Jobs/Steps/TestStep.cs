using Postry.Ops.Engine.Model;

namespace Postry.Ops.Unattended.Jobs.Steps;

/// <summary>Tests backups: those of this run, otherwise the newest good ones.</summary>
internal sealed class TestStep : IJobStep
{
    public string Plan(JobRun run) => $"Test the newest backup of {run.InWords} up to the level {LevelOf(run)}.";

    public Task<CheckStatus> RunAsync(JobRun run, CancellationToken cancellation) => run.EachAsync(async database =>
    {
        var set = run.BackupOf(database);
        var report = await run.Engine.TestAsync(new BackupSelector { BackupFile = set.ManifestFile }, LevelOf(run), null, cancellation);
        run.Done($"{database.Name}: {set.Id} {report.Status}");
        foreach (var check in report.Checks.Where(check => check.Status is CheckStatus.Failed or CheckStatus.Inconclusive).Take(1))
            run.Add(database.Name, null, $"The backup {set.Id}: {check.Name}: {check.Detail ?? check.Actual ?? $"{check.Status}"}",
                report.Status == CheckStatus.Failed ? "Make a new backup, and look at the disk that holds this one." : null);
        return report.Status;
    });

    private static VerificationLevel LevelOf(JobRun run) => run.Step.Level ?? VerificationLevel.Contents;
}
