using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Postry.Ops.Engine.Sqlite;

/// <summary>
/// The native SQLite that the engine works with: the system's own where that is newer than the bundled one, because newer libraries read newer schemas.
/// POSTRY_SQLITE_LIBRARY=bundled, system, or a path overrides the choice.
/// </summary>
internal sealed class SqliteLibrary
{
    public const string ChoiceVariable = "POSTRY_SQLITE_LIBRARY";
    private const string BundledName = "e_sqlite3";

    private static readonly Lazy<SqliteLibrary> Loaded = new(Load);

    private SqliteLibrary(nint handle, string version, string origin)
    {
        Handle = handle;
        Version = version;
        Origin = origin;
    }

    /// <summary>The library, loaded at first use.</summary>
    public static SqliteLibrary Current => Loaded.Value;

    /// <summary>The loaded module, for calls that the managed wrapper does not offer or makes slowly.</summary>
    public nint Handle { get; }

    /// <summary>Its version, for example "3.40.1".</summary>
    public string Version { get; }

    /// <summary>"bundled", "system", or the path that was asked for.</summary>
    public string Origin { get; }

    /// <summary>The address of an exported function.</summary>
    public nint Function(string name) => NativeLibrary.GetExport(Handle, name);

    /// <inheritdoc/>
    public override string ToString() => $"SQLite {Version} ({Origin})";

    private static SqliteLibrary Load()
    {
        var provider = typeof(SQLite3Provider_e_sqlite3).Assembly;
        var chosen = Choose(provider, Environment.GetEnvironmentVariable(ChoiceVariable));
        NativeLibrary.SetDllImportResolver(provider, (name, _, _) => name == BundledName ? chosen.Handle : 0);
        // By name: the bundle's own Init finds its provider by reflection and hides what goes wrong.
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return chosen;
    }

    private static SqliteLibrary Choose(Assembly provider, string? choice)
    {
        if (choice is { Length: > 0 } and not "bundled" and not "system")
        {
            return TryOpen(choice, provider, choice)
                ?? throw new DllNotFoundException($"{ChoiceVariable} names {choice}, which is no SQLite library.");
        }

        var bundled = choice == "system" ? null : TryOpen(BundledName, provider, "bundled");
        var system = choice == "bundled" ? null : SystemNames().Select(name => TryOpen(name, provider, "system")).FirstOrDefault(library => library is not null);
        return (bundled, system) switch
        {
            (null, null) => throw new DllNotFoundException("No native SQLite library was found, neither the bundled one nor the system's."),
            (null, _) => system!,
            (_, null) => bundled,
            _ => System.Version.Parse(system.Version) > System.Version.Parse(bundled.Version) ? system : bundled,
        };
    }

    private static IEnumerable<string> SystemNames() =>
        OperatingSystem.IsWindows() ? ["winsqlite3.dll"]
        : OperatingSystem.IsMacOS() ? ["/usr/lib/libsqlite3.dylib"]
        : ["libsqlite3.so.0"];

    private static unsafe SqliteLibrary? TryOpen(string name, Assembly provider, string origin)
    {
        if (!NativeLibrary.TryLoad(name, provider, null, out var handle)) return null;
        if (!NativeLibrary.TryGetExport(handle, "sqlite3_libversion", out var export)) return null;
        var version = ((delegate* unmanaged<byte*>)export)();
        return new SqliteLibrary(handle, Marshal.PtrToStringUTF8((nint)version)!, origin);
    }
}
