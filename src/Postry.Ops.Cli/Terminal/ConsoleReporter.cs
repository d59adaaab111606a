using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Cli.Terminal;

/// <summary>Puts what the engine says on standard error: warnings always, detail when asked for, progress on a terminal.</summary>
internal sealed class ConsoleReporter : IReporter, IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _warned = [];
    private readonly ProgressLine _progress;
    private readonly bool _verbose;

    public ConsoleReporter(bool verbose)
    {
        _verbose = verbose;
        _progress = new ProgressLine(_gate);
    }

    /// <inheritdoc/>
    public void Progress(OperationProgress progress) => _progress.Set(progress);

    /// <inheritdoc/>
    public void Verbose(string message)
    {
        if (_verbose) Write($"verbose: {message}");
    }

    /// <inheritdoc/>
    public void Warning(string message)
    {
        lock (_gate)
        {
            // A plan and its execution may both see the same thing.
            if (!_warned.Add(message)) return;
        }

        Write($"warning: {message}");
    }

    /// <summary>Writes a line on standard error between two drawings of the progress line.</summary>
    public void Write(string line)
    {
        lock (_gate)
        {
            _progress.Clear();
            Console.Error.WriteLine(Printable.Lines(line));
        }
    }

    /// <summary>Takes the progress line away so that somebody can be asked, or the result be printed.</summary>
    public void Pause()
    {
        lock (_gate) _progress.Hide();
    }

    public void Dispose() => _progress.Dispose();
}
