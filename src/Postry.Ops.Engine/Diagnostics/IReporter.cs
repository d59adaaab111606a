namespace Postry.Ops.Engine.Diagnostics;

/// <summary>
/// Receives the messages of the engine while it works. Implementations may be called from any thread and must not block or throw.
/// </summary>
public interface IReporter
{
    /// <summary>Reports the progress of the work. Only the newest value matters; a reporter may drop older ones.</summary>
    void Progress(OperationProgress progress);

    /// <summary>Detail for an operator who asked for it. Never holds a secret.</summary>
    void Verbose(string message);

    /// <summary>Something the operator should act on although the work goes on. Never holds a secret.</summary>
    void Warning(string message);
}

/// <summary>A step of a running operation and how much of it is done.</summary>
/// <param name="Activity">The operation, for example "Backing up app".</param>
/// <param name="Step">The present step, for example "Copying the snapshot".</param>
/// <param name="Done">Units finished in this step, or null where they cannot be counted.</param>
/// <param name="Total">Units in this step, or null where they cannot be counted.</param>
public sealed record OperationProgress(string Activity, string Step, long? Done = null, long? Total = null)
{
    /// <summary>Share finished in whole per cent, 0 to 100; null where it cannot be known.</summary>
    public int? Percent => Done is { } done && Total is > 0 and { } total ? (int)Math.Clamp(done * 100 / total, 0, 100) : null;
}

/// <summary>Gives the progress of an operation its name, whatever part of the engine reports it.</summary>
internal sealed class OperationReporter(IReporter inner, string activity) : IReporter
{
    /// <inheritdoc/>
    public void Progress(OperationProgress progress) => inner.Progress(progress with { Activity = activity });

    /// <inheritdoc/>
    public void Verbose(string message) => inner.Verbose(message);

    /// <inheritdoc/>
    public void Warning(string message) => inner.Warning(message);
}

/// <summary>The warnings that a command has given: each is given once, however many steps, programs and connections have the same to
/// say.</summary>
public sealed class SaidWarnings
{
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);

    /// <summary>True where a warning was not given before; from now on it was.</summary>
    internal bool IsNew(string message)
    {
        lock (_said) return _said.Add(message);
    }
}

/// <summary>A reporter that does not repeat a warning.</summary>
internal sealed class OnceReporter(IReporter inner, SaidWarnings said) : IReporter
{

    /// <inheritdoc/>
    public void Progress(OperationProgress progress) => inner.Progress(progress);

    /// <inheritdoc/>
    public void Verbose(string message) => inner.Verbose(message);

    /// <inheritdoc/>
    public void Warning(string message)
    {
        if (said.IsNew(message)) inner.Warning(message);
    }
}

/// <summary>A reporter for callers who want to hear nothing.</summary>
public sealed class SilentReporter : IReporter
{
    /// <summary>The one instance.</summary>
    public static readonly SilentReporter Instance = new();

    /// <inheritdoc/>
    public void Progress(OperationProgress progress) { }

    /// <inheritdoc/>
    public void Verbose(string message) { }

    /// <inheritdoc/>
    public void Warning(string message) { }
}
