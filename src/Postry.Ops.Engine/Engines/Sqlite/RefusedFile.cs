using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>Explains why SQLite refuses a file. No connection of this process has the file open at that time.</summary>
internal static class RefusedFile
{
    private const int SampleBytes = 4096;
    private const int PageUnit = 512;

    /// <summary>The error for a file that is no readable database.</summary>
    public static NotADatabaseException Explain(string path, Exception? cause)
    {
        var sample = new byte[SampleBytes];
        int count;
        long length;
        using (var stream = Files.OpenToRead(path))
        {
            count = stream.ReadAtLeast(sample, SampleBytes, throwOnEndOfStream: false);
            length = stream.Length;
        }

        return LooksEncrypted(sample.AsSpan(0, count), length)
            ? new NotADatabaseException(path, $"{path} looks encrypted (SQLCipher or similar), or its header is destroyed.",
                "Back up an encrypted database with the tool that holds its key. If it was never encrypted, restore a backup of it.", cause)
            : new NotADatabaseException(path, $"{path} is not an SQLite database.",
                "Check the path: name the database file itself.", cause);
    }

    // Whole pages of bytes as evenly spread as noise; text and most other formats use few of the 256 values in four kilobytes.
    private static bool LooksEncrypted(ReadOnlySpan<byte> sample, long length)
    {
        if (length % PageUnit != 0 || sample.Length < PageUnit) return false;
        var seen = new HashSet<byte>();
        foreach (var value in sample) seen.Add(value);
        return seen.Count > 200;
    }
}
