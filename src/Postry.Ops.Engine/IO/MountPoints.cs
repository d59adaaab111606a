using System.Text.RegularExpressions;

namespace Postry.Ops.Engine.IO;

/// <summary>The file systems that this process sees on Linux, in the form of /proc/self/mountinfo.</summary>
internal static partial class MountPoints
{
    private const string Table = "/proc/self/mountinfo";
    private const int RootField = 3;
    private const int PointField = 4;

    /// <summary>The path, inside its file system, of what is mounted at exactly this path; null where nothing is, or the platform does not
    /// tell.</summary>
    public static string? SourceOf(string path) => OperatingSystem.IsLinux() && File.Exists(Table) ? SourceOf(path, File.ReadLines(Table))
        : null;

    /// <summary>Finds the path in the lines of a table.</summary>
    public static string? SourceOf(string path, IEnumerable<string> lines) => lines
        .Select(line => line.Split(' '))
        .Where(fields => fields.Length > PointField && Plain(fields[PointField]) == path)
        .Select(fields => Plain(fields[RootField]))
        // If several file systems are mounted over each other, the last one is visible.
        .LastOrDefault();

    // Spaces, tabs, line ends and backslashes are written as a backslash and three octal digits.
    private static string Plain(string field) => Escaped().Replace(field, match => ((char)Convert.ToInt32(match.Value[1..], 8)).ToString());

    [GeneratedRegex(@"\\[0-7]{3}")]
    private static partial Regex Escaped();
}
