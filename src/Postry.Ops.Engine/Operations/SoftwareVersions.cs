using System.Reflection;
using System.Runtime.InteropServices;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations;

/// <summary>The software that a manifest or evidence names.</summary>
internal static class SoftwareVersions
{
    /// <summary>The version of Postry.Ops.</summary>
    private static readonly string Version = typeof(SoftwareVersions).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";

    /// <summary>The software that makes a backup now.</summary>
    public static SoftwareDescription Current => new(Version, RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription);

    /// <summary>The versions for evidence, by name.</summary>
    /// <param name="manifest">The backup; null where there is none yet.</param>
    /// <param name="restoredOn">The version of the server that holds the restored database, or null.</param>
    public static IReadOnlyDictionary<string, string> Of(BackupManifest? manifest, string? restoredOn)
    {
        var versions = new Dictionary<string, string>
        {
            ["Postry.Ops"] = Current.PostryOps, [".NET"] = Current.Runtime, ["Operating system"] = Current.OperatingSystem,
        };
        if (manifest?.Sqlite is { } file) versions["SQLite of the backup"] = file.Library;
        if (manifest?.Postgres is { } server)
        {
            versions["PostgreSQL of the source"] = server.Server.Version;
            versions["pg_dump"] = server.Dump.Version;
        }

        if (restoredOn is not null) versions["PostgreSQL of the restore"] = restoredOn;
        return versions;
    }
}
