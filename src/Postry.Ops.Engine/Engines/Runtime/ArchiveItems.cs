using System.Formats.Tar;
using System.IO.Compression;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>An entry as an archive states it, before any of it is trusted.</summary>
/// <param name="Entry">Name, kind and properties; the size is the one that the entry states.</param>
/// <param name="Problem">The reason why the item cannot be an entry of a runtime archive; null if it can.</param>
/// <param name="Data">The bytes of a file, to be read before the next item is asked for; null for the others.</param>
internal sealed record ArchiveItem(RuntimeEntry Entry, string? Problem, Stream? Data);

/// <summary>Reads the entries of archives in their order. A stream that is no archive raises InvalidDataException.</summary>
internal static class ArchiveItems
{
    private const int PermissionBits = 0xFFF;
    private const int LongestLink = 4096;

    /// <summary>The entries of an unpacked tar file.</summary>
    public static IEnumerable<ArchiveItem> OfTar(Stream tar)
    {
        using var reader = new TarReader(tar, leaveOpen: true);
        while (Next(reader) is { } entry)
        {
            var kind = entry.EntryType switch
            {
                TarEntryType.RegularFile or TarEntryType.V7RegularFile => RuntimeEntryKind.File,
                TarEntryType.Directory => RuntimeEntryKind.Folder,
                TarEntryType.SymbolicLink => RuntimeEntryKind.Link,
                _ => (RuntimeEntryKind?)null,
            };
            var path = kind == RuntimeEntryKind.Folder ? entry.Name.TrimEnd('/') : entry.Name;
            yield return new ArchiveItem(
                new RuntimeEntry(path, kind ?? RuntimeEntryKind.File, kind == RuntimeEntryKind.File ? entry.Length : 0,
                    Octal((int)entry.Mode), entry.ModificationTime.UtcDateTime,
                    Target: kind == RuntimeEntryKind.Link ? entry.LinkName : null, UserId: (uint)entry.Uid, GroupId: (uint)entry.Gid),
                kind is null ? $"is a {entry.EntryType}, neither a file nor a folder nor a symbolic link" : null,
                kind == RuntimeEntryKind.File ? entry.DataStream ?? Stream.Null : null);
        }
    }

    /// <summary>The entries of a zip file, as the old scripts wrote them: names may have backslashes, and say nothing of
    /// permissions.</summary>
    public static IEnumerable<ArchiveItem> OfZip(Stream zip)
    {
        using var archive = new ZipArchive(zip, ZipArchiveMode.Read, leaveOpen: true);
        foreach (var entry in Entries(archive))
        {
            var name = entry.FullName.Replace('\\', '/');
            var type = (entry.ExternalAttributes >> 16) & 0xF000;
            var kind = type == 0xA000 ? RuntimeEntryKind.Link : name.EndsWith('/') ? RuntimeEntryKind.Folder : RuntimeEntryKind.File;
            var permissions = (entry.ExternalAttributes >> 16) & 0x1FF;
            var problem = entry.IsEncrypted ? "is encrypted" : type is not (0 or 0x8000 or 0x4000 or 0xA000)
                ? "is neither a file nor a folder nor a symbolic link" : null;
            using var data = kind == RuntimeEntryKind.Folder || problem is not null ? null : entry.Open();
            yield return new ArchiveItem(
                new RuntimeEntry(name.Length > 1 ? name.TrimEnd('/') : name, kind, kind == RuntimeEntryKind.File ? entry.Length : 0,
                    permissions == 0 ? null : Octal(permissions), entry.LastWriteTime.UtcDateTime,
                    Target: kind == RuntimeEntryKind.Link ? Text(data!) : null),
                problem,
                kind == RuntimeEntryKind.File ? data : null);
        }
    }

    // The exception of TarReader for a damaged header depends on the field.
    private static TarEntry? Next(TarReader reader)
    {
        try
        {
            return reader.GetNextEntry();
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException or EndOfStreamException
            or NotSupportedException or InvalidOperationException)
        {
            throw new InvalidDataException($"The archive cannot be read: {e.Message}", e);
        }
    }

    private static IReadOnlyCollection<ZipArchiveEntry> Entries(ZipArchive archive)
    {
        try
        {
            return archive.Entries;
        }
        catch (Exception e) when (e is NotSupportedException or ArgumentException or EndOfStreamException)
        {
            throw new InvalidDataException($"The archive cannot be read: {e.Message}", e);
        }
    }

    private static string Text(Stream data)
    {
        var bytes = new byte[LongestLink];
        return System.Text.Encoding.UTF8.GetString(bytes, 0, data.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }

    private static string Octal(int mode) => Convert.ToString(mode & PermissionBits, 8).PadLeft(3, '0');
}
