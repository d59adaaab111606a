using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Postry.Ops.Engine.IO;

/// <summary>File-system steps that must hold through a power cut, with what differs between platforms in one place.</summary>
internal static class Files
{
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PrivateFolder = PrivateFile | UnixFileMode.UserExecute;

    /// <summary>True where names that differ only by case are mostly the same file.</summary>
    public static readonly bool MostlyIgnoresCase = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS();

    /// <summary>The comparison of names that is right for most file systems of this platform.</summary>
    public static readonly StringComparison NameComparison =
        MostlyIgnoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>Ending of files that are not complete yet; the catalog never sees them and the next writing command sweeps them.</summary>
    public const string PartialSuffix = ".partial";

    /// <summary>Receives the path of every file that has just appeared, and the name it had before (null for a new one); of a part of a
    /// removed backup no path, and its name. Tests kill the process there.</summary>
    internal static Action<string, string?>? OnAppeared { get; set; }

    /// <summary>Makes a folder that only this user can read, with its parents; leaves an existing one as it is.</summary>
    public static void CreatePrivateFolder(string folder)
    {
        if (Directory.Exists(folder)) return;
        // .NET gives the permissions to the last of them only.
        if (Path.GetDirectoryName(folder) is { Length: > 0 } parent) CreatePrivateFolder(parent);
        if (OperatingSystem.IsWindows()) AccessList.CreatePrivateFolder(folder);
        else Directory.CreateDirectory(folder, PrivateFolder);
    }

    /// <summary>Opens a new file that only this user can read; an existing one is an error.</summary>
    public static FileStream CreatePrivate(string path, FileMode mode = FileMode.CreateNew)
    {
        var stream = OperatingSystem.IsWindows() ? AccessList.CreatePrivate(path, mode) : new FileStream(path, new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            BufferSize = 0,
            UnixCreateMode = PrivateFile,
        });
        OnAppeared?.Invoke(path, null);
        return stream;
    }

    /// <summary>The text that leads from a link to its target, with slashes on every platform; null for what is no link.</summary>
    public static string? LinkTarget(string path) => OperatingSystem.IsWindows() ? new FileInfo(path).LinkTarget?.Replace('\\', '/')
        : new FileInfo(path).LinkTarget;

    /// <summary>Makes a symbolic link; an existing file or link is an error.</summary>
    /// <param name="path">The link.</param>
    /// <param name="target">The text that leads to its target.</param>
    /// <param name="toFolder">True for a link to a folder, which Windows tells from one to a file.</param>
    public static void CreateLink(string path, string target, bool toFolder)
    {
        if (OperatingSystem.IsWindows()) target = target.Replace('/', '\\');
        if (toFolder) Directory.CreateSymbolicLink(path, target);
        else File.CreateSymbolicLink(path, target);
        OnAppeared?.Invoke(path, null);
    }

    /// <summary>Makes the bytes of a closed file durable.</summary>
    public static void Sync(string path)
    {
        using SafeFileHandle handle = HeldFile.Retry(
            () => File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
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
        Move(partial, final, replace);
        OnAppeared?.Invoke(final, partial);
        SyncFolder(Path.GetDirectoryName(final)!);
    }

    /// <summary>
    /// Puts a file or a link in the place of another. File.Move is no help here: on Unix it does not find a link that leads to a folder.
    /// </summary>
    public static void Replace(string from, string to)
    {
        if (OperatingSystem.IsWindows()) Move(from, to, replace: true);
        else UnixCalls.Rename(from, to);
    }

    /// <summary>Gives a file another name; replaces nothing unless asked to.</summary>
    public static void Move(string from, string to, bool replace = false) => HeldFile.Retry(() =>
    {
        if (replace) AllowReplacement(to);
        File.Move(from, to, replace);
    });

    /// <summary>Removes a file, which need not be there.</summary>
    public static void Delete(string path) => HeldFile.Retry(() =>
    {
        AllowReplacement(path);
        File.Delete(path);
    });

    /// <summary>Removes a folder with all that is in it, or, unless asked to, only an empty one.</summary>
    public static void DeleteFolder(string folder, bool recursive) => HeldFile.Retry(() =>
    {
        if (!recursive) Directory.Delete(folder);
        // A try that failed may have gone part of the way.
        else if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    });

    /// <summary>Opens a file to read it, whoever else has it open, and leaves everybody free to replace it meanwhile.</summary>
    public static FileStream OpenToRead(string path) => HeldFile.Retry(
        () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    /// <summary>The bytes of a file that somebody else may have open.</summary>
    public static byte[] ReadAllBytes(string path)
    {
        using var file = OpenToRead(path);
        using var bytes = new MemoryStream((int)Math.Min(file.Length, int.MaxValue));
        file.CopyTo(bytes);
        return bytes.ToArray();
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
            Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Debug.WriteLine(e.Message);
            return false;
        }
    }

    /// <summary>Bytes free for this user on the file system that holds a path.</summary>
    public static long FreeSpace(string path) => Volume.Of(path).FreeForUser;

    /// <summary>The full path with every symbolic link resolved, also where the last part does not exist, in the case in which the file
    /// system keeps it. The name that locks and identities go by.</summary>
    public static string RealPath(string path)
    {
        var full = Path.GetFullPath(path);
        if (OperatingSystem.IsWindows()) return AsKept(Path.TrimEndingDirectorySeparator(full), WindowsCalls.FinalPath);
        var resolved = Resolved(full);
        return OperatingSystem.IsMacOS() ? AsKept(resolved, UnixCalls.FinalPath) : resolved;
    }

    // The names that are there already are in the case of the file system; the others are as they were typed.
    private static string AsKept(string full, Func<string, string?> find)
    {
        var missing = new Stack<string>();
        for (var there = full; there is { Length: > 0 }; there = Path.GetDirectoryName(there))
        {
            if (find(there) is { } kept) return missing.Aggregate(kept, Path.Combine);
            missing.Push(Path.GetFileName(there));
        }

        return full;
    }

    private static string Resolved(string full)
    {
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

    // Windows neither replaces nor removes a file that is marked as read-only; for other systems the folder's permissions decide.
    private static void AllowReplacement(string path)
    {
        if (OperatingSystem.IsWindows() && File.Exists(path) && File.GetAttributes(path) is var attributes
            && attributes.HasFlag(FileAttributes.ReadOnly))
            File.SetAttributes(path, attributes & ~FileAttributes.ReadOnly);
    }

    /// <summary>True where the file system of an existing folder takes names that differ only by case for one. Writes nothing.</summary>
    public static bool IgnoresCase(string folder)
    {
        var (name, parent) = (Path.GetFileName(folder), Path.GetDirectoryName(folder));
        if (parent is null) return MostlyIgnoresCase;
        var other = new string([.. name.Select(character => char.IsUpper(character) ? char.ToLowerInvariant(character)
            : char.ToUpperInvariant(character))]);
        if (other == name) return MostlyIgnoresCase;
        return Directory.Exists(Path.Combine(parent, other))
            && !Directory.EnumerateDirectories(parent).Any(path => Path.GetFileName(path) == other);
    }

    /// <summary>True where the failure says that the file system is read-only, or fails: no sign of another process, and no waiting
    /// helps.</summary>
    public static bool IsUnwritable(Exception exception)
    {
        const int InputOutputError = 5, ReadOnlyFileSystem = 30;
        return !OperatingSystem.IsWindows() && exception is IOException { HResult: InputOutputError or ReadOnlyFileSystem };
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
