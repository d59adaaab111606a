using System.Diagnostics;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Unattended.Jobs;

/// <summary>Runs one step of a job within its time limit, with the commands around it.</summary>
internal sealed class StepRun(OpsEngine engine, JobEntry job, JobStepEntry step, Dictionary<string, BackupSet?> made)
{
    /// <summary>The id of the error of a step whose time limit was over.</summary>
    public const string TimedOut = "TimedOut";

    // A person who stops a job does not wait for hours, and a service manager kills what does not end.
    private static readonly TimeSpan AfterInterruption = TimeSpan.FromMinutes(1);

    private readonly JobRun _run = new(engine, step, made)
    {
        Variables = new Dictionary<string, string?>
        {
            [EnvironmentVariables.Job] = job.Name,
            [EnvironmentVariables.JobStep] = JobSteps.NameOf(step),
        },
    };

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly DateTime _startedAt = DateTime.UtcNow;

    /// <summary>Runs it. Errors: OperationCanceledException where the job is stopped; all else is a result.</summary>
    public async Task<JobStepResult> RunAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(step.Timeout);
        var status = CheckStatus.Failed;
        try
        {
            status = await CommandAsync("before", step.Before, null, step.Timeout, limit.Token)
                ? await WorkAsync(limit.Token) : CheckStatus.Failed;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            status = CheckStatus.Failed;
            _run.Add(null, TimedOut, Invariant($"The step had not ended after {Durations.InWords(step.Timeout)}, and was stopped."),
                "Find out what it waited for, or raise its timeout in postry.json.");
        }
        finally
        {
            // The command after a step puts right what the one before it has stopped or mounted, also after Ctrl-C.
            var longest = cancellation.IsCancellationRequested && step.Timeout > AfterInterruption ? AfterInterruption : step.Timeout;
            if (!await CommandAsync("after", step.After, status, longest, CancellationToken.None)) status = CheckStatus.Failed;
        }

        return new JobStepResult(JobSteps.NameOf(step), $"{step.Kind}", status, _startedAt, _clock.Elapsed, _run.Detail, _run.Problems);
    }

    private async Task<CheckStatus> WorkAsync(CancellationToken cancellation)
    {
        try
        {
            var status = await JobSteps.Of(step).RunAsync(_run, cancellation);
            return _run.Problems.Any(problem => problem.ErrorId is not null) ? CheckStatus.Failed : status;
        }
        catch (OpsException e)
        {
            _run.Add(null, e);
            return CheckStatus.Failed;
        }
    }

    private async Task<bool> CommandAsync(string name, string? command, CheckStatus? result, TimeSpan timeout,
        CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(command)) return true;
        var variables = new Dictionary<string, string?>(_run.Variables);
        if (result is { } known) variables[EnvironmentVariables.JobStepResult] = $"{known}";
        var problem = await engine.RunCommandAsync($"{JobSteps.NameOf(step)}, {name}", command, timeout, variables, cancellation);
        if (problem is null) return true;
        _run.Add($"the command {name}", "ToolFailed", problem, $"Make the command ({name} of the step) work, or leave it out.");
        return false;
    }
}
