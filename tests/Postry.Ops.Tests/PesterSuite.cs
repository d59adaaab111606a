using System.Runtime.CompilerServices;
using Xunit.Abstractions;

namespace Postry.Ops.Tests;

/// <summary>A test that needs PowerShell. Where there is none it is skipped, and says so on the console and in the skip count.</summary>
internal sealed class PowerShellFactAttribute : FactAttribute
{
    public PowerShellFactAttribute()
    {
        if (PowerShellHost.Missing is not { } reason) return;
        Skip = $"THE PESTER SUITE DID NOT RUN: {reason}.";
        // The name is what dotnet test prints of a skipped test.
        DisplayName = Skip;
    }
}

/// <summary>Builds and stages the module, then runs tests/Pester against it in a real PowerShell.</summary>
public sealed class PesterSuite(ITestOutputHelper log)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    [PowerShellFact]
    public async Task Passes_on_the_staged_module()
    {
        var staged = Directory.CreateTempSubdirectory("postry-pester-").FullName;
        try
        {
            var (exitCode, output) = await PowerShellHost.RunAsync(
                PowerShellHost.Path!, ["-File", Path.Combine(Folder(), "Invoke-Suite.ps1"), "-OutputPath", staged, "-NoRestore"], Limit);
            log.WriteLine(output);
            Assert.True(exitCode == 0, output);
        }
        finally
        {
            Directory.Delete(staged, recursive: true);
        }
    }

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "Pester"));
}
