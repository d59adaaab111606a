using System.ComponentModel;
using System.Diagnostics;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>
/// A running program of PostgreSQL. The process does not outlive its operation: cancelling, disposing, and the end of this process each end
/// it with all its children.
/// </summary>
internal sealed class PgProcess : IAsyncDisposable
{
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Echo = TimeSpan.FromSeconds(1);

    private readonly PgCommand _command;
    private readonly Process _process;
    private readonly bool _leashed;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _registration;
    private readonly StandardErrorTail _words;
    // Waited for once: whoever began to wait for a process that another then disposes would wait for ever.
    private readonly Task<int> _exit;
    private readonly Task _listening;
    private readonly Task _draining;
    private int _stopping;

    private PgProcess(PgCommand command, Process process, bool leashed, CancellationToken cancellation)
    {
        _command = command;
        _words = new StandardErrorTail(command.Address?.Password, Environment.GetEnvironmentVariable("PGPASSWORD"));
        _process = process;
        _leashed = leashed;
        _cancellation = cancellation;
        _exit = ExitAsync();
        _listening = ListenAsync();
        _draining = command.WithOutput ? Task.CompletedTask : DrainAsync();
        _registration = cancellation.Register(Stop);
    }

    /// <summary>The program's input. Closing it tells the program that there is no more.</summary>
    public Stream Input => _command.WithInput ? _process.StandardInput.BaseStream
        : throw new InvalidOperationException("The program was started without input.");

    /// <summary>The program's output.</summary>
    public Stream Output => _command.WithOutput ? _process.StandardOutput.BaseStream
        : throw new InvalidOperationException("The program was started without output.");

    /// <summary>Process id of the program, or of the shell that watches over it.</summary>
    public int Id => _process.Id;

    /// <summary>True where the program has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Tells the shell that watches over the program to end it in some way.</summary>
    public void Tell(string word)
    {
        try
        {
            _process.StandardInput.WriteLine(word);
            _process.StandardInput.Flush();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The process has ended already.
            Debug.WriteLine(e.Message);
        }
    }

    /// <summary>Forgets what it has complained of so far.</summary>
    public void Forget() => _words.Clear();

    /// <summary>True where it has ended within the time.</summary>
    public async Task<bool> WaitAsync(TimeSpan longest)
    {
        await Task.WhenAny(_exit, Task.Delay(longest, CancellationToken.None));
        return _exit.IsCompleted;
    }

    /// <summary>Starts a program. Errors: ToolMissing.</summary>
    public static PgProcess Start(PgCommand command, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var leashed = !OperatingSystem.IsWindows() && !command.WithInput;
        var start = new ProcessStartInfo(leashed ? "/bin/sh" : command.Tool.Path)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = ByteKeepingEncoding.Instance,
            CreateNoWindow = true,
            WorkingDirectory = command.Folder ?? "",
        };
        if (command.RunAs is not null) start.UserName = command.RunAs;
        foreach (var argument in leashed
            ? ["-c", command.ParentDeathGuard, "sh", command.Tool.Path, .. command.AllArguments] : command.AllArguments)
            start.ArgumentList.Add(argument);
        PgEnvironment.Clean(start.Environment);
        foreach (var (name, value) in command.Variables) start.Environment[name] = value;
        if (command.Address is not null)
        {
            PgEnvironment.Add(start.Environment, command.Address, command.ServerMajor, CurrentOperation.ApplicationName);
            start.Environment["PGCLIENTENCODING"] = command.Encoding;
        }

        try
        {
            return new PgProcess(command, Process.Start(start)!, leashed, cancellation);
        }
        catch (Win32Exception e)
        {
            throw new ToolMissingException(command.Target, $"{command.Tool.Path} cannot be started: {e.Message}",
                $"Install it again, or set {EnvironmentVariables.PostgresPrograms} to the folder of another.", e);
        }
    }

    /// <summary>Runs a program to its end. Errors: as <see cref="CompleteAsync"/>.</summary>
    public static async Task RunAsync(PgCommand command, CancellationToken cancellation)
    {
        await using var process = Start(command, cancellation);
        await process.CompleteAsync();
    }

    /// <summary>Runs a program to its end and returns what it wrote, in UTF-8 that keeps every byte. Errors: as
    /// <see cref="CompleteAsync"/>.</summary>
    public static async Task<string> ReadAsync(PgCommand command, CancellationToken cancellation)
    {
        await using var process = Start(command with { WithOutput = true }, cancellation);
        using var reader = ByteKeepingEncoding.Reader(process.Output);
        var text = await reader.ReadToEndAsync(CancellationToken.None);
        await process.CompleteAsync();
        return text;
    }

    /// <summary>
    /// Waits for the end. Errors: OperationCanceledException once a cancelled program has ended; else by its last words ToolFailed,
    /// DatabaseUnreachable, AuthenticationFailed, AccessDenied, DatabaseBusy, NotEnoughSpace, SourceNotFound, ToolTooOld.
    /// </summary>
    public async Task CompleteAsync()
    {
        var code = await EndAsync();
        _cancellation.ThrowIfCancellationRequested();
        if (code == 0) return;
        // Ctrl-C reaches the children of a console, too, and may reach them first.
        if (code is 128 + UnixCalls.Interrupt or 128 + UnixCalls.Terminate
            || _words.All.Contains("terminated by user", StringComparison.Ordinal))
        {
            await Task.Delay(Echo, _cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _cancellation.ThrowIfCancellationRequested();
        }

        throw PgFailure.Explain(_command, code, _words);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_exit.IsCompleted) Stop();
        await EndAsync();
        await _registration.DisposeAsync();
        _process.Dispose();
    }

    private async Task<int> EndAsync()
    {
        var code = await _exit;
        // A grandchild that holds the pipe open must not hold us.
        await Task.WhenAny(Task.WhenAll(_listening, _draining), Task.Delay(ExitTimeout, CancellationToken.None));
        return code;
    }

    private async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(CancellationToken.None);
        return _process.ExitCode;
    }

    private void Stop()
    {
        if (Interlocked.Exchange(ref _stopping, 1) != 0) return;
        _ = StopAsync();
    }

    private async Task StopAsync()
    {
        try
        {
            if (OperatingSystem.IsWindows()) _process.Kill(entireProcessTree: true);
            else if (_leashed) _process.StandardInput.Close();
            else UnixCalls.TrySignal(_process.Id, UnixCalls.Terminate);
            if (!await WaitAsync(ExitTimeout)) _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or IOException or AggregateException)
        {
            Debug.WriteLine(e.Message);
        }
    }

    private async Task ListenAsync()
    {
        while (await _process.StandardError.ReadLineAsync(CancellationToken.None) is { } line)
        {
            Warn(_words.Add(line));
            _command.OnErrorLine?.Invoke(line);
        }

        Warn(_words.End());
    }

    private void Warn(ToolComplaint? warning)
    {
        if (warning is not null) _command.Warned?.Invoke($"{_command.Tool.Program}: {warning.Told}");
    }

    private async Task DrainAsync() => await _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
}
