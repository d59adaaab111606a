using System.Text.RegularExpressions;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Addresses;

/// <summary>SQLite databases as SQLAlchemy writes their addresses: sqlite:///relative.db, sqlite:////absolute.db, with a +driver or
/// without.</summary>
public static partial class SqliteUrl
{
    private const string Forms = "Write sqlite:///app.db for a file below the repo root, or sqlite:////srv/app.db for a full path.";

    /// <summary>True for a text that begins as such an address.</summary>
    public static bool Matches(string text) => Scheme().IsMatch(text);

    /// <summary>The file that is meant; a relative path starts from the repo root. Errors: InvalidRequest, which never repeats the
    /// text.</summary>
    public static SqliteAddress Parse(string text, string repoRoot)
    {
        var rest = text[Scheme().Match(text).Length..].TrimEnd();
        if (!rest.StartsWith("//", StringComparison.Ordinal))
            throw Refuse("The address begins with sqlite: but has no // after it.");
        rest = rest[2..];
        // The text after ? is for the driver; the name before it is taken as it is, as SQLAlchemy does.
        if (rest.IndexOf('?', StringComparison.Ordinal) is >= 0 and var question) rest = rest[..question];
        if (rest.Length > 0 && rest[0] != '/')
            throw Refuse(
                "The address of a SQLite file has no host: there are three / before a relative path, and four before a full one.");
        var path = rest.Length == 0 ? "" : rest[1..];
        if (path.Length == 0 || path == ":memory:")
            throw Refuse("The address is of a SQLite database in memory, which no other process can read.");
        if (path.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            throw Refuse("The address holds a file: URI in place of a path.");
        return path.Contains('\0', StringComparison.Ordinal) ? throw Refuse("The address holds a zero byte.")
            : new SqliteAddress(Path.GetFullPath(path, repoRoot));
    }

    private static InvalidRequestException Refuse(string problem) =>
        new("the database's address", problem, Forms);

    [GeneratedRegex(@"^\s*sqlite(\+[a-z0-9_]+)?:", RegexOptions.IgnoreCase)]
    private static partial Regex Scheme();
}
