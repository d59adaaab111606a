using System.Runtime.InteropServices;
using SQLitePCL;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>The native SQLite that comes with the engine, the same on every machine, so that every machine reads the same
/// schemas.</summary>
internal sealed class SqliteLibrary
{
    private const string Name = "e_sqlite3";

    private static readonly Lazy<SqliteLibrary> Loaded = new(Load);

    private SqliteLibrary(nint handle) => Handle = handle;

    /// <summary>The library, loaded at first use.</summary>
    public static SqliteLibrary Current => Loaded.Value;

    /// <summary>The loaded module, for calls that the managed wrapper does not offer or makes slowly.</summary>
    public nint Handle { get; }

    /// <summary>The version of the library, for example "3.53.4".</summary>
    public string Version { get; } = raw.sqlite3_libversion().utf8_to_string();

    /// <summary>The address of an exported function.</summary>
    public nint Function(string name) => NativeLibrary.GetExport(Handle, name);

    /// <inheritdoc/>
    public override string ToString() => $"SQLite {Version}";

    private static SqliteLibrary Load()
    {
        // The provider is named here: the bundle's own Init finds it by reflection and hides what goes wrong.
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return new SqliteLibrary(NativeLibrary.Load(Name, typeof(SQLite3Provider_e_sqlite3).Assembly, null));
    }
}
