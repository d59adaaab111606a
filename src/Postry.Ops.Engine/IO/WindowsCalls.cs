using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Postry.Ops.Engine.IO;

/// <summary>The number of a file in its volume, and how many names it has.</summary>
internal readonly record struct FileNumber(uint Volume, ulong Number, uint Links);

/// <summary>
/// The few calls of Windows that .NET does not offer. Callers use them only if <see cref="OperatingSystem.IsWindows"/> is true.
/// </summary>
[SupportedOSPlatform("windows")]
internal static partial class WindowsCalls
{
    private const uint ShareAll = 7;
    private const uint OpenExisting = 3;
    private const uint FolderToo = 0x0200_0000;
    private const uint LinkItself = 0x0020_0000;
    private const int LimitsOfJob = 9;
    private const int LimitsBytes = 144;
    private const int FlagsOffset = 16;
    private const uint EndWithLastHandle = 0x2000;

    // The handle closes with this process, and the system then ends what belongs to the job.
    private static readonly Lazy<SafeFileHandle> Job = new(MakeJob);

    /// <summary>
    /// The name by which the file system knows a path: every link, mount point and mapped drive resolved, every name in the case that it
    /// was made with. Null where nothing is there, or this user may not look.
    /// </summary>
    public static string? FinalPath(string path)
    {
        using var file = CreateFile(WindowsPath.Openable(path), 0, ShareAll, 0, OpenExisting, FolderToo, 0);
        if (file.IsInvalid) return null;
        var name = new char[1024];
        var length = GetFinalPathNameByHandle(file, ref name[0], (uint)name.Length, 0);
        if (length > name.Length)
        {
            name = new char[length];
            length = GetFinalPathNameByHandle(file, ref name[0], (uint)name.Length, 0);
        }

        return length == 0 || length > name.Length ? null : WindowsPath.Plain(new string(name, 0, (int)length));
    }

    /// <summary>The number and the count of names of a file or link itself; null where the file system does not tell.</summary>
    public static FileNumber? NumberOf(string path)
    {
        using var file = CreateFile(WindowsPath.Openable(path), 0, ShareAll, 0, OpenExisting, FolderToo | LinkItself, 0);
        Span<byte> facts = stackalloc byte[52];
        if (file.IsInvalid || !GetFileInformationByHandle(file, ref MemoryMarshal.GetReference(facts))) return null;
        uint Part(Span<byte> all, int at) => BinaryPrimitives.ReadUInt32LittleEndian(all[at..]);
        return new FileNumber(Part(facts, 28), ((ulong)Part(facts, 44) << 32) | Part(facts, 48), Part(facts, 40));
    }

    /// <summary>The size and the room of the volume that holds a folder, which may also be one of a share, or mounted in a folder. Errors:
    /// IOException.</summary>
    public static Volume VolumeOf(string folder)
    {
        var path = WindowsPath.Openable(folder);
        if (!path.EndsWith('\\')) path += '\\';
        return GetDiskFreeSpaceEx(path, out long available, out long total, out long free)
            ? new Volume(total, free, available)
            : throw new IOException($"The disk of {folder} cannot be measured: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Makes a process and its children end together with this one. A process that has ended already is left alone.</summary>
    public static void EndWithThisProcess(SafeHandle process)
    {
        if (AssignProcessToJobObject(Job.Value, process)) return;
        // A process that has just ended belongs to no job.
        if (Marshal.GetLastPInvokeError() is not 5 and var error) throw new Win32Exception(error);
    }

    private static SafeFileHandle MakeJob()
    {
        var job = CreateJobObject(0, null);
        Span<byte> limits = stackalloc byte[LimitsBytes];
        limits.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(limits[FlagsOffset..], EndWithLastHandle);
        return !job.IsInvalid && SetInformationJobObject(job, LimitsOfJob, ref MemoryMarshal.GetReference(limits), LimitsBytes) ? job
            : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("kernel32", EntryPoint = "CreateFileW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafeFileHandle CreateFile(string path, uint access, uint share, nint security, uint disposition, uint flags,
        nint template);

    [LibraryImport("kernel32", EntryPoint = "GetFinalPathNameByHandleW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial uint GetFinalPathNameByHandle(SafeFileHandle file, ref char name, uint length, uint flags);

    [LibraryImport("kernel32", EntryPoint = "GetFileInformationByHandle", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetFileInformationByHandle(SafeFileHandle file, ref byte facts);

    [LibraryImport("kernel32", EntryPoint = "GetDiskFreeSpaceExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetDiskFreeSpaceEx(string folder, out long available, out long total, out long free);

    [LibraryImport("kernel32", EntryPoint = "CreateJobObjectW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafeFileHandle CreateJobObject(nint security, string? name);

    [LibraryImport("kernel32", EntryPoint = "SetInformationJobObject", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool SetInformationJobObject(SafeFileHandle job, int kind, ref byte limits, uint length);

    [LibraryImport("kernel32", EntryPoint = "AssignProcessToJobObject", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool AssignProcessToJobObject(SafeFileHandle job, SafeHandle process);
}
