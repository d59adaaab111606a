using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Signing;

namespace Postry.Ops.Cli.Demo;

/// <summary>The folder of one demonstration, with a key of its own, so that nothing outside is read or written.</summary>
internal sealed class DemoFolder(string root)
{
    public string Root => root;

    public string Database => Path.Combine(Root, "app.db");

    /// <summary>The backup's contents, unpacked without the engine.</summary>
    public string Reference => Path.Combine(Root, "reference.db");

    public string KeyFile => Path.Combine(Root, "integrity.key");

    /// <summary>Makes the folder: the named one, which must be new or empty, or a fresh one among the temporary files.</summary>
    public static DemoFolder Create(string? named)
    {
        var path = named is null ? Path.GetTempPath() : Path.GetFullPath(named);
        try
        {
            if (named is null) return new DemoFolder(Directory.CreateTempSubdirectory("postry-demo-").FullName);
            if (Path.Exists(path) && (File.Exists(path) || Directory.EnumerateFileSystemEntries(path).Any())) throw InUse(path);
            return new DemoFolder(Directory.CreateDirectory(path).FullName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccessDeniedException(path, $"The demonstration's folder cannot be made: {e.Message}",
                "Name a folder that this user can make: --folder FOLDER", e);
        }
    }

    /// <summary>Settings over this folder with a new random key, which is kept in a file for whoever wants to look around
    /// afterwards.</summary>
    public OpsSettings MakeSettings()
    {
        var key = RandomNumberGenerator.GetHexString(64, lowercase: true);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new StreamWriter(KeyFile, options)) file.WriteLine(key);

        return new OpsSettings
        {
            RepoRoot = Root,
            BackupRoot = Path.Combine(Root, "backups"),
            Keys = Keyring.Of(Encoding.UTF8.GetBytes(key)),
        };
    }

    private static DestinationExistsException InUse(string path) => new(path, "The demonstration's folder is not empty.",
        "Name a folder that does not exist yet: --folder FOLDER");
}
