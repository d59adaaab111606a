using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Signing;

/// <summary>A file with a new integrity key, which only its owner can read. No message and no object ever holds the key.</summary>
internal static class NewKeyFile
{
    private const int KeyBytes = 32;

    /// <summary>Refuses a path where no key file may be made. Errors: InvalidRequest in the folder of the backups, DestinationExists,
    /// SourceNotFound where the file's folder does not exist.</summary>
    public static void Require(string path, string backupRoot)
    {
        var folder = Path.GetDirectoryName(path);
        if (!Directory.Exists(folder))
            throw new SourceNotFoundException(path, $"There is no folder {folder} for the key file.", "Make the folder first.");
        // Even the owner's consent replaces no key: the backups that it signed could not be checked any more.
        if (File.Exists(path) || Directory.Exists(path))
            throw new DestinationExistsException(path, $"{path} exists already, and a key is never replaced.", "Name a new file.");
        if (IsInside(Files.RealPath(path), Files.RealPath(backupRoot)))
            throw new InvalidRequestException(path, $"{path} is in the folder of the backups.",
                "Keep the key away from the backups: whoever has both can change a backup and sign it again.");
    }

    /// <summary>Makes the key and writes the file durably. Errors: those of <see cref="Require"/>.</summary>
    public static void Write(string path, string backupRoot)
    {
        Require(path, backupRoot);
        using var stream = Files.CreatePrivate(path);
        stream.Write(Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(KeyBytes * 2, lowercase: true) + "\n"));
        stream.Flush(flushToDisk: true);
    }

    private static bool IsInside(string path, string folder)
    {
        return path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, Files.NameComparison);
    }
}
