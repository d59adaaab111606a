using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Postry.Ops.Engine.IO;

/// <summary>A lock that another process holds on bytes of a file.</summary>
/// <param name="Process">The holder's id; 0 or less where this process cannot see the holder (another container, another host).</param>
/// <param name="IsExclusive">True for a lock to write; false for one to read, of which there can be several.</param>
internal readonly record struct ByteLock(int Process, bool IsExclusive);

/// <summary>
/// The few POSIX calls that .NET does not offer. Callers use them only if <see cref="OperatingSystem.IsWindows"/> is false.
/// </summary>
internal static partial class UnixCalls
{
    // A child process must not inherit a descriptor: it would keep the lock of its parent. The flag has another value on macOS.
    private static readonly int ReadOnly = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

    private const int WriteAndSearch = 3;
    private const int Execute = 1;
    private const int GetLock = 5;
    private const short WriteLock = 1;
    private const short NoLock = 2;
    private const int LockShared = 1;
    private const int LockExclusive = 2;
    private const int WithoutWaiting = 4;
    private const int WouldBlock = 11;
    private const int WouldBlockOnMac = 35;
    private const int NotNeeded = 4;

    /// <summary>Ctrl-C; a PostgreSQL server rolls back and stops.</summary>
    public const int Interrupt = 2;

    /// <summary>A PostgreSQL server stops at once.</summary>
    public const int Quit = 3;

    /// <summary>Ends a process; it is not asked.</summary>
    public const int Kill = 9;

    /// <summary>Asks a process to end.</summary>
    public const int Terminate = 15;

    /// <summary>Makes a folder's entries durable: without it a rename may be lost in a power cut.</summary>
    public static void SyncFolder(string folder)
    {
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
            throw new IOException($"Cannot open the folder {folder} to make it durable (errno {Marshal.GetLastPInvokeError()}).");
        try
        {
            // EINVAL: some network file systems do not sync folders; there is nothing more that could be done.
            if (FSync(descriptor) != 0 && Marshal.GetLastPInvokeError() is not 22 and var error)
                throw new IOException($"Cannot make the folder {folder} durable (errno {error}).");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Gives a file, a folder or a link itself to an owner; false where this user may not.</summary>
    public static bool TryChangeOwner(string path, uint user, uint group) => ChangeOwner(path, user, group) == 0;

    /// <summary>Gives a file or a link another name, in place of what has that name; the link itself, whatever it leads to. Errors:
    /// IOException, UnauthorizedAccessException.</summary>
    public static void Rename(string from, string to)
    {
        if (RenameEntry(from, to) == 0) return;
        var error = Marshal.GetLastPInvokeError();
        var problem = $"{from} cannot be given the name {to}: {Marshal.GetPInvokeErrorMessage(error)}.";
        throw error is 1 or 13 ? new UnauthorizedAccessException(problem) : new IOException(problem, error);
    }

    /// <summary>The name by which macOS knows a path that is there, every name in the case that it was made with; null where nothing is
    /// there.</summary>
    public static string? FinalPath(string path)
    {
        var name = RealPath(path, 0);
        if (name == 0) return null;
        try
        {
            return Marshal.PtrToStringUTF8(name);
        }
        finally
        {
            Free(name);
        }
    }

    /// <summary>Drops what this machine remembers of a file whose bytes are durable, so that the next reader gets them from the disk or
    /// the share itself. Linux only; a file system that has nothing to drop says nothing.</summary>
    public static void ForgetCached(SafeFileHandle file) => _ = Advise(file, 0, 0, NotNeeded);

    /// <summary>Makes a second name for a file; false where the file system has no hard links.</summary>
    public static bool TryHardLink(string existing, string link) => Link(existing, link) == 0;

    /// <summary>Opens a file for reading past the advisory lock that .NET takes with every handle of its own.</summary>
    public static SafeFileHandle OpenUnlocked(string path)
    {
        var descriptor = Open(path, ReadOnly);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new FileNotFoundException($"Cannot open {path} (errno {Marshal.GetLastPInvokeError()}).");
    }

    /// <summary>
    /// A lock of another process on some bytes of an open file, or null. Takes no lock itself; but closing the file drops all locks that
    /// this process has on it. Linux on 64 bits only: elsewhere the kernel's record has another layout.
    /// </summary>
    public static ByteLock? LockOfAnother(SafeFileHandle file, long start, long length)
    {
        var range = new LockedRange { Type = WriteLock, Start = start, Length = length };
        return Control(file, GetLock, ref range) != 0 || range.Type == NoLock ? null : new ByteLock(range.Process, range.Type == WriteLock);
    }

    /// <summary>Opens a folder, so that it can be locked; null where this user may not read it, or it is not there.</summary>
    public static SafeFileHandle? TryOpenFolder(string folder) =>
        Open(folder, ReadOnly) is >= 0 and var descriptor ? new SafeFileHandle(descriptor, ownsHandle: true) : null;

    /// <summary>
    /// Locks an open file or folder as a whole, or turns the lock that this handle has into one of the other kind. The lock ends with the
    /// handle. Returns false where another handle has a lock that excludes this one; null where the file system has no such locks.
    /// </summary>
    public static bool? TryLock(SafeFileHandle opened, bool exclusive)
    {
        if (FLock(opened, (exclusive ? LockExclusive : LockShared) | WithoutWaiting) == 0) return true;
        return Marshal.GetLastPInvokeError() is WouldBlock or WouldBlockOnMac ? false : null;
    }

    /// <summary>Sends a signal to a process; false where it is gone or belongs to somebody else.</summary>
    public static bool TrySignal(int process, int signal) => SendSignal(process, signal) == 0;

    /// <summary>True where this user may make and remove files in a folder.</summary>
    public static bool MayWrite(string folder) => Access(folder, WriteAndSearch) == 0;

    /// <summary>The system's reason why this user cannot execute a file; null where nothing is in the way.</summary>
    public static string? FindExecutionObstacle(string path) =>
        Access(path, Execute) == 0 ? null : Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    /// <summary>The kernel's struct flock.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LockedRange
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int Process;
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, ref LockedRange range);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameEntry(string from, string to);

    [LibraryImport("libc", EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint RealPath(string path, nint result);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(nint memory);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, nint start, nint length, int advice);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string link);
}
