using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Configuration.Values;

/// <summary>The kinds of steps of a job.</summary>
public enum JobStepKind
{
    /// <summary>Backs databases up, which also copies each backup to the destinations.</summary>
    Backup,

    /// <summary>Tests backups up to a level.</summary>
    Test,

    /// <summary>Copies backups to destinations.</summary>
    Copy,

    /// <summary>Removes what no rule of the retention keeps.</summary>
    Prune,

    /// <summary>Drills the restore of backups.</summary>
    Drill,

    /// <summary>Writes the metrics for Prometheus.</summary>
    Metrics,

    /// <summary>Makes smoke checks.</summary>
    Smoke,

    /// <summary>Runs a command of the operator.</summary>
    Command,
}

/// <summary>The treatment of the steps after one that did not succeed.</summary>
public enum StepFailureRule
{
    /// <summary>The job ends.</summary>
    Stop,

    /// <summary>The job goes on, and fails at its end.</summary>
    Continue,
}

/// <summary>A job: what is done one after another, for example in a night.</summary>
public sealed record JobEntry
{
    /// <summary>The name, which commands take and results show.</summary>
    public string Name { get; init; } = "";

    /// <summary>The steps in their order.</summary>
    public IReadOnlyList<JobStepEntry> Steps { get; init; } = [];
}

/// <summary>A step of a job.</summary>
public sealed record JobStepEntry
{
    public JobStepKind Kind { get; init; }

    /// <summary>The name; null for one that follows from the kind.</summary>
    public string? Name { get; init; }

    /// <summary>Names of databases of postry.json, which may have the wildcards * and ?; empty for all.</summary>
    public IReadOnlyList<string> Databases { get; init; } = [];

    /// <summary>Of a test: its level.</summary>
    public VerificationLevel? Level { get; init; }

    /// <summary>Of a copy: names of destinations of postry.json; empty for all.</summary>
    public IReadOnlyList<string> Destinations { get; init; } = [];

    /// <summary>Of smoke checks: their names, which may have the wildcards * and ?; empty for all.</summary>
    public IReadOnlyList<string> Checks { get; init; } = [];

    /// <summary>Of metrics: path of the file, relative to the repo root.</summary>
    public string? Path { get; init; }

    /// <summary>Of a command: the command for the system's shell.</summary>
    public string? Command { get; init; }

    /// <summary>A command that runs before the step; the step does not begin if it fails.</summary>
    public string? Before { get; init; }

    /// <summary>A command that runs after the step, whatever its result.</summary>
    public string? After { get; init; }

    /// <summary>The time limit of the step with its commands.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromHours(12);

    public StepFailureRule OnFailure { get; init; }
}
