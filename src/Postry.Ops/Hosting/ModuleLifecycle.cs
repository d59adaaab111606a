using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace Postry.Ops.Hosting;

/// <summary>
/// Opens the door to the engine's private load context while the module is imported. Import only subscribes a handler;
/// the engine is loaded when the first command needs it.
/// </summary>
public sealed class ModuleLifecycle : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private static readonly Lock Gate = new();
    private static readonly Lazy<EngineLoadContext> EngineContext =
        new(() => new EngineLoadContext(Path.GetDirectoryName(typeof(ModuleLifecycle).Assembly.Location)!));

    // PowerShell calls both methods once for each runspace that imports the module, and they all share the one handler.
    private static int _imports;

    /// <summary>Called by PowerShell at every import, after it has looked at the exported types.</summary>
    public void OnImport()
    {
        lock (Gate)
        {
            if (_imports++ == 0) AssemblyLoadContext.Default.Resolving += ResolveEngine;
        }
    }

    /// <summary>Called by Remove-Module.</summary>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        lock (Gate)
        {
            if (_imports > 0 && --_imports == 0) AssemblyLoadContext.Default.Resolving -= ResolveEngine;
        }
    }

    /// <summary>Answers for the product's own assemblies only: an answer for any other name would leak a dependency into every module's
    /// view.</summary>
    private static Assembly? ResolveEngine(AssemblyLoadContext context, AssemblyName name) =>
        EngineLoadContext.IsDoor(name.Name) ? EngineContext.Value.LoadDoor(name.Name!) : null;
}
