using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Drills;

/// <summary>The verdict on a drill, from what its evidence holds.</summary>
internal static class DrillVerdict
{
    /// <summary>The evidence with its status and deviations. Only a drill whose every step and check passed, and that compared data, has
    /// passed; whatever was skipped counts for nothing.</summary>
    public static RestoreDrill Of(RestoreDrill drill, bool isInterrupted)
    {
        var provesData = drill.Tables.Any(table => table.Status == CheckStatus.Passed)
            || drill.Smoke.Any(check => check is { Kind: SmokeKind.Sql or SmokeKind.Table, Status: CheckStatus.Passed });
        var worst = Check.Worst([.. drill.Steps.Select(step => step.Status), .. drill.Checks.Select(check => check.Status),
            .. drill.Smoke.Select(check => check.Status).Select(AsProof)]);
        var status = isInterrupted ? DrillStatus.Interrupted
            : worst == CheckStatus.Failed ? DrillStatus.Failed
            : worst == CheckStatus.Passed && provesData && drill.Steps.All(step => IsDone(step)) ? DrillStatus.Passed
            : DrillStatus.Inconclusive;
        return drill with { Status = status, Deviations = [.. Deviations(drill, provesData, isInterrupted)] };
    }

    // A check that waits for another one, which did not pass, says nothing; the other one says it.
    private static CheckStatus AsProof(CheckStatus status) => status == CheckStatus.Skipped ? CheckStatus.Inconclusive : status;

    // A database without smoke checks is proven by its rows.
    private static bool IsDone(DrillStep step) =>
        step.Status == CheckStatus.Passed || step is { Name: DrillSteps.Smoke, Status: CheckStatus.Skipped };

    private static IEnumerable<string> Deviations(RestoreDrill drill, bool provesData, bool isInterrupted)
    {
        if (isInterrupted) yield return "The drill was interrupted by its operator.";
        foreach (var step in drill.Steps.Where(step => step.Status is CheckStatus.Failed or CheckStatus.Inconclusive))
            yield return $"Step \"{step.Name}\": {step.Status}. {Sentence.End(step.Detail)}".TrimEnd();
        foreach (var check in drill.Checks.Where(check => check.Status is CheckStatus.Failed or CheckStatus.Inconclusive))
            yield return Line("Check", check.Name, check.Status, check.Expected, check.Actual, check.Detail);
        foreach (var check in drill.Smoke.Where(check => check.Status != CheckStatus.Passed))
            yield return Line("Smoke check", check.Name, check.Status, check.Expected, check.Actual, check.Detail);
        if (drill.Steps.All(IsDone) && !provesData) yield return "No rows, fingerprints or queries were compared, so nothing is proven.";
        if (drill.Rpo is { Status: ObjectiveStatus.Missed } rpo)
            yield return $"Recovery point: the newest backup before the drill was {Durations.Write(rpo.Realised!.Value)} old; the " +
                $"objective is {Durations.Write(rpo.Objective)}.";
        if (drill.Rpo is { Status: ObjectiveStatus.Unknown })
            yield return "Recovery point: unknown, because there was no good backup before the drill.";
        if (drill.Rto is { Status: ObjectiveStatus.Missed } rto)
            yield return $"Recovery time: {Durations.Write(rto.Realised!.Value)}; the objective is {Durations.Write(rto.Objective)}.";
        if (drill.Rto is { Status: ObjectiveStatus.Unknown })
            yield return "Recovery time: unknown, because it was not proven that the data are back.";
        foreach (var remark in drill.Deviations) yield return remark;
    }

    private static string Line(string kind, string name, CheckStatus status, string? expected, string? actual, string? detail) =>
        $"{kind} \"{name}\": {status}; expected {expected ?? "-"}, found {actual ?? "-"}. {detail}".TrimEnd();
}
