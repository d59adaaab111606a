namespace Postry.Ops.Engine.IO;

/// <summary>The two forms of full paths on Windows: C:\folder\file and \\server\share\file, and the verbatim ones, which may be
/// long.</summary>
internal static class WindowsPath
{
    // A path of more characters than this, with an ending that SQLite adds, is only found in its verbatim form.
    private const int LongestPlain = 240;
    private const string Verbatim = @"\\?\";
    private const string VerbatimShare = @"\\?\UNC\";

    /// <summary>The form in which also programs without long paths of their own open a path. A short path stays as it is.</summary>
    public static string Openable(string full)
    {
        if (full.Length < LongestPlain || IsVerbatim(full)) return full;
        return full.StartsWith(@"\\", StringComparison.Ordinal) ? VerbatimShare + full[2..] : Verbatim + full;
    }

    /// <summary>The form in which people write a path; one that only has a verbatim form stays as it is.</summary>
    public static string Plain(string path) =>
        path.StartsWith(VerbatimShare, StringComparison.OrdinalIgnoreCase) ? @"\\" + path[VerbatimShare.Length..]
        : IsVerbatim(path) && path.Length > Verbatim.Length + 1 && path[Verbatim.Length + 1] == ':' ? path[Verbatim.Length..]
        : path;

    /// <summary>True for the verbatim form.</summary>
    public static bool IsVerbatim(string path) => path.StartsWith(Verbatim, StringComparison.Ordinal);
}
