using System.Reflection;
using System.Runtime.Loader;

namespace Postry.Ops.Hosting;

/// <summary>
/// The private room in which the engine and everything it depends on live, so that their versions never meet those of
/// PowerShell or of another module. <see cref="ModuleLifecycle"/> is its one door.
/// </summary>
internal sealed class EngineLoadContext : AssemblyLoadContext
{
    /// <summary>Simple name of the one assembly that the default context may ask this room for.</summary>
    public const string EngineName = "Postry.Ops.Engine";

    private readonly AssemblyDependencyResolver _resolver;
    private readonly string _enginePath;

    /// <param name="moduleFolder">Full path of the folder of Postry.Ops.dll; the engine is in "engine" below it.</param>
    public EngineLoadContext(string moduleFolder)
        : base("Postry.Ops")
    {
        _enginePath = Path.Combine(moduleFolder, "engine", EngineName + ".dll");
        _resolver = new AssemblyDependencyResolver(_enginePath);
    }

    /// <summary>The engine; the same assembly however often it is asked for.</summary>
    public Assembly LoadEngine() => LoadFromAssemblyPath(_enginePath);

    /// <summary>Null sends the question to the default context, which has the framework.</summary>
    protected override Assembly? Load(AssemblyName assemblyName) =>
        _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;

    /// <summary>Native libraries lie under runtimes/(rid)/native, where only the engine's deps.json finds them.</summary>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
