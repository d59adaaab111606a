namespace Postry.Ops.Engine.IO;

/// <summary>A command for the system's shell, whose last line of output tells people how it ended.</summary>
internal sealed class ShellCommand(string command)
{
    private const int LongestLine = 1000;

    // An application that the command starts in the background keeps the command's output open for as long as it runs: only the command
    // itself is waited for.
    private static readonly TimeSpan OutputGracePeriod = TimeSpan.FromMilliseconds(200);

    private readonly LineTail _last = new(1, LongestLine);

    /// <summary>The folder that the command runs in; null for the current one.</summary>
    public string? Folder { get; init; }

    /// <summary>The time after which the command is stopped with all that it has started.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Sets variables of its environment.</summary>
    public Action<IDictionary<string, string?>> Environment { get; init; } = _ => { };

    /// <summary>Gets each line of its output and of its errors that is not empty.</summary>
    public Action<string> OnLine { get; init; } = _ => { };

    /// <summary>The last line that was not empty; null if there was none.</summary>
    public string? LastLine => _last.Lines is [var line] ? line : null;

    /// <summary>Runs the command, and returns its exit code. Errors: TimeoutException, ChildStartException.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        var output = new ChildPipe(line =>
        {
            if (string.IsNullOrWhiteSpace(line)) return;
            _last.Add(line);
            OnLine(line);
        });
        await using var shell = ChildProcess.Start(ChildCommand.Shell(command) with
        {
            Environment = Environment,
            Folder = Folder,
            Output = output,
            Error = output,
            Timeout = Timeout,
            PipeTimeout = OutputGracePeriod,
        }, cancellation);
        return await shell.WaitForExitAsync();
    }
}
