using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;

namespace Postry.Ops.Hosting;

/// <summary>
/// The private room in which the engine and everything it depends on live, so that their versions never meet those of
/// PowerShell or of another module. <see cref="ModuleLifecycle"/> is its one door.
/// </summary>
internal sealed class EngineLoadContext : AssemblyLoadContext
{
    // The assemblies that the default context may ask this room for. Each lies in "engine" with its own list of what it depends on.
    private static readonly string[] Doors = ["Postry.Ops.Engine", "Postry.Ops.Unattended"];

    private readonly string _folder;
    private readonly ConcurrentDictionary<string, AssemblyDependencyResolver> _resolvers = new(StringComparer.Ordinal);

    /// <param name="moduleFolder">Full path of the folder of Postry.Ops.dll; the engine is in "engine" below it.</param>
    public EngineLoadContext(string moduleFolder)
        : base("Postry.Ops") => _folder = Path.Combine(moduleFolder, "engine");

    /// <summary>True for an assembly that the default context may ask for.</summary>
    public static bool IsDoor(string? name) => Doors.Contains(name, StringComparer.Ordinal);

    /// <summary>Loads one of these assemblies; it is the same however often it is asked for.</summary>
    public Assembly LoadDoor(string name)
    {
        var path = Path.Combine(_folder, name + ".dll");
        // A resolver reads its list when it is made, and most commands need only the engine's.
        _resolvers.GetOrAdd(name, _ => new AssemblyDependencyResolver(path));
        return LoadFromAssemblyPath(path);
    }

    /// <summary>Null sends the question to the default context, which has the framework.</summary>
    protected override Assembly? Load(AssemblyName assemblyName) =>
        Resolve(resolver => resolver.ResolveAssemblyToPath(assemblyName)) is { } path ? LoadFromAssemblyPath(path) : null;

    /// <summary>Native libraries lie under runtimes/(rid)/native, where only the list of an assembly finds them.</summary>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        Resolve(resolver => resolver.ResolveUnmanagedDllToPath(unmanagedDllName)) is { } path ? LoadUnmanagedDllFromPath(path) : 0;

    private string? Resolve(Func<AssemblyDependencyResolver, string?> ask) =>
        _resolvers.Values.Select(ask).FirstOrDefault(path => path is not null);
}
