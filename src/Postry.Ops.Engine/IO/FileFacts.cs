using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace Postry.Ops.Engine.IO;

/// <summary>The kinds of entries in a folder.</summary>
internal enum FileKind
{
    Missing,
    File,
    Folder,
    Link,

    /// <summary>A socket, a pipe or a device.</summary>
    Special,
}

/// <summary>The facts that the file system knows of a path; links are not followed.</summary>
/// <param name="Kind">The kind of the entry.</param>
/// <param name="Bytes">Size of a file.</param>
/// <param name="Mode">Permission bits; null where the platform has none.</param>
/// <param name="ModifiedAt">Time of the last change, in UTC.</param>
/// <param name="UserId">Owner, or null.</param>
/// <param name="GroupId">Group, or null.</param>
/// <param name="Stamp">A text that changes when the file is written to or replaced, as far as the file system's clock is exact
/// enough.</param>
internal sealed partial record FileFacts(FileKind Kind, long Bytes, UnixFileMode? Mode, DateTime ModifiedAt, uint? UserId, uint? GroupId,
    string Stamp)
{
    private const int CurrentFolder = -100;
    private const int DoNotFollow = 0x100;
    private const uint BasicFacts = 0x7ff;
    private const int PermissionBits = 0xFFF;

    private static readonly FileFacts Nothing = new(FileKind.Missing, 0, null, DateTime.UnixEpoch, null, null, "");

    /// <summary>The number of names of the file, in all folders of its file system; 1 if the platform does not tell.</summary>
    public uint Links { get; private init; } = 1;

    /// <summary>Number of the file in its file system, which all of its names share; 0 where the platform does not tell.</summary>
    public ulong Number { get; private init; }

    /// <summary>The permission bits in octal.</summary>
    public string? ModeText => Mode is { } mode ? Convert.ToString((int)mode, 8).PadLeft(3, '0') : null;

    /// <summary>The facts of a path.</summary>
    public static FileFacts Of(string path) => OperatingSystem.IsLinux() ? OfLinux(path) : OperatingSystem.IsWindows() ? OfWindows(path)
        : OperatingSystem.IsMacOS() ? OfMac(path) : OfOther(path);

    [SupportedOSPlatform("windows")]
    private static FileFacts OfWindows(string path)
    {
        var facts = OfOther(path);
        return facts.Kind == FileKind.File && WindowsCalls.NumberOf(path) is { } number
            ? facts with { Stamp = $"{number.Volume} {number.Number} {facts.Bytes} {facts.Stamp}", Links = number.Links,
                Number = number.Number }
            : facts;
    }

    private static FileFacts OfMac(string path)
    {
        Span<byte> facts = stackalloc byte[144];
        ref var first = ref MemoryMarshal.GetReference(facts);
        // On Intel the plain name is that of an older call with another layout.
        var code = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? LStat64(path, ref first) : LStat(path, ref first);
        return code == 0 ? Read(facts) : Failed(path);
    }

    // Apple's struct stat with file numbers of 64 bits.
    internal static FileFacts Read(ReadOnlySpan<byte> facts)
    {
        var mode = BinaryPrimitives.ReadUInt16LittleEndian(facts[4..]);
        var modified = DateTime.UnixEpoch.AddSeconds(BinaryPrimitives.ReadInt64LittleEndian(facts[48..]))
            .AddTicks(BinaryPrimitives.ReadInt64LittleEndian(facts[56..]) / 100);
        return Described(mode, BinaryPrimitives.ReadInt64LittleEndian(facts[96..]), modified,
            BinaryPrimitives.ReadUInt32LittleEndian(facts[16..]), BinaryPrimitives.ReadUInt32LittleEndian(facts[20..]),
            StampOf(facts, [8, 48, 56, 64, 72, 96])) with
        {
            Links = BinaryPrimitives.ReadUInt16LittleEndian(facts[6..]),
            Number = BinaryPrimitives.ReadUInt64LittleEndian(facts[8..]),
        };
    }

    private static FileFacts OfOther(string path)
    {
        var file = new FileInfo(path);
        var kind = file.LinkTarget is not null ? FileKind.Link : Directory.Exists(path) ? FileKind.Folder : file.Exists ? FileKind.File
            : FileKind.Missing;
        if (kind == FileKind.Missing) return Nothing;
        return new FileFacts(kind, kind == FileKind.File ? file.Length : 0, OperatingSystem.IsWindows() ? null : file.UnixFileMode,
            file.LastWriteTimeUtc, null, null, $"{file.LastWriteTimeUtc.Ticks}");
    }

    // The kernel's own layout of statx, which is the same on every processor.
    private static FileFacts OfLinux(string path)
    {
        Span<byte> facts = stackalloc byte[256];
        if (Statx(CurrentFolder, path, DoNotFollow, BasicFacts, ref MemoryMarshal.GetReference(facts)) != 0)
            return Failed(path);

        var mode = BinaryPrimitives.ReadUInt16LittleEndian(facts[28..]);
        var modified = DateTime.UnixEpoch.AddSeconds(BinaryPrimitives.ReadInt64LittleEndian(facts[112..]))
            .AddTicks(BinaryPrimitives.ReadUInt32LittleEndian(facts[120..]) / 100);
        return Described(mode, BinaryPrimitives.ReadInt64LittleEndian(facts[40..]), modified,
            BinaryPrimitives.ReadUInt32LittleEndian(facts[20..]), BinaryPrimitives.ReadUInt32LittleEndian(facts[24..]),
            StampOf(facts, [32, 40, 96, 104, 112, 120])) with
        {
            Links = BinaryPrimitives.ReadUInt32LittleEndian(facts[16..]),
            Number = BinaryPrimitives.ReadUInt64LittleEndian(facts[32..]),
        };
    }

    private static FileFacts Failed(string path) => Marshal.GetLastPInvokeError() switch
    {
        2 or 20 => Nothing,
        13 => throw new UnauthorizedAccessException($"Access to the path '{path}' is denied."),
        var error => throw new IOException($"{path} cannot be looked at (errno {error})."),
    };

    private static FileFacts Described(int mode, long bytes, DateTime modified, uint user, uint group, string stamp)
    {
        var kind = (mode & 0xF000) switch { 0x8000 => FileKind.File, 0x4000 => FileKind.Folder, 0xA000 => FileKind.Link, _ =>
            FileKind.Special };
        return new FileFacts(kind, kind == FileKind.File ? bytes : 0, (UnixFileMode)(mode & PermissionBits), modified, user, group, stamp);
    }

    private static string StampOf(ReadOnlySpan<byte> facts, ReadOnlySpan<int> places)
    {
        var stamp = new StringBuilder();
        foreach (var at in places) stamp.Append(BinaryPrimitives.ReadInt64LittleEndian(facts[at..])).Append(' ');
        return stamp.ToString();
    }

    [LibraryImport("libc", EntryPoint = "lstat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LStat(string path, ref byte facts);

    [LibraryImport("libc", EntryPoint = "lstat$INODE64", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LStat64(string path, ref byte facts);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte facts);
}
