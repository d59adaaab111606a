using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit.Abstractions;

namespace Postry.Ops.FrontEnd.Tests.Module;

/// <summary>Builds and stages the module, then runs tests/Pester against it in a real PowerShell.</summary>
public sealed class PesterSuite(ITestOutputHelper log)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    [Fact]
    public async Task Passes_on_the_staged_module()
    {
        var root = Root();
        var staged = Directory.CreateTempSubdirectory("postry-pester-").FullName;
        try
        {
            var powerShell = await PowerShellHost.FindAsync(root);
            var suite = Path.Combine(root, "tests", "Pester", "Invoke-Suite.ps1");
            var (exitCode, output) = await powerShell
                .RunAsync(["-File", suite, "-OutputPath", staged, "-PesterModule", PesterModule(), "-NoRestore", "-Configuration",
                    Configuration()], Limit);
            log.WriteLine(output);
            Assert.True(exitCode == 0, output);
        }
        finally
        {
            Directory.Delete(staged, recursive: true);
        }
    }

    /// <summary>Pester's manifest in the package that the project refers to.</summary>
    private static string PesterModule() => typeof(PesterSuite).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(item => item.Key == "PesterModule").Value!;

    // The module of the same configuration has been built together with the tests.
    private static string Configuration() =>
        typeof(PesterSuite).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    private static string Root([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", ".."));
}
