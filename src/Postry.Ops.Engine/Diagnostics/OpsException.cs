namespace Postry.Ops.Engine.Diagnostics;

/// <summary>The kinds of errors, which both front ends translate (PowerShell's ErrorCategory, the console's exit code).</summary>
public enum OpsErrorKind
{
    ObjectNotFound,
    ResourceExists,
    ConnectionError,
    AuthenticationError,
    PermissionDenied,
    ResourceBusy,
    InvalidData,
    SecurityError,
    OperationStopped,
    InvalidArgument,
    InvalidOperation,
    NotInstalled,
    InvalidResult,
    ResourceUnavailable,
}

/// <summary>
/// The base of every error the engine raises on purpose: what failed on which target, and what to do next.
/// Texts never hold a secret.
/// </summary>
public abstract class OpsException : Exception
{
    private protected OpsException(string errorId, OpsErrorKind kind, string target, string problem, string hint,
        Exception? inner)
        : base(problem, inner)
    {
        ErrorId = errorId;
        Kind = kind;
        Target = target;
        Hint = hint;
    }

    /// <summary>The stable id that scripts match on, for example "DatabaseBusy".</summary>
    public string ErrorId { get; }

    /// <summary>The kind of failure.</summary>
    public OpsErrorKind Kind { get; }

    /// <summary>The object of the operation: a file, a database, a backup id.</summary>
    public string Target { get; }

    /// <summary>The next step for the person who reads this.</summary>
    public string Hint { get; }
}
