using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Postry.Ops.Engine.IO;

/// <summary>
/// A running program: the engine starts programs in this way only. All pipes are read at the same time, so that none fills up and stops the
/// program. Cancelling, the time limit and disposing each end the program with all its children; a program that has ended by itself may
/// leave others running.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int MostAnswerLines = 100;
    private const int LongestAnswerLine = 64 << 10;

    private readonly ChildCommand _command;
    private readonly Process _process;
    private readonly Stream _input;
    private readonly bool _isGuarded;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenSource _limit;
    // Waited for once: whoever began to wait for a process that another then disposes would wait for ever.
    private readonly Task _exit;
    private readonly Task<int> _end;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isOutOfTime;
    private volatile bool _isDisposed;
    private int _stopping;

    private ChildProcess(ChildCommand command, CancellationToken cancellation)
    {
        (_command, _cancellation) = (command, cancellation);
        _isGuarded = command.Guard is not null && !command.WithInput && !OperatingSystem.IsWindows();
        _process = Launch(command, _isGuarded);
        if (OperatingSystem.IsWindows() && command.Guard is not null) WindowsCalls.EndWithThisProcess(_process.SafeHandle);
        Id = _process.Id;
        _input = _process.StandardInput.BaseStream;
        // The pipe to the guard is what keeps the program alive.
        if (!command.WithInput && !_isGuarded) _input.Close();
        _exit = _process.WaitForExitAsync(CancellationToken.None);
        _end = EndAsync(Task.WhenAll(PumpAsync(command.Output, _process.StandardOutput), PumpAsync(command.Error, _process.StandardError)));
        _limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _limit.Token.Register(() =>
        {
            _isOutOfTime = !cancellation.IsCancellationRequested && !_exit.IsCompleted;
            Stop();
        });
        if (command.Timeout is { } timeout) _limit.CancelAfter(timeout);
    }

    /// <summary>Process id of the program, or of the shell that guards it.</summary>
    public int Id { get; }

    /// <summary>True where the program has ended.</summary>
    public bool HasExited => _exit.IsCompleted;

    /// <summary>The program's input. Closing it tells the program that there is no more.</summary>
    public Stream Input => _command.WithInput ? _input
        : throw new InvalidOperationException("The program was started without input.");

    /// <summary>The program's output.</summary>
    public Stream Output => _command.Output.IsCallers ? _process.StandardOutput.BaseStream
        : throw new InvalidOperationException("The program was started without output.");

    /// <summary>Starts a program. Errors: ChildStartException.</summary>
    public static ChildProcess Start(ChildCommand command, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new ChildProcess(command, cancellation);
    }

    /// <summary>
    /// Runs a program that answers a question in a few lines, and returns them; null where the program cannot be started, fails or takes
    /// too long.
    /// </summary>
    public static string? Ask(ChildCommand command) =>
        // No thread of the pool has a SynchronizationContext, which this one would block.
        Task.Run(() => AskAsync(command)).GetAwaiter().GetResult();

    /// <summary>Sends a line to the guard of the program.</summary>
    public void SendLine(string line)
    {
        try
        {
            _input.Write(Encoding.ASCII.GetBytes(line + "\n"));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The program has ended already.
            Debug.WriteLine(e.Message);
        }
    }

    /// <summary>True where the program has ended within the time.</summary>
    public async Task<bool> WaitAsync(TimeSpan longest)
    {
        await Task.WhenAny(_exit, Task.Delay(longest, CancellationToken.None));
        return _exit.IsCompleted;
    }

    /// <summary>
    /// Waits until the program has ended and its lines have been handed on, and returns the exit code (128 + the number of a signal that
    /// ended it). Errors, once the program has ended: OperationCanceledException, TimeoutException, those of the callbacks.
    /// </summary>
    public async Task<int> WaitForExitAsync()
    {
        var code = await _end;
        _cancellation.ThrowIfCancellationRequested();
        return _isOutOfTime ? throw new TimeoutException($"{_command.Program} did not end in time.") : code;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Stop();
        await ((Task)_end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _isDisposed = true;
        // The streams of the caller stay open, because another of its tasks may still be at them.
        if (!_command.WithInput) _input.Close();
        _limit.Dispose();
        _process.Dispose();
    }

    private static async Task<string?> AskAsync(ChildCommand command)
    {
        var answer = new LineTail(MostAnswerLines, LongestAnswerLine);
        try
        {
            await using var child = Start(command with { Output = new ChildPipe(answer.Add) }, CancellationToken.None);
            return await child.WaitForExitAsync() == 0 ? string.Join('\n', answer.Lines).Trim() : null;
        }
        catch (Exception e) when (e is ChildStartException or TimeoutException)
        {
            return null;
        }
    }

    private static Process Launch(ChildCommand command, bool isGuarded)
    {
        var start = new ProcessStartInfo(isGuarded ? "/bin/sh" : command.Program,
            isGuarded ? ["-c", command.Guard!, "sh", command.Program, .. command.Arguments] : command.Arguments)
        {
            Arguments = command.Line ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = command.Output.Encoding,
            StandardErrorEncoding = command.Error.Encoding,
            CreateNoWindow = true,
            WorkingDirectory = command.Folder ?? "",
        };
        if (command.RunAs is not null) start.UserName = command.RunAs;
        ChildEnvironment.RemoveSecrets(start.Environment);
        command.Environment?.Invoke(start.Environment);
        // The guard itself can always be started, and would show by an exit code only that the program cannot.
        if (isGuarded && UnixCalls.FindExecutionObstacle(command.Program) is { } obstacle) throw new ChildStartException(obstacle);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new ChildStartException(e.Message, e);
        }
    }

    private async Task PumpAsync(ChildPipe pipe, StreamReader reader)
    {
        if (pipe.IsCallers) return;
        try
        {
            while (pipe.OnLine is not null && await reader.ReadLineAsync(CancellationToken.None) is { } line && !_isDisposed)
                pipe.OnLine(line);
        }
        finally
        {
            // A full pipe would stop the program, and a closed one would end what it has left running in the background.
            await reader.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        }
    }

    private async Task<int> EndAsync(Task pumps)
    {
        await _exit;
        var code = _process.ExitCode;
        // The program is killed first, and its children after it.
        if (_stopping != 0) await _stopped.Task;
        await Task.WhenAny(pumps, Task.Delay(_command.PipeTimeout, CancellationToken.None));
        if (pumps.IsFaulted) await pumps;
        return code;
    }

    private void Stop()
    {
        // The number of a program that has ended may be another program's by now.
        if (!_exit.IsCompleted && Interlocked.Exchange(ref _stopping, 1) == 0) _ = StopAsync();
    }

    private async Task StopAsync()
    {
        try
        {
            if (_command.StopTimeout > TimeSpan.Zero && !OperatingSystem.IsWindows())
            {
                if (_isGuarded) _input.Close();
                else UnixCalls.TrySignal(Id, UnixCalls.Terminate);
                if (await WaitAsync(_command.StopTimeout)) return;
            }

            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or IOException or AggregateException)
        {
            // The program has ended meanwhile.
            Debug.WriteLine(e.Message);
        }
        finally
        {
            _stopped.SetResult();
        }
    }
}
