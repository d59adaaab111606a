using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli;

/// <summary>The exit codes of `postry`, for scripts.</summary>
internal enum ExitCode
{
    Done = 0,
    Failed = 1,
    Usage = 2,

    /// <summary>A verification says Failed or Inconclusive, or a recovery status is Critical.</summary>
    NotProven = 3,

    ConsentRequired = 4,
    RestoreUndone = 5,

    /// <summary>A restored database needs a decision, or its state is unknown.</summary>
    TargetPending = 6,

    Interrupted = 130,
}

/// <summary>The exit codes of results that are not errors.</summary>
internal static class ExitCodes
{
    /// <summary>Only Passed is a success, because a skipped test proves nothing either.</summary>
    public static ExitCode Of(CheckStatus status) => status is CheckStatus.Passed ? ExitCode.Done : ExitCode.NotProven;

    /// <summary>A job whose only trouble is what was tested is not proven; one that could not do its work has failed.</summary>
    public static ExitCode Of(JobReport report) => report.Status is CheckStatus.Passed or CheckStatus.Skipped ? ExitCode.Done
        : report.Steps.SelectMany(step => step.Problems).Any(problem => problem.ErrorId is not null) ? ExitCode.Failed : ExitCode.NotProven;

    /// <summary>A warning is an answer; a database that could perhaps not be recovered is not proven.</summary>
    public static ExitCode Of(IEnumerable<RecoveryStatus> statuses) =>
        statuses.Any(status => status.Status == RecoveryState.Critical) ? ExitCode.NotProven : ExitCode.Done;

    /// <summary>A difference is an answer; having none is not.</summary>
    public static ExitCode Of(DatabaseComparison comparison) =>
        comparison is { Compared: true, Status: not TableDifference.Inconclusive } ? ExitCode.Done : ExitCode.NotProven;

    /// <summary>The code of a restore, an undo or a completion that was meant to end in a given status.</summary>
    public static ExitCode Of(RestoreStatus status, RestoreStatus meant) => status switch
    {
        _ when status == meant => ExitCode.Done,
        RestoreStatus.Undone => ExitCode.RestoreUndone,
        RestoreStatus.AwaitingVerdict or RestoreStatus.InProgress => ExitCode.TargetPending,
        _ => ExitCode.Failed,
    };
}
