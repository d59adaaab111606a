using System.Runtime.InteropServices;

namespace Postry.Ops.Cli;

/// <summary>
/// Turns Ctrl-C and the signals that end a process into a cancellation, so that the engine can clean up.
/// A second one ends the process at once; the next command cleans up what that leaves behind.
/// </summary>
internal sealed class Interruption : IDisposable
{
    // Wrappers such as `timeout` signal the process and its group: the same request arrives twice within moments.
    private static readonly TimeSpan Echo = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private long _first;

    public Interruption()
    {
        // On Windows this is Ctrl-Break, the only key that another program can press; elsewhere it asks for a memory dump.
        PosixSignal[] breaks = OperatingSystem.IsWindows() ? [PosixSignal.SIGQUIT] : [];
        _registrations = [.. breaks.Concat([PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
            .Select(signal => PosixSignalRegistration.Create(signal, Interrupt))];
    }

    /// <summary>Cancelled when the user or the system asks to stop.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void Interrupt(PosixSignalContext context)
    {
        var now = Environment.TickCount64;
        var first = Interlocked.CompareExchange(ref _first, now, 0);
        if (first != 0 && now - first > Echo.TotalMilliseconds) return;

        context.Cancel = true;
        // The signal's own thread must return at once, and a listener may take a while.
        if (first == 0) _ = _source.CancelAsync();
    }
}
