using System.Diagnostics;

namespace Postry.Ops.Tests;

/// <summary>The PowerShell that the Pester suite runs in: POSTRY_PWSH, else pwsh on the PATH.</summary>
internal static class PowerShellHost
{
    private const string Probe =
        "$p = Get-Module -ListAvailable Pester | Sort-Object Version -Descending | Select-Object -First 1; \"$($PSVersionTable.PSVersion);$($p.Version)\"";

    private static readonly Lazy<(string? Path, string? Missing)> Found = new(Find);

    /// <summary>The program, or null.</summary>
    public static string? Path => Found.Value.Path;

    /// <summary>Why the suite cannot run here, in one line; null where it can.</summary>
    public static string? Missing => Found.Value.Missing;

    /// <summary>Starts PowerShell with nobody at its input and returns its exit code and everything it printed.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments, TimeSpan limit)
    {
        var start = new ProcessStartInfo(program, ["-NoProfile", "-NonInteractive", .. arguments])
        {
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
            return (-1, $"{program} did not end within {limit}.");
        }
    }

    private static (string? Path, string? Missing) Find()
    {
        var program = Environment.GetEnvironmentVariable("POSTRY_PWSH") is { Length: > 0 } named ? named : OnPath();
        if (program is null) return (null, "PowerShell was not found: install PowerShell 7.6 and Pester 5.7, or set POSTRY_PWSH");
        if (!File.Exists(program)) return (null, $"POSTRY_PWSH names {program}, which is not there");
        var (exitCode, output) = RunAsync(program, ["-Command", Probe], TimeSpan.FromMinutes(1)).GetAwaiter().GetResult();
        var versions = output.Trim().Split(';');
        if (exitCode != 0 || versions.Length != 2) return (null, $"{program} does not start: {output.Trim()}");
        if (!AtLeast(versions[0], new Version(7, 6))) return (null, $"{program} is PowerShell {versions[0]}, and 7.6 is needed");
        if (!AtLeast(versions[1], new Version(5, 7))) return (null, $"{program} has {(versions[1].Length == 0 ? "no Pester" : $"Pester {versions[1]}")}, and 5.7 is needed");
        return (program, null);
    }

    private static string? OnPath() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => System.IO.Path.Combine(folder, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh"))
        .FirstOrDefault(File.Exists);

    private static bool AtLeast(string text, Version wanted) => Version.TryParse(text.Split('-')[0], out var version) && version >= wanted;
}
