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
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Echo = TimeSpan.FromSeconds(1);

    private readonly PgCommand _command;
    private readonly CancellationToken _cancellation;
    private readonly StandardErrorTail _errors;
    private readonly ChildProcess _child;
    private readonly WindowsInput? _input;
    private readonly WindowsOutput? _output;

    private PgProcess(PgCommand command, CancellationToken cancellation)
    {
        (_command, _cancellation) = (command, cancellation);
        _errors = new StandardErrorTail(command.Address?.Password,
            Environment.GetEnvironmentVariable(EnvironmentVariables.PostgresPassword));
        _child = ChildProcess.Start(new ChildCommand(command.Tool.Path, [.. command.AllArguments])
        {
            Environment = command.SetEnvironment,
            Folder = command.Folder,
            RunAs = command.RunAs,
            WithInput = command.WithInput,
            Output = command.WithOutput ? ChildPipe.Caller : ChildPipe.Null,
            Error = new ChildPipe(ReadErrorLine, ByteKeepingEncoding.Instance),
            Guard = command.ParentDeathGuard,
            StopTimeout = StopTimeout,
        }, cancellation);
        if (!OperatingSystem.IsWindows()) return;
        if (command.WithInput) _input = new WindowsInput(_child.Input, command.Target);
        if (command.WithOutput) _output = new WindowsOutput(_child.Output);
    }

    /// <summary>The program's input. Closing it tells the program that there is no more.</summary>
    public Stream Input => _input ?? _child.Input;

    /// <summary>The program's output.</summary>
    public Stream Output => _output ?? _child.Output;

    /// <summary>Process id of the program, or of the shell that guards it.</summary>
    public int Id => _child.Id;

    /// <summary>True where the program has ended.</summary>
    public bool HasExited => _child.HasExited;

    /// <summary>Tells the guard of the program to end it in some way.</summary>
    public void SendLine(string line) => _child.SendLine(line);

    /// <summary>Forgets what the program has complained of so far.</summary>
    public void ClearErrors() => _errors.Clear();

    /// <summary>True where the program has ended within the time.</summary>
    public Task<bool> WaitAsync(TimeSpan longest) => _child.WaitAsync(longest);

    /// <summary>Starts a program. Errors: ToolMissing.</summary>
    public static PgProcess Start(PgCommand command, CancellationToken cancellation)
    {
        try
        {
            return new PgProcess(command, cancellation);
        }
        catch (ChildStartException e)
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
        var code = await _child.WaitForExitAsync();
        Warn(_errors.End());
        if (code == 0) return;
        // Ctrl-C reaches the children of a console, too, and may reach them first.
        if (code is 128 + UnixCalls.Interrupt or 128 + UnixCalls.Terminate
            || _errors.All.Contains("terminated by user", StringComparison.Ordinal))
        {
            await Task.Delay(Echo, _cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _cancellation.ThrowIfCancellationRequested();
        }

        throw PgFailure.Explain(_command, code, _errors);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync();
        Warn(_errors.End());
    }

    private void ReadErrorLine(string line)
    {
        Warn(_errors.Add(line));
        _command.OnErrorLine?.Invoke(line);
    }

    private void Warn(ToolComplaint? warning)
    {
        if (warning is not null) _command.Warned?.Invoke($"{_command.Tool.Program}: {warning.Summary}");
    }
}
