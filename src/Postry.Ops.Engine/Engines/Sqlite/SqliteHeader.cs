using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>
/// The facts in the first hundred bytes of a database file. The file must not be open in any SQLite connection of this process.
/// </summary>
internal sealed record SqliteHeader(int PageSize, bool IsWal, uint UserVersion, uint ApplicationId, uint Encoding, uint FreePages)
{
    private const int Length = 100;
    private const int WriteVersionOffset = 18;
    private static readonly byte[] Magic = "SQLite format 3\0"u8.ToArray();

    /// <summary>The text encoding's name as PRAGMA encoding gives it.</summary>
    public string EncodingName => Encoding switch { 2 => "UTF-16le", 3 => "UTF-16be", _ => "UTF-8" };

    /// <summary>Reads a header; null where the file has none.</summary>
    public static SqliteHeader? Read(string path)
    {
        // An application has the file open to write to it, too, and Windows would refuse a reader that forbids this.
        using var file = HeldFile.Retry(() => File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete));
        return Read(file);
    }

    /// <summary>Reads the header of an open file.</summary>
    public static SqliteHeader? Read(SafeFileHandle file)
    {
        Span<byte> bytes = stackalloc byte[Length];
        if (RandomAccess.Read(file, bytes, 0) < Length || !bytes.StartsWith(Magic)) return null;
        var pageSize = BinaryPrimitives.ReadUInt16BigEndian(bytes[16..]);
        return new SqliteHeader(
            pageSize == 1 ? 65536 : pageSize,
            bytes[WriteVersionOffset] == 2,
            BinaryPrimitives.ReadUInt32BigEndian(bytes[60..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[68..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[56..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[36..]));
    }

    /// <summary>Sets whether a closed database file is in WAL mode, which changes two bytes of its header and none of its
    /// contents.</summary>
    public static void SetWal(string path, bool wal)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = WriteVersionOffset;
        stream.Write(wal ? [2, 2] : [1, 1]);
    }
}
