using System.Diagnostics;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Unattended.Jobs;

/// <summary>Runs the jobs of postry.json: their steps one after another, with one result and one entry in the history.</summary>
/// <param name="engine">Does the work of the steps.</param>
/// <param name="observer">Receives which step is running; or null.</param>
public sealed class JobRunner(OpsEngine engine, IOperationObserver? observer = null)
{
    private OpsSettings Settings => engine.Settings;

    /// <summary>Says what a job would do. Reads only, and asks no database. Errors: InvalidRequest where there is no such job,
    /// ConfigurationInvalid.</summary>
    public JobPlan Plan(string name)
    {
        var job = Find(name);
        return new JobPlan(job.Name,
            [.. job.Steps.Select(step => new JobStepPlan(JobSteps.NameOf(step), $"{step.Kind}", PlanOf(step)))]);
    }

    private string PlanOf(JobStepEntry step) => string.Join(' ', new[]
    {
        step.Before is { } before ? $"First the command: {OpsEngine.MaskCommand(before)}." : null,
        JobSteps.Of(step).Plan(new JobRun(engine, step, [])),
        step.After is { } after ? $"Then the command: {OpsEngine.MaskCommand(after)}." : null,
    }.OfType<string>());

    /// <summary>Runs a job. A step that does not succeed is a result. Errors: those of the plan, and DatabaseBusy where the job is running
    /// in another process.</summary>
    /// <param name="name">The name of the job.</param>
    /// <param name="skipIfRunning">True for a result that says Skipped where another process of this host is running the job; otherwise the
    /// job waits as long as the settings allow.</param>
    /// <param name="cancellation">Stops the running step, and the job with it.</param>
    public async Task<JobReport> RunAsync(string name, bool skipIfRunning = false, CancellationToken cancellation = default)
    {
        var job = Find(name);
        return await engine.RunJobAsync(job.Name, skipIfRunning, () => StepsAsync(job, cancellation), cancellation);
    }

    private async Task<JobReport> StepsAsync(JobEntry job, CancellationToken cancellation)
    {
        var (clock, startedAt) = (Stopwatch.StartNew(), DateTime.UtcNow);
        var (results, made) = (new List<JobStepResult>(), new Dictionary<string, BackupSet?>(StringComparer.Ordinal));
        JobStepResult? stopped = null;
        foreach (var step in job.Steps)
        {
            observer?.Progress(new OperationProgress($"Job {job.Name}", JobSteps.NameOf(step), results.Count, job.Steps.Count));
            var result = stopped is null ? await new StepRun(engine, job, step, made).RunAsync(cancellation)
                : new JobStepResult(JobSteps.NameOf(step), $"{step.Kind}", CheckStatus.Skipped, DateTime.UtcNow, TimeSpan.Zero,
                    $"{stopped.Name} did not succeed.", []);
            results.Add(result);
            if (result.Status is CheckStatus.Failed or CheckStatus.Inconclusive && step.OnFailure == StepFailureRule.Stop)
                stopped ??= result;
        }

        return new JobReport(job.Name, StatusOf(results), startedAt, clock.Elapsed, DetailOf(results), results);
    }

    // A job in which every step had nothing to do has not failed, and nothing was checked either.
    private static CheckStatus StatusOf(List<JobStepResult> results) => Check.Worst(results.Select(result => result.Status)) is var worst
        && worst == CheckStatus.Skipped ? CheckStatus.Inconclusive : worst;

    private static string DetailOf(List<JobStepResult> results)
    {
        var passed = results.Count(result => result.Status == CheckStatus.Passed);
        var first = results.Find(result => result.Status is CheckStatus.Failed or CheckStatus.Inconclusive);
        return Invariant($"{passed} of {results.Count} steps passed")
            + (first is null ? "" : $"; {first.Name} {(first.Status == CheckStatus.Failed ? "failed" : "is inconclusive")}");
    }

    private JobEntry Find(string name)
    {
        // A job runs every night, so a mistake anywhere in the file is found in the first one.
        Settings.Configuration.Require(ConfigurationSections.All);
        var jobs = Settings.Configuration.Jobs;
        return jobs.TryGetValue(name, out var job) ? job : throw new InvalidRequestException(name,
            $"{Settings.Configuration.File ?? OpsSettings.ConfigurationFileName} names no job '{name}'. " +
                (jobs.Count == 0 ? "It names no jobs." : $"It names: {string.Join(", ", jobs.Keys)}."),
            jobs.Count == 0 ? $"Describe it under \"jobs\"; {CommandName.WriteConfiguration} writes an example." : "Name one of these.");
    }
}
