using System.Reflection;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.FrontEnd.Tests.Module;

/// <summary>The module as build.ps1 stages it, once for all tests: two builds at the same time would be in each other's way.</summary>
internal static class StagedModule
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private static readonly Lazy<Task<string>> Staged = new(StageAsync);

    /// <summary>Full path of the folder that holds Postry.Ops.psd1.</summary>
    public static Task<string> FolderAsync() => Staged.Value;

    /// <summary>The configuration of the tests, in which the module has been built together with them.</summary>
    public static string Configuration =>
        typeof(StagedModule).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    private static async Task<string> StageAsync()
    {
        var folder = Directory.CreateTempSubdirectory("postry-staged-").FullName;
        // The tests' temporary folder may be gone already.
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        };
        var powerShell = PowerShellHost.Find(Docs.InCheckout());
        var (exitCode, output) = await powerShell.RunAsync(
            ["-File", Docs.InCheckout("build.ps1"), "-OutputPath", folder, "-NoRestore", "-Configuration", Configuration], Limit);
        Assert.True(exitCode == 0, output);
        return Assert.Single(Directory.GetDirectories(Path.Combine(folder, "Postry.Ops")));
    }
}
