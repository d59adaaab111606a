using System.IO.Enumeration;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>Finds SQLite databases in a folder by their names and their first bytes.</summary>
internal static class SqliteFinder
{
    private const int DeepestFolder = 3;

    private static readonly string[] Names = ["*.db", "*.sqlite*", "*.db3"];

    private static readonly string[] OtherFolders =
        ["node_modules", "backups", "bin", "obj", "dist", "venv", "site-packages", "__pycache__", "out", "target"];

    /// <summary>Paths relative to the folder, with / between folders, nearest first.</summary>
    public static IEnumerable<string> Below(string folder) => Named(folder)
        .Where(path => IsDatabase(Path.Combine(folder, path)))
        .Select(path => path.Replace(Path.DirectorySeparatorChar, '/'))
        .OrderBy(path => path.Count(c => c == '/')).ThenBy(path => path, StringComparer.Ordinal);

    private static FileSystemEnumerable<string> Named(string folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = DeepestFolder, IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.Hidden | FileAttributes.System };
        return new FileSystemEnumerable<string>(folder, (ref FileSystemEntry entry) => Path.GetRelativePath(folder, entry.ToFullPath()),
            options)
        {
            // Copies that restores keep lie beside their databases.
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && Fits(entry.FileName),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !Contains(OtherFolders, entry.FileName)
            && (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
    }

    private static bool Fits(ReadOnlySpan<char> name)
    {
        foreach (var pattern in Names)
        {
            if (FileSystemName.MatchesSimpleExpression(pattern, name))
                return name.IndexOf(".previous-", StringComparison.Ordinal) < 0 && !name.EndsWith("-wal") && !name.EndsWith("-shm")
                    && !name.EndsWith("-journal");
        }

        return false;
    }

    private static bool Contains(string[] names, ReadOnlySpan<char> name)
    {
        foreach (var one in names)
        {
            if (name.Equals(one, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    private static bool IsDatabase(string path)
    {
        try
        {
            return LiveFileGuard.LooksLikeDatabase(Files.RealPath(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
