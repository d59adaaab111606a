using System.Management.Automation;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Errors;

/// <summary>The one table from an exception to the ErrorRecord that PowerShell shows.</summary>
internal static class ErrorTable
{
    /// <summary>The id of every error that the engine did not raise on purpose.</summary>
    public const string Unexpected = "UnexpectedFailure";

    /// <summary>The error record of an exception. The engine's own errors carry their id, category, target and next step.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="target">The item that the error concerns; null for the exception's own target.</param>
    public static ErrorRecord ToRecord(Exception error, object? target = null)
    {
        if (error is not OpsException known) return new ErrorRecord(error, Unexpected, ErrorCategory.NotSpecified, target);
        return new ErrorRecord(known, known.ErrorId, Category(known.Kind), target ?? known.Target)
        {
            ErrorDetails = new ErrorDetails(known.Message) { RecommendedAction = known.Hint },
        };
    }

    /// <summary>True for an error that the next item of a pipeline would meet again, so that the command ends instead of going
    /// on.</summary>
    public static bool IsPrecondition(OpsException error) =>
        error is IntegrityKeyMissingException or WeakKeyException or ConfirmationRequiredException or ModeNotSupportedException
            or ConfigurationInvalidException;

    private static ErrorCategory Category(OpsErrorKind kind) => kind switch
    {
        OpsErrorKind.ObjectNotFound => ErrorCategory.ObjectNotFound,
        OpsErrorKind.ResourceExists => ErrorCategory.ResourceExists,
        OpsErrorKind.ConnectionError => ErrorCategory.ConnectionError,
        OpsErrorKind.AuthenticationError => ErrorCategory.AuthenticationError,
        OpsErrorKind.PermissionDenied => ErrorCategory.PermissionDenied,
        OpsErrorKind.ResourceBusy => ErrorCategory.ResourceBusy,
        OpsErrorKind.InvalidData => ErrorCategory.InvalidData,
        OpsErrorKind.SecurityError => ErrorCategory.SecurityError,
        OpsErrorKind.OperationStopped => ErrorCategory.OperationStopped,
        OpsErrorKind.InvalidArgument => ErrorCategory.InvalidArgument,
        OpsErrorKind.InvalidOperation => ErrorCategory.InvalidOperation,
        OpsErrorKind.NotInstalled => ErrorCategory.NotInstalled,
        OpsErrorKind.InvalidResult => ErrorCategory.InvalidResult,
        OpsErrorKind.ResourceUnavailable => ErrorCategory.ResourceUnavailable,
        _ => ErrorCategory.NotSpecified,
    };
}
