using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>The result of a run of `postry`: its exit code and everything it printed.</summary>
internal sealed record PostryResult(int ExitCode, string Output, string Errors)
{
    /// <summary>The last line on standard error, which is the hint of an error.</summary>
    public string LastErrorLine => Errors.TrimEnd('\n').Split('\n')[^1];

    public override string ToString() => $"exit {ExitCode}\nstdout: {Output}\nstderr: {Errors}";
}

/// <summary>Runs the built `postry` as a process of its own, with an environment that holds only what a test puts there.</summary>
internal sealed class PostryProcess : IDisposable
{
    private static readonly string[] OwnVariables =
    [
        "BACKUP_METADATA_HMAC_KEY", "BACKUP_METADATA_HMAC_KEY_FILE", "BACKUP_METADATA_HMAC_KEY_PREVIOUS",
        "BACKUP_REPO_ROOT", "DATABASE_URL", "RESTORE_ALLOW_NONINTERACTIVE",
        "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGPASSFILE", "PGSERVICE", "PGOPTIONS", "PGSSLMODE",
    ];

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    private PostryProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    public int ProcessId => _process.Id;

    /// <summary>Starts `postry`. Its standard input is a pipe, so `postry` finds nobody at a terminal.</summary>
    public static PostryProcess Start(string folder, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = Command(ChildPrograms.Postry, folder, environment);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return new PostryProcess(Process.Start(start)!);
    }

    /// <summary>Starts another program with the same environment rules, for example a shell or a terminal.</summary>
    public static PostryProcess StartOther(string program, string folder, IEnumerable<string> arguments,
        params (string Name, string Value)[] environment)
    {
        var start = Command(program, folder, environment);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return new PostryProcess(Process.Start(start)!);
    }

    /// <summary>Gives it the text as standard input and waits for its end.</summary>
    public async Task<PostryResult> EndAsync(string input = "")
    {
        try
        {
            await _process.StandardInput.WriteAsync(input);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The process ended without reading its input.
        }

        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(timeout.Token);
        return new PostryResult(_process.ExitCode, await _output, await _errors);
    }

    /// <summary>Types a text, leaves the input open as a terminal does, and waits for the end.</summary>
    public async Task<PostryResult> EndByTypingAsync(string typed)
    {
        await _process.StandardInput.WriteAsync(typed);
        await _process.StandardInput.FlushAsync();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(timeout.Token);
        return new PostryResult(_process.ExitCode, await _output, await _errors);
    }

    /// <summary>Sends the signal of Ctrl-C.</summary>
    public void Interrupt() => Kill(_process.Id, 2);

    /// <summary>Sends the signal that no process can answer.</summary>
    public void Kill() => Kill(_process.Id, 9);

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static ProcessStartInfo Command(string program, string folder, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = new UTF8Encoding(false),
            StandardErrorEncoding = new UTF8Encoding(false),
        };
        foreach (var name in OwnVariables) start.Environment.Remove(name);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return start;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
