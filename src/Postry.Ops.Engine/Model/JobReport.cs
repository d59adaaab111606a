namespace Postry.Ops.Engine.Model;

/// <summary>The result of a job.</summary>
/// <param name="Job">The name of the job.</param>
/// <param name="Status">Passed where every step passed or had nothing to do; Failed where one failed; otherwise Inconclusive. Skipped where
/// the job was not begun, because it is running already.</param>
/// <param name="StartedAt">The time (UTC) at which the job began.</param>
/// <param name="Duration">The duration of the whole job.</param>
/// <param name="Detail">The result in one sentence.</param>
/// <param name="Steps">The steps in their order.</param>
public sealed record JobReport(string Job, CheckStatus Status, DateTime StartedAt, TimeSpan Duration, string Detail,
    IReadOnlyList<JobStepResult> Steps)
{
    /// <inheritdoc cref="JobReport"/>
    public IReadOnlyList<JobStepResult> Steps { get; init => field = Indexable.Of(value); } = Indexable.Of(Steps);
}

/// <summary>The result of a step of a job.</summary>
/// <param name="Name">The name of the step.</param>
/// <param name="Kind">The kind of the step: Backup, Test, Copy, Prune, Drill, Metrics, Smoke or Command.</param>
/// <param name="Status">Passed; Failed; Inconclusive where something could not be checked, or a backup is Suspicious; Skipped for a step
/// that had nothing to do or did not come to its turn.</param>
/// <param name="StartedAt">The time (UTC) at which the step began; that of its turn for one that was skipped.</param>
/// <param name="Duration">The duration of the step with its commands.</param>
/// <param name="Detail">The work that was done, or why there was none, in a few words.</param>
/// <param name="Problems">All that went wrong.</param>
public sealed record JobStepResult(string Name, string Kind, CheckStatus Status, DateTime StartedAt, TimeSpan Duration, string Detail,
    IReadOnlyList<JobProblem> Problems)
{
    /// <inheritdoc cref="JobStepResult"/>
    public IReadOnlyList<JobProblem> Problems { get; init => field = Indexable.Of(value); } = Indexable.Of(Problems);
}

/// <summary>Something that went wrong in a step.</summary>
/// <param name="Subject">The database, destination or check that the problem is about; null for the step as a whole.</param>
/// <param name="ErrorId">The stable id of the error, for example "DatabaseBusy"; TimedOut where the time limit of the step was over; null
/// where a check gave a bad result.</param>
/// <param name="Message">The problem, in whole sentences.</param>
/// <param name="Next">The next step; null where there is none but to look.</param>
public sealed record JobProblem(string? Subject, string? ErrorId, string Message, string? Next);

/// <summary>The plan of a job.</summary>
/// <param name="Job">The name of the job.</param>
/// <param name="Steps">The plans of the steps in their order.</param>
public sealed record JobPlan(string Job, IReadOnlyList<JobStepPlan> Steps)
{
    /// <inheritdoc cref="JobPlan"/>
    public IReadOnlyList<JobStepPlan> Steps { get; init => field = Indexable.Of(value); } = Indexable.Of(Steps);
}

/// <summary>The plan of a step.</summary>
/// <param name="Name">The name of the step.</param>
/// <param name="Kind">The kind of the step.</param>
/// <param name="Detail">The work that the step would do, in one sentence.</param>
public sealed record JobStepPlan(string Name, string Kind, string Detail);
