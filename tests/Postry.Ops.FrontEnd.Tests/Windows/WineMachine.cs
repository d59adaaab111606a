using System.Diagnostics;
using System.Reflection;

namespace Postry.Ops.FrontEnd.Tests.Windows;

/// <summary>All tests under Wine share one prefix, which takes long to make.</summary>
[CollectionDefinition(Name)]
public sealed class WineCollection : ICollectionFixture<WineMachine>
{
    public const string Name = "Wine";
}

/// <summary>
/// A Windows 10 as Wine knows it: a prefix of its own with a drive C:, on which the published programs run. Files are made and judged from
/// Linux.
/// </summary>
public sealed class WineMachine : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly Lazy<string> _prefix;

    private readonly Lazy<ClientRelay> _clients;

    public WineMachine()
    {
        _prefix = new Lazy<string>(Make);
        _clients = new Lazy<ClientRelay>(() => new ClientRelay(Drive).Start());
    }

    /// <summary>Full path of Wine; null where it is missing.</summary>
    internal static string? Program { get; } =
        new[] { "/usr/lib/wine/wine64", "/usr/bin/wine64" }.FirstOrDefault(File.Exists);

    /// <summary>Full path of the console command for Windows.</summary>
    internal static string Postry => Path.Combine(Children, "..", "windows", "postry.exe");

    /// <summary>Full path of the test host for Windows.</summary>
    internal static string TestHost => Path.Combine(Children, "..", "windows", "Postry.Ops.TestHost.exe");

    /// <summary>Full path of the PowerShell for Windows.</summary>
    internal static string PowerShell => Path.Combine(Children, "..", "windows-host", "Postry.Ops.WindowsHost.exe");

    private static string Children => typeof(WineMachine).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(item => item.Key == "ChildrenFolder").Value!;

    /// <summary>Full path, for Linux, of what Windows calls C:.</summary>
    internal string Drive => Path.Combine(_prefix.Value, "drive_c");

    /// <summary>Full path, for Linux, of the folder with shares: server/share is \\server\share there.</summary>
    internal string Shares => Directory.CreateDirectory(Path.Combine(_prefix.Value, "dosdevices", "unc")).FullName;

    /// <summary>Makes a folder on C:.</summary>
    internal WineFolder NewFolder() =>
        new(this, Directory.CreateDirectory(Path.Combine(Drive, "t" + Guid.NewGuid().ToString("N")[..6])).FullName);

    /// <summary>Puts stand-ins for the client programs of PostgreSQL into a folder of C:.</summary>
    internal ClientRelay InstallClients(string folder)
    {
        var place = Path.Combine(Drive, folder);
        if (Directory.Exists(place)) return _clients.Value;
        Directory.CreateDirectory(place);
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(TestHost)!, "*.dll"))
            File.CreateSymbolicLink(Path.Combine(place, Path.GetFileName(file)), Path.GetFullPath(file));
        // The program itself is copied: a link would be the same program for whoever asks for its final name.
        foreach (var name in new[] { "pg_dump.exe", "pg_restore.exe", "psql.exe" }) File.Copy(TestHost, Path.Combine(place, name));
        foreach (var name in new[] { "runtimeconfig.json", "deps.json" })
            File.Copy(Path.ChangeExtension(TestHost, name), Path.Combine(place, "Postry.Ops.TestHost." + name));
        File.WriteAllText(Path.Combine(place, "..", "relay.txt"), _clients.Value.Place);
        return _clients.Value;
    }

    /// <summary>Starts a program for Windows.</summary>
    internal Process Start(string program, string folder, IEnumerable<string> arguments, params (string Name, string Value)[] variables) =>
        StartOnLinux(Program!, folder, [Path.GetFullPath(program), .. arguments], variables);

    /// <summary>Starts a program for Windows at a terminal; its arguments have no quotes.</summary>
    internal Process StartAtTerminal(string program, string folder, IEnumerable<string> arguments,
        params (string Name, string Value)[] variables) => StartOnLinux("script", folder, ["--quiet", "--return", "--command",
            string.Join(' ', new[] { Program!, Path.GetFullPath(program) }.Concat(arguments).Select(word => $"'{word}'")), "/dev/null"],
            variables);

    private Process StartOnLinux(string program, string folder, IEnumerable<string> arguments, (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("DOTNET", StringComparison.Ordinal)
            || name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || name is "CI").ToList())
            start.Environment.Remove(name);
        SetUp(start, _prefix.Value);
        // The runtime would map its code twice, which Wine does not follow to the end.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Runs a program for Windows to its end.</summary>
    internal async Task<WineResult> RunAsync(string program, string folder, IEnumerable<string> arguments,
        params (string Name, string Value)[] variables)
    {
        using var process = Start(program, folder, arguments, variables);
        process.StandardInput.Close();
        return await EndAsync(process);
    }

    /// <summary>Waits for the end of a program, and returns what it wrote.</summary>
    internal static async Task<WineResult> EndAsync(Process process)
    {
        using var timeout = new CancellationTokenSource(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var error = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return new WineResult(process.ExitCode, Plain(await output), Plain(await error));
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    public void Dispose()
    {
        if (!_prefix.IsValueCreated) return;
        if (_clients.IsValueCreated) _clients.Value.Dispose();
        Server("-k", "-w");
        Directory.Delete(_prefix.Value, recursive: true);
    }

    // Debian's Wine finds the server of a prefix by TMPDIR, too: with another one a second server would read a registry that the first has
    // not written yet, and know no drives.
    private static void SetUp(ProcessStartInfo start, string prefix)
    {
        start.Environment.Remove("TMPDIR");
        start.Environment["WINEPREFIX"] = prefix;
        start.Environment["WINEDEBUG"] = "-all";
    }

    private static string Plain(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal);

    private static string Make()
    {
        var prefix = Directory.CreateTempSubdirectory("postry-wine-").FullName;
        // Without these two, Wine offers to download what nothing here needs.
        Run(prefix, "mscoree,mshtml=", "wineboot", "-i");
        Run(prefix, "", "reg", "add", @"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f");
        return prefix;
    }

    private static void Run(string prefix, string without, params string[] words)
    {
        var start = new ProcessStartInfo(Program!, words) { RedirectStandardError = true, RedirectStandardOutput = true };
        SetUp(start, prefix);
        start.Environment["WINEDLLOVERRIDES"] = without;
        using var process = Process.Start(start)!;
        // Processes that these leave in the background have their output, and are not waited for.
        Assert.True(process.WaitForExit(Limit) && process.ExitCode == 0, $"wine {string.Join(' ', words)} failed.");
    }

    private void Server(params string[] words)
    {
        var beside = Path.Combine(Path.GetDirectoryName(Program)!, "wineserver");
        var start = new ProcessStartInfo(File.Exists(beside) ? beside : "wineserver", words);
        SetUp(start, _prefix.Value);
        using var process = Process.Start(start);
        process?.WaitForExit(Limit);
    }
}

/// <summary>The output and the exit code of a program for Windows, with the line ends of Linux.</summary>
internal sealed record WineResult(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit {ExitCode}\n{Output}\n{Error}";
}
