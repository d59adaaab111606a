using Postry.Ops.Engine.Model;

namespace Postry.Ops.Unattended.Jobs;

/// <summary>The work of a kind of step.</summary>
internal interface IJobStep
{
    /// <summary>Says what the step would do, in one sentence.</summary>
    string Plan(JobRun run);

    /// <summary>Does the work. Errors: OpsException for what stops the whole step.</summary>
    Task<CheckStatus> RunAsync(JobRun run, CancellationToken cancellation);
}
