using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.IO;

/// <summary>
/// A private folder for temporary files. The folder lies below the backup root, which has room for databases, or, where that cannot be
/// written, below the system's temporary folder. A lock marks it as in use, so that what a killed process left can be told apart and swept.
/// </summary>
internal sealed class ScratchFolder : IDisposable
{
    private const string Parent = ".scratch";
    private const string LockName = "lock";
    private const int Attempts = 3;

    private readonly FileLock _lock;

    private ScratchFolder(string path, FileLock held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Full path of the folder.</summary>
    public string Path { get; }

    /// <summary>Full path of a file in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Makes a scratch folder on this machine's own temporary disk, for what must not reach a backup root on a share.</summary>
    public static ScratchFolder CreateTemporary()
    {
        SweepBelow(Temporary);
        return Create(System.IO.Path.GetTempPath(), [Temporary]);
    }

    /// <summary>Makes a scratch folder.</summary>
    public static ScratchFolder Create(string backupRoot) =>
        Create(backupRoot, [System.IO.Path.Combine(backupRoot, Parent), Temporary]);

    /// <summary>Makes a scratch folder in a folder that the caller names, and nowhere else.</summary>
    public static ScratchFolder CreateIn(string folder) => Create(folder, [System.IO.Path.Combine(folder, Parent)]);

    private static string Temporary => System.IO.Path.Combine(System.IO.Path.GetTempPath(), "postry-scratch-" + Environment.UserName);

    private static ScratchFolder Create(string target, IEnumerable<string> roots)
    {
        // Another command may remove the empty root, or sweep the folder before it is locked. A further attempt makes both again.
        foreach (var root in roots.SelectMany(root => Enumerable.Repeat(root, Attempts)))
        {
            // A missing backup root is not created: testing a backup that lies elsewhere must not make one. A missing temporary folder is
            // a mistake in TMPDIR.
            if (!Directory.Exists(System.IO.Path.GetDirectoryName(root))) continue;
            var path = System.IO.Path.Combine(root, Guid.NewGuid().ToString("N"));
            try
            {
                Files.CreatePrivateFolder(path);
                if (FileLock.TryAcquire(System.IO.Path.Combine(path, LockName), path) is { } held)
                    return new ScratchFolder(path, held);
            }
            catch (Exception e) when (e is UnauthorizedAccessException or AccessDeniedException
                || (e is IOException && !Files.IsDiskFull(e)))
            {
                continue;
            }
        }

        throw new AccessDeniedException(target, "No folder for scratch files can be written by this user.",
            "Make the backup root writable, or set TMPDIR to a folder with room for the database.");
    }

    /// <summary>Removes the scratch folders that dead processes left below a backup root.</summary>
    public static void Sweep(string backupRoot) => SweepBelow(System.IO.Path.Combine(backupRoot, Parent));

    private static void SweepBelow(string parent)
    {
        try
        {
            if (!Directory.Exists(parent)) return;
            foreach (var folder in Directory.EnumerateDirectories(parent)) SweepFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another command has just removed the parent, or the parent belongs to another user.
        }
    }

    private static void SweepFolder(string folder)
    {
        var lockFile = System.IO.Path.Combine(folder, LockName);
        // A folder without a lock may be one that is just being made.
        if (!System.IO.File.Exists(lockFile) && DateTime.UtcNow - Directory.GetCreationTimeUtc(folder) < TimeSpan.FromMinutes(1)) return;
        try
        {
            using var held = FileLock.TryAcquire(lockFile, folder);
            if (held is not null) TryRemove(folder);
        }
        catch (Exception e) when (e is OpsException or IOException)
        {
            // The lock belongs to another host or to another user, or the owner has just removed the folder.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock.Dispose();
        TryRemove(Path);
        // The parent goes with its last folder.
        try
        {
            Directory.Delete(System.IO.Path.GetDirectoryName(Path)!);
        }
        catch (IOException)
        {
            // Other scratch folders are still in the parent.
        }
        catch (UnauthorizedAccessException)
        {
            // The parent belongs to another user.
        }
    }

    private static void TryRemove(string folder)
    {
        try
        {
            Open(folder);
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next sweep tries again.
        }
    }

    // Unpacked folders may be read-only, and nothing can be deleted from such a folder.
    private static void Open(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        foreach (var below in Directory.EnumerateDirectories(folder).Where(path => FileFacts.Of(path).Kind == FileKind.Folder))
        {
            System.IO.File.SetUnixFileMode(below, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Open(below);
        }
    }
}
