using System.Collections.Concurrent;
using System.Diagnostics;

namespace Postry.Ops.Engine.Tests.Support;

/// <summary>A running test host and the lines that it has said. Disposing it kills it.</summary>
internal sealed class HostProcess : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly object _gate = new();
    private readonly List<string> _lines = [];
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly Thread _listener;
    private bool _ended;

    private HostProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, e) => { if (e.Data is { } line) _errors.Enqueue(line); };
        process.BeginErrorReadLine();
        // A thread of its own: a moment to kill at must not wait for a busy thread pool.
        _listener = new Thread(Listen) { IsBackground = true };
        _listener.Start();
    }

    /// <summary>The process's id.</summary>
    public int Id => _process.Id;

    /// <summary>The lines of output so far.</summary>
    public IReadOnlyList<string> Lines { get { lock (_gate) return [.. _lines]; } }

    /// <summary>The error output so far.</summary>
    public string Errors => string.Join('\n', _errors);

    /// <summary>True where it has ended.</summary>
    public bool HasExited => _process.HasExited;

    public static HostProcess Start(params string[] arguments) => new(Commands.StartHost(arguments));

    /// <summary>Runs a host to its end.</summary>
    public static HostProcess RunToEnd(params string[] arguments)
    {
        var host = Start(arguments);
        host.WaitForEnd();
        return host;
    }

    /// <summary>Waits for a line that begins so; null where the process ended without it.</summary>
    public string? WaitFor(string beginning)
    {
        var waited = Stopwatch.StartNew();
        lock (_gate)
        {
            for (var seen = 0; ; Monitor.Wait(_gate, TimeSpan.FromSeconds(1)))
            {
                for (; seen < _lines.Count; seen++) if (_lines[seen].StartsWith(beginning, StringComparison.Ordinal)) return _lines[seen];
                if (_ended) return null;
                if (waited.Elapsed > LongestWait)
                    throw new TimeoutException($"The host said no '{beginning}': {string.Join(" | ", _lines.TakeLast(5))}\n{Errors}");
            }
        }
    }

    /// <summary>Waits until it has said so many more lines from now on; a host that ends before that is a failure.</summary>
    public void WaitForMore(int lines)
    {
        var waited = Stopwatch.StartNew();
        lock (_gate)
        {
            for (var wanted = _lines.Count + lines; _lines.Count < wanted; Monitor.Wait(_gate, TimeSpan.FromSeconds(1)))
                if (_ended || waited.Elapsed > LongestWait)
                    throw new TimeoutException($"The host says no more: {string.Join(" | ", _lines.TakeLast(5))}\n{Errors}");
        }
    }

    /// <summary>Lets a paused host go on.</summary>
    public void Resume() => _process.StandardInput.WriteLine();

    /// <summary>Sends SIGKILL.</summary>
    public void Kill() => _process.Kill();

    /// <summary>
    /// Asks a writer or reader to end, and returns its last line. The test fails if the process saw a snapshot that does not add up.
    /// </summary>
    public string End()
    {
        _process.StandardInput.Close();
        var code = WaitForEnd();
        Assert.True(code == 0, $"The host ended with {code}: {string.Join(" | ", Lines.TakeLast(3))}\n{Errors}");
        return Lines[^1];
    }

    /// <summary>Waits until it has ended and all that it said has been heard.</summary>
    public int WaitForEnd()
    {
        if (!_process.WaitForExit(LongestWait))
            throw new TimeoutException($"The host does not end: {string.Join(" | ", Lines.TakeLast(5))}\n{Errors}");
        _process.WaitForExit();
        _listener.Join();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Listen()
    {
        while (_process.StandardOutput.ReadLine() is { } line) Tell(() => _lines.Add(line));
        Tell(() => _ended = true);
    }

    private void Tell(Action news)
    {
        lock (_gate)
        {
            news();
            Monitor.PulseAll(_gate);
        }
    }
}
