using System.Globalization;

namespace Postry.Ops.Engine.IO;

/// <summary>Linux's list of the locks that processes hold on files, in the form of /proc/locks.</summary>
internal static class LockTable
{
    private const string Table = "/proc/locks";

    /// <summary>All processes that hold a lock on some bytes of a file; only the known one where the list does not tell.</summary>
    /// <param name="file">The file's number in its file system.</param>
    /// <param name="known">A process that is known to hold one: by its line the list is found to mean this file and not one of that number
    /// elsewhere.</param>
    /// <param name="first">The first byte.</param>
    /// <param name="last">The last byte.</param>
    public static IReadOnlySet<int> Holders(ulong file, int known, long first, long last) =>
        File.Exists(Table) ? Holders(file, known, first, last, File.ReadLines(Table)) : new HashSet<int> { known };

    /// <summary>Finds the holders in the lines of a list.</summary>
    public static IReadOnlySet<int> Holders(ulong file, int known, long first, long last, IEnumerable<string> lines)
    {
        var ending = string.Create(CultureInfo.InvariantCulture, $":{file}");
        var held = lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields is [_, "POSIX", _, _, _, var id, var from, var to] && id.EndsWith(ending, StringComparison.Ordinal)
                && Byte(from) <= last && Byte(to) >= first)
            .Select(fields => (Process: (int)Byte(fields[4]), File: fields[5]))
            .ToList();
        var meant = held.FirstOrDefault(line => line.Process == known).File;
        return held.Where(line => line.File == meant).Select(line => line.Process).Append(known).ToHashSet();
    }

    // The end of a lock on the whole rest of a file is "EOF".
    private static long Byte(string field) => long
        .TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue;
}
