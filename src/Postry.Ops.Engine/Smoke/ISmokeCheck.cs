using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke;

/// <summary>A smoke check, ready to ask.</summary>
internal interface ISmokeCheck
{
    /// <summary>The name of the check in reports; the names of several checks may be the same.</summary>
    string Name { get; }

    /// <summary>The kind of the check.</summary>
    SmokeKind Kind { get; }

    /// <summary>The address, file, table or command that is asked, without secrets.</summary>
    string Target { get; }

    /// <summary>The answer that is expected, in words.</summary>
    string Expected { get; }

    /// <summary>Names of the checks that must pass before this one asks.</summary>
    IReadOnlyList<string> After { get; }

    /// <summary>How long one attempt may take.</summary>
    TimeSpan Timeout { get; }

    /// <summary>The status of a check that never got an answer: Failed where the application has to answer, Inconclusive where only an
    /// observer of it is silent.</summary>
    CheckStatus WithoutAnswer { get; }

    /// <summary>
    /// Asks once. Only a bug throws: a refused connection, a wrong answer and a missing secret are answers. The method ends soon after its
    /// cancellation, with OperationCanceledException.
    /// </summary>
    Task<SmokeAnswer> AskAsync(CancellationToken cancellation);
}

/// <summary>The answer that one attempt of a check got.</summary>
/// <param name="Status">Passed, Failed or Inconclusive.</param>
/// <param name="Actual">The answer, short enough for a line; null if there was none. No secret and no body of an answer.</param>
/// <param name="Detail">The reason of a status other than Passed, and the next step where there is one.</param>
/// <param name="MayChange">True where another attempt may find something else: an application that still starts. False for a query that
/// was answered, or a secret that is missing.</param>
internal sealed record SmokeAnswer(CheckStatus Status, string? Actual = null, string? Detail = null, bool MayChange = true)
{
    /// <summary>The answer was right.</summary>
    public static SmokeAnswer Passed(string? actual, string? detail = null) => new(CheckStatus.Passed, actual, detail);
}
