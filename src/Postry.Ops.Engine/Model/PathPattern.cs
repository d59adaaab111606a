using System.IO.Enumeration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Model;

/// <summary>A pattern of paths relative to a root: "*" and "?" stay within a name, "**" is any number of folders. A folder that fits means
/// all that is in it.</summary>
internal sealed class PathPattern
{
    /// <summary>Any number of folders.</summary>
    public const string AnyFolders = "**";

    private PathPattern(string text, string[] segments)
    {
        Text = text;
        Segments = segments;
    }

    /// <summary>The pattern as it was given.</summary>
    public string Text { get; }

    /// <summary>The names between the slashes, in order.</summary>
    public IReadOnlyList<string> Segments { get; }

    /// <summary>Reads a pattern. Errors: InvalidRequest where it could lead out of the root.</summary>
    public static PathPattern Parse(string text)
    {
        var segments = text.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries).Where(segment => segment != ".").ToArray();
        var rooted = text.StartsWith('/') || text.StartsWith('\\') || (text.Length > 1 && text[1] == ':' && char.IsAsciiLetter(text[0]));
        if (segments.Length == 0 || rooted || segments.Contains("..") || text.Any(char.IsControl))
        {
            throw new InvalidRequestException(text,
                $"'{text}' is not a pattern of runtime files: it must be relative to the repo root and stay below it.",
                "Write it like backend/.env or scripts/**.");
        }

        return new PathPattern(text, segments);
    }

    /// <summary>True where a name fits one of the pattern's names.</summary>
    public static bool Fits(string segment, string name) => FileSystemName.MatchesSimpleExpression(segment, name, Files.MostlyIgnoresCase);

    /// <summary>True where a path, or a folder above it, fits.</summary>
    public bool Covers(string path)
    {
        var names = path.Split('/');
        return Enumerable.Range(1, names.Length).Any(length => Fits(names.AsSpan(0, length), 0));
    }

    private bool Fits(ReadOnlySpan<string> names, int at)
    {
        if (at == Segments.Count) return names.Length == 0;
        if (Segments[at] != AnyFolders) return names.Length > 0 && Fits(Segments[at], names[0]) && Fits(names[1..], at + 1);
        for (var skip = 0; skip <= names.Length; skip++)
            if (Fits(names[skip..], at + 1)) return true;
        return false;
    }
}
