using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations;
using Postry.Ops.Engine.Operations.Drills;

namespace Postry.Ops.Unattended.Jobs.Steps;

/// <summary>Drills the restore of backups: those of this run, otherwise the newest good ones.</summary>
internal sealed class RestoreDrillStep : IJobStep
{
    public string Plan(JobRun run) => $"Drill a restore of the newest backup of {run.InWords}, and sign the evidence.";

    public Task<CheckStatus> RunAsync(JobRun run, CancellationToken cancellation) => run.EachAsync(async database =>
    {
        var common = new DrillRequest();
        var request = run.Made.ContainsKey(database.Name)
            ? common with { Backup = new BackupSelector { BackupFile = run.BackupOf(database).ManifestFile }, Entry = database.Name }
            : DrillChoice.Of(new DatabaseChoice { Name = database.Name }.Choose(run.Engine.Settings), database.Name, latest: true, common);
        var drill = await run.Engine.DrillAsync(request, cancellation);
        run.Done($"{database.Name}: {drill.DrillId} {drill.Status}");
        if (drill.Status == DrillStatus.Passed) return CheckStatus.Passed;
        run.Add(database.Name, null, $"The drill {drill.DrillId}: {drill.Deviations.FirstOrDefault() ?? $"{drill.Status}"}",
            drill.EvidenceFile is { } file ? $"Read the evidence: {file}" : null);
        return drill.Status == DrillStatus.Inconclusive ? CheckStatus.Inconclusive : CheckStatus.Failed;
    });
}
