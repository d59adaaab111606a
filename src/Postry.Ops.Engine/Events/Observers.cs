namespace Postry.Ops.Engine.Events;

/// <summary>The observers of an engine. No observer can fail an operation or hide an event from the others.</summary>
internal sealed class ObserverGroup(IReadOnlyList<IOperationObserver> observers) : IOperationObserver
{
    /// <inheritdoc/>
    public void Report(OperationEvent happened)
    {
        foreach (var observer in observers)
        {
            try
            {
                observer.Report(happened);
            }
            catch (Exception)
            {
                // The observer has broken its contract, and the database that is being restored must not pay for it.
            }
        }
    }
}

/// <summary>Gives the progress of an operation its name, whatever part of the engine reports it.</summary>
internal sealed class NamedObserver(IOperationObserver inner, string activity) : IOperationObserver
{
    /// <inheritdoc/>
    public void Report(OperationEvent happened) =>
        inner.Report(happened is OperationProgress progress ? progress with { Activity = activity } : happened);
}

/// <summary>The warnings that a command has reported: each is reported once, however many steps, programs and connections find the
/// same.</summary>
public sealed class ReportedWarnings
{
    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);

    /// <summary>True where a warning was not reported before; from now on it was.</summary>
    internal bool IsNew(string message)
    {
        lock (_reported) return _reported.Add(message);
    }
}

/// <summary>An observer that does not repeat a warning.</summary>
internal sealed class OnceObserver(IOperationObserver inner, ReportedWarnings reported) : IOperationObserver
{
    /// <inheritdoc/>
    public void Report(OperationEvent happened)
    {
        if (happened is not OperationWarning warning || reported.IsNew(warning.Message)) inner.Report(happened);
    }
}

/// <summary>The observer of a restore within a test: it passes on what people read; the outcome is the test's alone.</summary>
internal sealed class TrialObserver(IOperationObserver inner) : IOperationObserver
{
    /// <inheritdoc/>
    public void Report(OperationEvent happened)
    {
        if (happened is OperationProgress or OperationDetail or OperationWarning) inner.Report(happened);
    }
}

/// <summary>An observer that drops every event.</summary>
internal sealed class SilentObserver : IOperationObserver
{
    /// <summary>The one instance.</summary>
    public static readonly SilentObserver Instance = new();

    /// <inheritdoc/>
    public void Report(OperationEvent happened) { }
}
