using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Unattended.Jobs.Steps;

/// <summary>Runs a command of the operator.</summary>
internal sealed class CommandStep : IJobStep
{
    public string Plan(JobRun run) => $"Run the command: {OpsEngine.MaskCommand(run.Step.Command!)}";

    public async Task<CheckStatus> RunAsync(JobRun run, CancellationToken cancellation)
    {
        var problem = await run.Engine.RunCommandAsync(JobSteps.NameOf(run.Step), run.Step.Command!, run.Step.Timeout, run.Variables,
            cancellation);
        if (problem is null)
        {
            run.Done("exit code 0");
            return CheckStatus.Passed;
        }

        run.Add(null, "ToolFailed", problem, "Make the command work, or leave the step out.");
        return CheckStatus.Failed;
    }
}
