using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Model;
using Postry.Ops.Unattended.Jobs;
using JobFailedException = Postry.Ops.Engine.Diagnostics.JobFailedException;

namespace Postry.Ops.Commands;

/// <summary>Runs a job of postry.json: its steps one after another, with one result.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PostryJob", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType("Postry.Ops.Engine.Model.JobReport", "Postry.Ops.Engine.Model.JobPlan")]
public sealed class InvokePostryJobCommand : KeyedCommand
{
    /// <summary>The name of the job in postry.json.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Job")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(JobNameCompleter))]
    public string? Name { get; set; }

    /// <summary>How long to wait for the same job in another process, and for commands that are at work there.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? WaitTimeout { get; set; }

    private protected override TimeSpan? GivenWaitTimeout => WaitTimeout;

    /// <summary>Emit a report that says Skipped where another process is running the job.</summary>
    [Parameter]
    public SwitchParameter SkipIfRunning { get; set; }

    private protected override void Process()
    {
        var plan = Run((engine, _) => Task.FromResult(new JobRunner(engine).Plan(Name!)));
        var text = $"Run the job {plan.Job}:\n{string.Join('\n', plan.Steps.Select(step => $"{step.Name}: {step.Detail}"))}";
        if (!ShouldProcess(text, text, "Run a job", out var reason))
        {
            if (reason.HasFlag(ShouldProcessReason.WhatIf)) WriteObject(plan);
            return;
        }

        JobReport? report = null;
        Run(async (engine, relay, cancellation) =>
            report = await new JobRunner(engine, relay).RunAsync(Name!, SkipIfRunning, cancellation));
        WriteObject(report);
        // A script that runs a job must not go on as if all were well.
        if (report!.Status is CheckStatus.Failed or CheckStatus.Inconclusive)
            throw new JobFailedException(report.Job, $"The job {report.Job} did not succeed: {report.Detail}.{FirstProblem(report)}",
                "Look at Steps and Problems of the report that was emitted before this error.");
    }

    private static string FirstProblem(JobReport report) =>
        report.Steps.SelectMany(step => step.Problems).FirstOrDefault() is { } problem
            ? $" {(problem.Subject is null ? "" : $"{problem.Subject}: ")}{problem.Message}" : "";
}
