using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;
using Postry.Ops.Unattended.Jobs.Steps;

namespace Postry.Ops.Unattended.Jobs;

/// <summary>The steps by kind.</summary>
internal static class JobSteps
{
    public static IJobStep Of(JobStepEntry step) => step.Kind switch
    {
        JobStepKind.Backup => new BackupStep(),
        JobStepKind.Test => new TestStep(),
        JobStepKind.Copy => new CopyStep(),
        JobStepKind.Prune => new PruneStep(),
        JobStepKind.Drill => new RestoreDrillStep(),
        JobStepKind.Metrics => new MetricsStep(),
        JobStepKind.Smoke => new SmokeStep(),
        _ => new CommandStep(),
    };

    public static string NameOf(JobStepEntry step) => step.Name ?? step.Kind switch
    {
        JobStepKind.Test => $"Test {step.Level ?? VerificationLevel.Contents}",
        _ => $"{step.Kind}",
    };
}
