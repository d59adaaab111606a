using Postry.Ops.Engine.Events;

namespace Postry.Ops.Cli.Terminal;

/// <summary>Puts what the engine says on standard error: warnings always, detail when asked for, progress on a terminal.</summary>
internal sealed class ConsoleReporter : IOperationObserver, IDisposable
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
    public void Report(OperationEvent happened)
    {
        switch (happened)
        {
            case OperationProgress progress:
                _progress.Set(progress);
                break;
            case OperationDetail detail when _verbose:
                Write($"verbose: {detail.Message}");
                break;
            case OperationWarning warning:
                Warn(warning.Message);
                break;
        }
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

    private void Warn(string message)
    {
        lock (_gate)
        {
            // A plan and its execution may both see the same thing.
            if (!_warned.Add(message)) return;
        }

        Write($"warning: {message}");
    }
}
