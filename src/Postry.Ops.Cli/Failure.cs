using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Cli;

/// <summary>The arguments make sense one by one but not together, or cannot be acted on.</summary>
internal sealed class UsageException(string message, string hint = "") : Exception(message)
{
    public string Hint { get; } = hint;
}

/// <summary>An error as the console shows it: the one table from exception to text and exit code.</summary>
/// <param name="Id">The stable id that scripts match on.</param>
/// <param name="Message">What went wrong.</param>
/// <param name="Target">What it went wrong with, or null.</param>
/// <param name="Hint">The next step for the person who reads this, or null.</param>
/// <param name="Code">The exit code.</param>
internal sealed record Failure(string Id, string Message, string? Target, string? Hint, ExitCode Code)
{
    /// <summary>The failure that an exception means.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="interrupted">True where the user asked to stop, so that a cancellation is no defect.</param>
    public static Failure Of(Exception exception, bool interrupted) => exception switch
    {
        OperationCanceledException when interrupted =>
            new("Interrupted", "Interrupted. Nothing is left half done.", null, null, ExitCode.Interrupted),
        UsageException usage => Usage(usage.Message, usage.Hint),
        OpsException ops => new(ops.ErrorId, ConsoleWords.In(ops.Message), ops.Target, ConsoleWords.In(ops.Hint), CodeOf(ops)),
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
