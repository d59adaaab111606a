using System.Reflection;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.FrontEnd.Tests.Module;

/// <summary>Builds and stages the module, then runs tests/Pester against it in a real PowerShell.</summary>
public sealed class PesterSuite(ITestOutputHelper log)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(24);

    [Fact]
    public async Task Passes_on_the_staged_module()
    {
        var staged = await StagedModule.FolderAsync();
        var powerShell = PowerShellHost.Find(Docs.InCheckout());
        var suite = Docs.InCheckout("tests", "Pester", "Invoke-Suite.ps1");
        var (exitCode, output) = await powerShell.RunAsync(["-File", suite, "-StagedModule", staged, "-PesterModule", PesterModule(),
            "-Configuration", StagedModule.Configuration], Limit);
        log.WriteLine(output);
        Assert.True(exitCode == 0, output);
    }

    /// <summary>Pester's manifest in the package that the project refers to.</summary>
    private static string PesterModule() => typeof(PesterSuite).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(item => item.Key == "PesterModule").Value!;
}
