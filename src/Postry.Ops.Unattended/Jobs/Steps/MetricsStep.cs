using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Unattended.Jobs.Steps;

/// <summary>Writes the metrics for Prometheus.</summary>
internal sealed class MetricsStep : IJobStep
{
    public string Plan(JobRun run) => $"Write the metrics into {FileOf(run)}.";

    public async Task<CheckStatus> RunAsync(JobRun run, CancellationToken cancellation)
    {
        var statuses = await run.Engine.StatusAsync(null, cancellation);
        OpsEngine.WriteMetrics(OpsEngine.Metrics(statuses), FileOf(run));
        run.Done(FileOf(run));
        return CheckStatus.Passed;
    }

    private static string FileOf(JobRun run) => Path.GetFullPath(run.Step.Path!, run.Engine.Settings.RepoRoot);
}
