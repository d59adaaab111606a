using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.IO;

/// <summary>
/// A private folder for temporary files. The folder lies below the backup root, which has room for databases, or, where that cannot be
/// written, below the system's temporary folder. A lock marks it as in use, so that what a killed process left can be told apart and swept.
/// </summary>
internal sealed class ScratchFolder : IDisposable
{
    /// <summary>Name of the folder in a backup root that holds the scratch folders.</summary>
    public const string Parent = ".scratch";

    /// <summary>Name of the file in a scratch folder that its process holds locked.</summary>
    public const string LockName = "lock";

    private const string MarkSuffix = ".elsewhere";
    private const int Attempts = 3;

    private readonly FileLock _lock;
    private string? _mark;

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
        Create(backupRoot, [System.IO.Path.Combine(backupRoot, Parent), Temporary], backupRoot);

    /// <summary>Makes a scratch folder in a folder that the caller names, and nowhere else. A mark in the backup root says where it is, so
    /// that the next command sweeps it if this process is killed. Errors: AccessDenied.</summary>
    public static ScratchFolder CreateIn(string folder, string backupRoot)
    {
        var made = Create(folder, [System.IO.Path.Combine(folder, Parent)]);
        try
        {
            made._mark = System.IO.Path.Combine(backupRoot, Parent, System.IO.Path.GetFileName(made.Path) + MarkSuffix);
            for (var attempt = 1; !made.TryMark(isLast: attempt == Attempts); attempt++) { }
            return made;
        }
        catch (Exception e)
        {
            made.Dispose();
            if (e is not (IOException or UnauthorizedAccessException)) throw;
            throw new AccessDeniedException(backupRoot, $"The backup root cannot be written: {e.Message}",
                "Run as a user who may write there.", e);
        }
    }

    // Another command may remove the empty folder of the marks before there is one in it.
    private bool TryMark(bool isLast)
    {
        try
        {
            Files.CreatePrivateFolder(System.IO.Path.GetDirectoryName(_mark)!);
            Files.WriteAtomically(_mark!, System.Text.Encoding.UTF8.GetBytes(Path), replace: false);
            return true;
        }
        catch (DirectoryNotFoundException) when (!isLast)
        {
            return false;
        }
    }

    private static string Temporary => System.IO.Path.Combine(System.IO.Path.GetTempPath(), "postry-scratch-" + Environment.UserName);

    private static ScratchFolder Create(string target, IEnumerable<string> roots, string? backupRoot = null)
    {
        // Another command may remove the empty root, or sweep the folder before it is locked. A further attempt makes both again.
        foreach (var root in roots.SelectMany(root => Enumerable.Repeat(root, Attempts)))
        {
            // A missing backup root is not created: testing a backup that lies elsewhere must not make one. A missing temporary folder is
            // a mistake in its variable.
            if (!Directory.Exists(System.IO.Path.GetDirectoryName(root))) continue;
            var path = System.IO.Path.Combine(root, Guid.NewGuid().ToString("N"));
            try
            {
                Files.CreatePrivateFolder(path);
                if (root != System.IO.Path.Combine(backupRoot ?? "", Parent) && !IsOwn(root, path))
                {
                    Directory.Delete(path);
                    break;
                }

                if (FileLock.TryAcquire(System.IO.Path.Combine(path, LockName), path) is { } held)
                    return new ScratchFolder(path, held);
            }
            catch (Exception e) when (e is UnauthorizedAccessException or AccessDeniedException
                || (e is IOException && !Files.IsDiskFull(e)))
            {
                continue;
            }
        }

        throw new AccessDeniedException(target,
            $"No folder for scratch files can be made for {target}: this user may not write there, or \"{Parent}\" there is a link or " +
                "belongs to another user.",
            "Make the folder writable, or name another one; without a writable backup root, set " +
                $"{EnvironmentVariables.TemporaryFolder} to a folder with room.");
    }

    // The owner of the parent could put a link in the place of the folder, and what is written there would go to another database.
    private static bool IsOwn(string root, string path)
    {
        var (parent, own) = (FileFacts.Of(root), FileFacts.Of(path));
        return parent.Kind == FileKind.Folder && parent.UserId == own.UserId;
    }

    /// <summary>Removes the scratch folders that dead processes left below a backup root.</summary>
    public static void Sweep(string backupRoot) => SweepBelow(System.IO.Path.Combine(backupRoot, Parent));

    private static void SweepBelow(string parent)
    {
        try
        {
            if (!Directory.Exists(parent)) return;
            foreach (var folder in Directory.EnumerateDirectories(parent)) SweepFolder(folder);
            foreach (var mark in Directory.EnumerateFiles(parent, "*" + MarkSuffix)) SweepMarked(mark);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another command has just removed the parent, or the parent belongs to another user.
        }
    }

    private static void SweepMarked(string mark)
    {
        var folder = System.IO.File.ReadAllText(mark);
        // A mark leads to a scratch folder of its own name, and nowhere else.
        if (System.IO.Path.GetFileName(folder) + MarkSuffix == System.IO.Path.GetFileName(mark)
            && System.IO.Path.GetDirectoryName(folder) is { } parent && System.IO.Path.GetFileName(parent) == Parent
            && Directory.Exists(folder))
        {
            SweepFolder(folder);
            if (Directory.Exists(folder)) return;
            TryRemoveEmpty(parent);
        }

        Files.TryDelete(mark);
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
        // The lock goes last: a sweep takes a folder without one for a folder that is being made, and would leave what is in it.
        TryEmpty();
        _lock.Dispose();
        TryRemove(Path);
        // The parent goes with its last folder.
        TryRemoveEmpty(System.IO.Path.GetDirectoryName(Path)!);
        if (_mark is null) return;
        Files.TryDelete(_mark);
        TryRemoveEmpty(System.IO.Path.GetDirectoryName(_mark)!);
    }

    private void TryEmpty()
    {
        try
        {
            Open(Path);
            foreach (var folder in Directory.EnumerateDirectories(Path)) Files.DeleteFolder(folder, recursive: true);
            foreach (var file in Directory.EnumerateFiles(Path))
                if (System.IO.Path.GetFileName(file) != LockName) Files.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next sweep tries again.
        }
    }

    private static void TryRemoveEmpty(string folder)
    {
        try
        {
            Files.DeleteFolder(folder, recursive: false);
        }
        catch (IOException)
        {
            // Other scratch folders are still in it.
        }
        catch (UnauthorizedAccessException)
        {
            // The folder belongs to another user.
        }
    }

    private static void TryRemove(string folder)
    {
        try
        {
            Open(folder);
            Files.DeleteFolder(folder, recursive: true);
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
