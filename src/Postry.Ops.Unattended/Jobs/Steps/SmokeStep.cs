using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Unattended.Jobs.Steps;

/// <summary>Makes smoke checks.</summary>
internal sealed class SmokeStep : IJobStep
{
    public string Plan(JobRun run) => $"Make {(run.Step.Checks.Count == 0 ? "every smoke check" : string.Join(", ", run.Step.Checks))}.";

    public async Task<CheckStatus> RunAsync(JobRun run, CancellationToken cancellation)
    {
        var report = await run.Engine.SmokeAsync(new SmokeRequest { Names = run.Step.Checks }, cancellation);
        run.Done(Invariant($"{report.Checks.Count(check => check.Status == CheckStatus.Passed)} of {report.Checks.Count} checks passed"));
        foreach (var check in report.Checks.Where(check => check.Status is CheckStatus.Failed or CheckStatus.Inconclusive))
            run.Add(check.Name, null, check.Detail ?? check.Actual ?? $"{check.Status}", null);
        return report.Status;
    }
}
