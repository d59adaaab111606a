using System.Diagnostics;
using Postry.Ops.Engine.Diagnostics;
using static System.FormattableString;

namespace Postry.Ops.Engine.IO;

/// <summary>The wait for a lock that another process holds: its time limit, and what the operator hears of it.</summary>
/// <param name="usual">The time limit where the caller of the operation has set none.</param>
internal sealed class LockWait(TimeSpan usual)
{
    /// <summary>How long a command waits before it says so, and until it says so again.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _next = Interval;

    /// <summary>The words by which an operator makes a command wait longer.</summary>
    public static string Longer => $"{OptionName.WaitTimeout} 10m makes it wait so long.";

    /// <summary>The time limit.</summary>
    public TimeSpan Limit { get; } = CurrentOperation.WaitTimeout > TimeSpan.Zero ? CurrentOperation.WaitTimeout : usual;

    /// <summary>True where the caller has asked to wait, so that also a holder on another host is waited for.</summary>
    public bool IsAskedFor { get; } = CurrentOperation.WaitTimeout > TimeSpan.Zero;

    /// <summary>True once the time is over.</summary>
    public bool IsOver => _clock.Elapsed > Limit;

    /// <summary>True once in a while, when the operator is to hear of the wait.</summary>
    public bool IsDue => _clock.Elapsed > _next && Limit > Interval;

    /// <summary>Tells the operator.</summary>
    /// <param name="problem">The sentence that says what is in use and by whom.</param>
    public void Report(string problem)
    {
        if (_next == Interval) CurrentOperation.ReportWait(Invariant($"{problem} Waiting for up to {Limit.TotalSeconds:0} s."));
        CurrentOperation.ReportWaiting($"Waiting: {problem.TrimEnd('.')}", _clock.Elapsed, Limit);
        _next = _clock.Elapsed + Interval;
    }
}
