using System.Runtime.InteropServices;

namespace Postry.Ops.Engine.IO;

/// <summary>The few POSIX calls that .NET does not offer. Only to be used where <see cref="OperatingSystem.IsWindows"/> is false.</summary>
internal static partial class UnixCalls
{
    private const int ReadOnly = 0;

    /// <summary>Makes a folder's entries durable: without it a rename may be lost in a power cut.</summary>
    public static void SyncFolder(string folder)
    {
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0) throw new IOException($"Cannot open the folder {folder} to make it durable (errno {Marshal.GetLastPInvokeError()}).");
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

    /// <summary>Gives a file to an owner; false where this user may not.</summary>
    public static bool TryChangeOwner(string path, uint user, uint group) => ChangeOwner(path, user, group) == 0;

    /// <summary>Makes a second name for a file; false where the file system has no hard links.</summary>
    public static bool TryHardLink(string existing, string link) => Link(existing, link) == 0;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string link);
}
