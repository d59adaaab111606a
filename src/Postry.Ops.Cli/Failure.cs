using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Cli;

/// <summary>The arguments make sense one by one but not together, or cannot be acted on.</summary>
internal sealed class UsageException(string message, string hint = "") : Exception(message)
{
    public string Hint { get; } = hint;
}

/// <summary>An error as the console shows it: the one table from exception to text and exit code.</summary>
/// <param name="Id">The stable id that scripts match on.</param>
/// <param name="Message">The error in words.</param>
/// <param name="Target">The object that the error concerns, or null.</param>
/// <param name="Hint">The next step for the reader, or null.</param>
/// <param name="Code">The exit code.</param>
internal sealed record Failure(string Id, string Message, string? Target, string? Hint, ExitCode Code)
{
    /// <summary>Translates an exception.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="interrupted">True if the user asked to stop, so that a cancellation is no defect.</param>
    public static Failure Of(Exception exception, bool interrupted) => exception switch
    {
        OperationCanceledException when interrupted =>
            new("Interrupted", "Interrupted. Nothing is left half done.", null, null, ExitCode.Interrupted),
        UsageException usage => Usage(usage.Message, usage.Hint),
        OpsException ops => new(ops.ErrorId, ops.Message, ops.Target, ops.Hint, CodeOf(ops)),
        AggregateException { InnerExceptions: [var only] } => Of(only, interrupted),
        _ => new("UnexpectedFailure", $"{exception.GetType().Name}: {exception.Message}", null,
            "This is a defect. Run the command again with --verbose and report what it prints.", ExitCode.Failed),
    };

    /// <summary>The failure of a command line that cannot be understood.</summary>
    public static Failure Usage(string message, string hint) => new("Usage", message, null, hint, ExitCode.Usage);

    private static ExitCode CodeOf(OpsException exception) => exception switch
    {
        InvalidRequestException => ExitCode.Usage,
        ConfirmationRequiredException => ExitCode.ConsentRequired,
        RestoreUndoneException => ExitCode.RestoreUndone,
        TargetPendingException => ExitCode.TargetPending,
        _ => ExitCode.Failed,
    };
}
