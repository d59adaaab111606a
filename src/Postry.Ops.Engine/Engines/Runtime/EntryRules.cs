using System.Text;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>
/// The rules that every entry of an archive must keep before anything of the archive is written: a file, a folder or a link, by a plain
/// relative name, once only, and nothing that leads out of the target folder.
/// </summary>
/// <param name="anyPlatform">True to refuse also names that only other platforms read differently: names of devices, backslashes, drive
/// letters.</param>
/// <param name="ignoresCase">True if the file system treats names that differ only by case as the same.</param>
internal sealed class EntryRules(bool anyPlatform, bool ignoresCase)
{
    private const int LongestName = 255;
    private const int LongestPath = 4096;
    private const int MostEntries = 100_000;

    private static readonly HashSet<string> Devices = new(
        ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", .. "123456789¹²³".SelectMany(digit => new[] { $"COM{digit}", $"LPT{digit}" })],
        StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<string, RuntimeEntryKind> _seen =
        new(ignoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
    private readonly Dictionary<string, string> _spelling = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns the problem of the next entry, or null.</summary>
    public string? FindObstacle(string path, RuntimeEntryKind kind, string? target)
    {
        if (_seen.Count >= MostEntries) return Invariant($"there are more than {MostEntries:N0} entries");
        if (FindPathObstacle(path) is { } problem) return problem;
        if (kind == RuntimeEntryKind.Link && FindTargetObstacle(path, target ?? "") is { } link) return link;
        if (ignoresCase && _spelling.TryGetValue(path, out var other) && other != path)
            return $"differs from {other} only by case, and this file system treats both as the same";
        if (_seen.ContainsKey(path)) return "occurs twice";
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            var above = path[..slash];
            if (_seen.TryGetValue(above, out var kindAbove) && kindAbove != RuntimeEntryKind.Folder)
                return $"lies below {above}, which is a {kindAbove.ToString().ToLowerInvariant()}";
            if (ignoresCase && _spelling.TryGetValue(above, out var spelled) && spelled != above)
                return $"lies below {above}, which differs from {spelled} only by case";
        }

        // The archive may also hold a file or link after the entries that lie below it.
        if (kind != RuntimeEntryKind.Folder && _spelling.ContainsKey(path + "/")) return "has entries below it and is not a folder";
        Remember(path, kind);
        return null;
    }

    /// <summary>Returns the problem of a link's target, or null.</summary>
    public static string? FindTargetObstacle(string path, string target)
    {
        if (target.Length == 0) return "is a link that leads nowhere";
        if (IsRooted(target)) return "is a link to an absolute path";
        var depth = path.Count(character => character == '/');
        foreach (var step in target.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (step == ".") continue;
            depth += step == ".." ? -1 : 1;
            if (depth < 0) return "is a link that leads outside";
        }

        return null;
    }

    /// <summary>Returns the problem that Windows has with one of the names of a path, or null.</summary>
    public static string? FindNameObstacle(string path)
    {
        foreach (var name in path.Split('/'))
        {
            if (Devices.Contains(name.Split('.')[0].TrimEnd(' '))) return $"has the name of a device ({name})";
            if (name.Contains(':', StringComparison.Ordinal)) return "has a colon in its name";
            if (name.EndsWith('.') || name.EndsWith(' ')) return "has a name that ends in a dot or a space";
        }

        return null;
    }

    private string? FindPathObstacle(string path)
    {
        if (path.Length == 0) return "has no name";
        if (IsRooted(path)) return "has an absolute path";
        if (Encoding.UTF8.GetByteCount(path) > LongestPath) return "has a path that is too long";
        if (path.Any(char.IsControl)) return "has control characters in its name";
        if (anyPlatform && path.Contains('\\', StringComparison.Ordinal)) return "has a backslash in its name";
        foreach (var name in path.Split('/'))
        {
            if (name is "..") return "leads out of its folder (..)";
            if (name is "" or ".") return "has an empty name in its path";
            if (Encoding.UTF8.GetByteCount(name) > LongestName) return "has a name that is too long";
        }

        return anyPlatform ? FindNameObstacle(path) : null;
    }

    private static bool IsRooted(string path) => path[0] is '/' or '\\'
        || (path.Length > 1 && path[1] == ':' && char.IsAsciiLetter(path[0]));

    private void Remember(string path, RuntimeEntryKind kind)
    {
        _seen[path] = kind;
        _spelling[path] = path;
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            _spelling.TryAdd(path[..slash], path[..slash]);
            _spelling.TryAdd(path[..(slash + 1)], path[..(slash + 1)]);
        }
    }
}
