using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Terminal;

/// <summary>
/// A progress line on standard error that is drawn again about ten times a second. Nothing is drawn if standard error is no terminal.
/// </summary>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate;
    private readonly Timer? _timer;
    private OperationProgress? _latest;
    private int _width;

    /// <param name="gate">Guards standard error together with whoever else writes there.</param>
    public ProgressLine(Lock gate)
    {
        _gate = gate;
        if (Console.IsErrorRedirected || Environment.GetEnvironmentVariable("TERM") == "dumb") return;
        _timer = new Timer(_ => Draw(), null, Interval, Interval);
    }

    /// <summary>Remembers the newest value for the next drawing.</summary>
    public void Set(OperationProgress progress) => Volatile.Write(ref _latest, progress);

    /// <summary>Takes the line off the screen until there is something new; the caller holds the gate.</summary>
    public void Hide()
    {
        _latest = null;
        Clear();
    }

    /// <summary>Takes the line off the screen until the next drawing; the caller holds the gate.</summary>
    public void Clear()
    {
        if (_width == 0) return;
        Console.Error.Write($"\r{new string(' ', _width)}\r");
        _width = 0;
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_gate) Hide();
    }

    private void Draw()
    {
        lock (_gate)
        {
            if (Interlocked.Exchange(ref _latest, null) is not { } progress) return;
            var line = Text(progress);
            Console.Error.Write($"\r{line.PadRight(_width)}");
            _width = line.Length;
        }
    }

    private static string Text(OperationProgress progress)
    {
        // A line that wraps cannot be drawn over; one column stays free because some terminals wrap when it is filled.
        var room = Math.Max(20, TerminalWidth.Columns() - 1);
        var percent = progress.Percent is { } share ? $" {share} %" : "";
        return ShortText.Middle(Printable.Line($"{progress.Activity}: {progress.Step}"), room - percent.Length) + percent;
    }
}
