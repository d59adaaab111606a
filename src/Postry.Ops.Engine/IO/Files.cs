using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Postry.Ops.Engine.IO;

/// <summary>File-system steps that must hold through a power cut, with what differs between platforms in one place.</summary>
internal static class Files
{
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PrivateFolder = PrivateFile | UnixFileMode.UserExecute;

    /// <summary>Ending of files that are not complete yet; the catalog never sees them and the next writing command sweeps them.</summary>
    public const string PartialSuffix = ".partial";

    /// <summary>Receives the path of every file that has just appeared, and the name it had before (null for a new one); tests kill the
    /// process there.</summary>
    internal static Action<string, string?>? OnAppeared { get; set; }

    /// <summary>Makes a folder that only this user can read, with its parents; leaves an existing one as it is.</summary>
    public static void CreatePrivateFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else if (!Directory.Exists(folder))
        {
            // .NET gives the permissions to the last of them only.
            if (Path.GetDirectoryName(folder) is { Length: > 0 } parent) CreatePrivateFolder(parent);
            Directory.CreateDirectory(folder, PrivateFolder);
        }
    }

    /// <summary>Opens a new file that only this user can read; an existing one is an error.</summary>
    public static FileStream CreatePrivate(string path, FileMode mode = FileMode.CreateNew)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.Read, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = PrivateFile;
        var stream = new FileStream(path, options);
        OnAppeared?.Invoke(path, null);
        return stream;
    }

    /// <summary>Makes a symbolic link; an existing file or link is an error.</summary>
    public static void CreateLink(string path, string target)
    {
        File.CreateSymbolicLink(path, target);
        OnAppeared?.Invoke(path, null);
    }

    /// <summary>Makes the bytes of a closed file durable.</summary>
    public static void Sync(string path)
    {
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Makes the entries of a folder durable. Windows makes renames durable by itself.</summary>
    public static void SyncFolder(string folder)
    {
        if (!OperatingSystem.IsWindows()) UnixCalls.SyncFolder(folder);
    }

    /// <summary>Gives a finished, durable file its final name; replaces nothing unless asked to.</summary>
    public static void Publish(string partial, string final, bool replace = false)
    {
        File.Move(partial, final, replace);
        OnAppeared?.Invoke(final, partial);
        SyncFolder(Path.GetDirectoryName(final)!);
    }

    /// <summary>
    /// Puts a file or a link in the place of another. File.Move is no help here: on Unix it does not find a link that leads to a folder.
    /// </summary>
    public static void Replace(string from, string to)
    {
        if (OperatingSystem.IsWindows()) File.Move(from, to, overwrite: true);
        else UnixCalls.Rename(from, to);
    }

    /// <summary>Writes a new small file and makes its bytes durable.</summary>
    public static void WriteDurably(string path, ReadOnlySpan<byte> bytes)
    {
        using var stream = CreatePrivate(path);
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Writes a small file so that it is either absent (or as before) or complete.</summary>
    public static void WriteAtomically(string path, ReadOnlySpan<byte> bytes, bool replace)
    {
        var partial = $"{path}.{Guid.NewGuid():N}{PartialSuffix}";
        try
        {
            WriteDurably(partial, bytes);
            Publish(partial, path, replace);
        }
        catch
        {
            TryDelete(partial);
            throw;
        }
    }

    /// <summary>Removes a file if it is there; a failure is left for the next sweep.</summary>
    public static bool TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Debug.WriteLine(e.Message);
            return false;
        }
    }

    /// <summary>Bytes free for this user on the file system that holds a path.</summary>
    public static long FreeSpace(string path) => DriveOf(path).AvailableFreeSpace;

    /// <summary>The file system that holds a path, which need not be there yet.</summary>
    public static DriveInfo DriveOf(string path)
    {
        var folder = Path.GetFullPath(path);
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent) folder = parent;
        return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(folder)! : folder);
    }

    /// <summary>The full path with every symbolic link resolved, also where the last part does not exist. The name that locks and
    /// identities go by.</summary>
    public static string RealPath(string path)
    {
        var full = Path.GetFullPath(path);
        if (OperatingSystem.IsWindows()) return Path.TrimEndingDirectorySeparator(full);
        var real = "/";
        var hops = 0;
        var rest = new Stack<string>(full.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        while (rest.TryPop(out var part))
        {
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? "/";
                continue;
            }

            var next = Path.Combine(real, part);
            if (hops < 40 && new FileInfo(next).LinkTarget is { } target)
            {
                hops++;
                if (Path.IsPathRooted(target)) real = "/";
                foreach (var step in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse()) if (step != ".") rest.Push(step);
                continue;
            }

            real = next;
        }

        return real;
    }

    /// <summary>True where the file system of an existing folder takes names that differ only by case for one. Writes nothing.</summary>
    public static bool IgnoresCase(string folder)
    {
        var (name, parent) = (Path.GetFileName(folder), Path.GetDirectoryName(folder));
        if (parent is null) return OperatingSystem.IsWindows() || OperatingSystem.IsMacOS();
        var other = new string([.. name.Select(character => char.IsUpper(character) ? char.ToLowerInvariant(character)
            : char.ToUpperInvariant(character))]);
        if (other == name) return OperatingSystem.IsWindows() || OperatingSystem.IsMacOS();
        return Directory.Exists(Path.Combine(parent, other))
            && !Directory.EnumerateDirectories(parent).Any(path => Path.GetFileName(path) == other);
    }

    /// <summary>True where the failure says that the disk (or the quota, or the file-size limit) is full.</summary>
    public static bool IsDiskFull(Exception exception) =>
        // .NET raises this exception for EFBIG when it writes.
        exception is ArgumentOutOfRangeException { ParamName: "value" }
        || exception is IOException io && (OperatingSystem.IsWindows()
        ? (io.HResult & 0xFFFF) is 0x70 or 0x27
        : io.HResult is 28 or 27 or 122 || io.Message.Contains("No space left", StringComparison.Ordinal)
          || io.Message.Contains("File too large", StringComparison.Ordinal)
              || io.Message.Contains("not enough space", StringComparison.OrdinalIgnoreCase));
}
