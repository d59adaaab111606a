using System.Diagnostics;
using System.Reflection;

namespace Postry.Ops.FrontEnd.Tests.Module;

/// <summary>The PowerShell that the Pester suite runs in: the one that POSTRY_PWSH names, else the repository's own, which the build has
/// compiled ahead.</summary>
internal sealed class PowerShellHost
{
    private const string Variable = "POSTRY_PWSH";

    private readonly string _program;
    private readonly string[] _firstArguments;
    private readonly string _folder;

    private PowerShellHost(string program, string[] firstArguments, string folder)
    {
        _program = program;
        _firstArguments = firstArguments;
        _folder = folder;
    }

    /// <summary>Finds the PowerShell.</summary>
    /// <param name="root">The folder to run it in.</param>
    public static PowerShellHost Find(string root)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            Assert.True(File.Exists(named), $"{Variable} names {named}, which is not there.");
            return new PowerShellHost(named, [], root);
        }

        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet";
        var folder = typeof(PowerShellHost).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(item => item.Key == "PowerShellFolder").Value!;
        return new PowerShellHost(dotnet, [Path.Combine(folder, "pwsh.dll")], root);
    }

    /// <summary>Runs PowerShell with nobody at its input and returns its exit code and everything it printed.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(IEnumerable<string> arguments, TimeSpan limit) =>
        StartAsync([.. _firstArguments, "-NoProfile", "-NonInteractive", .. arguments], limit);

    private async Task<(int ExitCode, string Output)> StartAsync(IEnumerable<string> arguments, TimeSpan limit)
    {
        var start = new ProcessStartInfo(_program, arguments)
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NO_COLOR"] = "1";
        // Build servers outlive the build and keep its output open, so that its end would never be seen.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(limit);
        var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        var errors = process.StandardError.ReadToEndAsync(timeout.Token);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return (-1, $"{_program} did not end within {limit}.");
        }
    }
}
