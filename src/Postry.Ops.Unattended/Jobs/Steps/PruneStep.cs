using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Unattended.Jobs.Steps;

/// <summary>Removes what no rule of the retention keeps.</summary>
internal sealed class PruneStep : IJobStep
{
    public string Plan(JobRun run) => $"Remove the backups of {run.InWords} that no rule of the retention keeps.";

    public Task<CheckStatus> RunAsync(JobRun run, CancellationToken cancellation) => run.Step.Databases.Count == 0
        ? PruneAsync(run, null, cancellation) : run.EachAsync(database => PruneAsync(run, database.Name, cancellation));

    private static async Task<CheckStatus> PruneAsync(JobRun run, string? database, CancellationToken cancellation)
    {
        var report = await run.Engine.PruneAsync(new RetentionRequest { Database = database }, cancellation);
        run.Done((database is null ? "" : $"{database}: ")
            + Invariant($"{report.Sets.Count(set => set.IsRemoved)} of {report.Sets.Count} removed"));
        foreach (var (name, problem) in RetentionReport.Problems(report)) run.Add(name, "PruneFailed", problem, null);
        var stops = RetentionReport.Stops(report);
        foreach (var (stopped, why) in stops) run.Add(stopped, null, $"Nothing of {stopped} was removed: {why}.", null);
        return stops.Count > 0 ? CheckStatus.Inconclusive : CheckStatus.Passed;
    }
}
