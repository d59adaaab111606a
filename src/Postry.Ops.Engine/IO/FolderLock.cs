using Microsoft.Win32.SafeHandles;

namespace Postry.Ops.Engine.IO;

/// <summary>
/// This process's lock on a folder, which takes the place of lock files where the file system cannot make another file. Each holder of a
/// lock file also holds its folder in common with all others; the holder without a file holds the folder alone.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private static readonly Dictionary<string, FolderLock> Held = new(StringComparer.Ordinal);
    private static readonly Lock Gate = new();

    private readonly string _folder;
    private readonly SafeFileHandle? _handle;
    private bool _isAlone;
    private int _users;

    private FolderLock(string folder, SafeFileHandle? handle)
    {
        _folder = folder;
        _handle = handle;
    }

    /// <summary>Holds the folder of a lock file in common with others; null where another process holds it alone. A file system without
    /// locks on folders has no process that holds one alone, either.</summary>
    public static FolderLock? TryShare(string lockFile) => TryHold(lockFile, alone: false, out _);

    /// <summary>Holds the folder of a lock file alone; null where another process uses a lock in it.</summary>
    /// <param name="lockFile">The lock file that cannot be made.</param>
    /// <param name="isPossible">False where the file system has no locks on folders.</param>
    public static FolderLock? TryHoldAlone(string lockFile, out bool isPossible) => TryHold(lockFile, alone: true, out isPossible);

    /// <summary>True where another process holds the folder of a lock file alone.</summary>
    public static bool IsHeldAlone(string lockFile)
    {
        if (OperatingSystem.IsWindows()) return false;
        lock (Gate)
        {
            if (Held.ContainsKey(FolderOf(lockFile))) return false;
            using var handle = UnixCalls.TryOpenFolder(FolderOf(lockFile));
            return handle is not null && UnixCalls.TryLock(handle, exclusive: false) == false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (Gate)
        {
            if (--_users > 0) return;
            Held.Remove(_folder);
            _handle?.Dispose();
        }
    }

    // One handle for each folder: the kernel takes two handles of a process for two strangers.
    private static FolderLock? TryHold(string lockFile, bool alone, out bool isPossible)
    {
        var folder = FolderOf(lockFile);
        isPossible = true;
        lock (Gate)
        {
            if (!Held.TryGetValue(folder, out var held))
                held = new FolderLock(folder, OperatingSystem.IsWindows() ? null : UnixCalls.TryOpenFolder(folder));
            if (!held._isAlone && (alone || held._users == 0))
            {
                var locked = held._handle is null ? null : UnixCalls.TryLock(held._handle, alone);
                isPossible = locked is not null;
                if (locked == false || (alone && !isPossible))
                {
                    if (held._users == 0) held._handle?.Dispose();
                    // A lock that could not be changed into one of the other kind may be lost.
                    else _ = UnixCalls.TryLock(held._handle!, exclusive: false);
                    return null;
                }
            }

            held._isAlone |= alone;
            held._users++;
            return Held[folder] = held;
        }
    }

    private static string FolderOf(string lockFile) => Path.GetDirectoryName(Path.GetFullPath(lockFile))!;
}
