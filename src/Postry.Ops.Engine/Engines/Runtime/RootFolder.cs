using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>Finds the real location of paths below a repo root.</summary>
internal static class RootFolder
{
    /// <summary>True where a real path is that of the root or lies below it.</summary>
    public static bool Holds(string root, string real) =>
        real == root || real.StartsWith(Path.EndsInDirectorySeparator(root) ? root : root + Path.DirectorySeparatorChar,
            StringComparison.Ordinal);

    /// <summary>The lowest of the folders above a path that is there, whatever it is by now.</summary>
    public static string NearestAbove(string full)
    {
        var folder = Path.GetDirectoryName(full)!;
        while (FileFacts.Of(folder).Kind == FileKind.Missing) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    /// <summary>Returns the reason why nothing can be written to a path below the root, or null.</summary>
    public static string? FindObstacleBelow(string root, string path)
    {
        var parent = NearestAbove(Path.Combine(root, path));
        var real = Files.RealPath(parent);
        if (!Holds(root, real)) return $"{path} would be written outside, to {real}";
        return Directory.Exists(parent) ? null : $"{Path.GetRelativePath(root, parent)} is not a folder any more, and {path} lies below it";
    }
}
