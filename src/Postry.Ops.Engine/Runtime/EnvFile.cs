using System.Text;

namespace Postry.Ops.Engine.Runtime;

/// <summary>
/// A file of KEY=value lines, as shells and dotenv libraries read them: comments, "export", quoted values that may go over several lines. Values never leave this class.
/// </summary>
internal sealed class EnvFile
{
    // The byte order mark of UTF-8, as Latin-1 reads it.
    private const string Utf8Mark = "\u00EF\u00BB\u00BF";

    private readonly string _mark;
    private readonly List<(string? Key, string Text)> _parts;

    private EnvFile(string mark, List<(string? Key, string Text)> parts) => (_mark, _parts) = (mark, parts);

    /// <summary>Files that are larger are taken as they are.</summary>
    public const long LargestBytes = 1 << 20;

    /// <summary>The keys that it sets.</summary>
    public IReadOnlySet<string> Keys => _parts.Select(part => part.Key).OfType<string>().ToHashSet(StringComparer.Ordinal);

    /// <summary>True where a file's name is that of an env file.</summary>
    public static bool IsOne(string path)
    {
        var name = Path.GetFileName(path);
        return name == ".env" || name.StartsWith(".env.", StringComparison.Ordinal) || name.EndsWith(".env", StringComparison.Ordinal);
    }

    /// <summary>Reads a file's text; bytes that are no UTF-8 are kept as they are.</summary>
    public static EnvFile Parse(ReadOnlySpan<byte> bytes)
    {
        // Latin-1 gives every byte a character and back.
        var text = Encoding.Latin1.GetString(bytes);
        var parts = new List<(string?, string)>();
        // It belongs to the file and not to its first line, which may go to another place.
        var mark = text.StartsWith(Utf8Mark, StringComparison.Ordinal) ? Utf8Mark : "";
        for (var at = mark.Length; at < text.Length;)
        {
            var end = LineEnd(text, at);
            var (key, value) = KeyOf(text[at..end]);
            if (key is not null) end = ValueEnd(text, at + value, end);
            parts.Add((key, text[at..end]));
            at = end;
        }

        return new EnvFile(mark, parts);
    }

    /// <summary>The bytes of the file.</summary>
    public byte[] ToBytes() => Encoding.Latin1.GetBytes(_mark + string.Concat(_parts.Select(part => part.Text)));

    /// <summary>This file with what a live one says of some keys: their lines come from there, and keys that the live one does not have are left out.</summary>
    /// <param name="live">The live file.</param>
    /// <param name="keys">The keys that keep their live values.</param>
    public EnvFile Keeping(EnvFile live, IReadOnlyCollection<string> keys)
    {
        // A live file that sets nothing has been lost, not edited.
        if (live.Keys.Count == 0) return this;
        var parts = new List<(string? Key, string Text)>();
        var placed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in _parts)
        {
            if (part.Key is not { } key || !keys.Contains(key)) parts.Add(part);
            else if (placed.Add(key) && live.Last(key) is { } line) parts.Add((key, line));
        }

        foreach (var key in keys.Where(key => !placed.Contains(key)))
        {
            if (live.Last(key) is not { } line) continue;
            if (parts.Count > 0 && !parts[^1].Text.EndsWith('\n')) parts[^1] = (parts[^1].Key, parts[^1].Text + "\n");
            parts.Add((key, line));
        }

        for (var i = 0; i < parts.Count - 1; i++) if (!parts[i].Text.EndsWith('\n')) parts[i] = (parts[i].Key, parts[i].Text + "\n");
        return new EnvFile(_mark, parts);
    }

    /// <summary>The keys that are not the same in another file: added there, changed there, and gone there, in order.</summary>
    public (IReadOnlyList<string> Added, IReadOnlyList<string> Changed, IReadOnlyList<string> Removed) ChangesTo(EnvFile other)
    {
        var (mine, theirs) = (Keys, other.Keys);
        return ([.. theirs.Except(mine).Order(StringComparer.Ordinal)],
            [.. mine.Intersect(theirs).Where(key => Value(key) != other.Value(key)).Order(StringComparer.Ordinal)],
            [.. mine.Except(theirs).Order(StringComparer.Ordinal)]);
    }

    // The last line counts, as for a shell.
    private string? Last(string key) => _parts.LastOrDefault(part => part.Key == key).Text;

    private string? Value(string key) => Last(key) is { } text ? text[(text.IndexOf('=') + 1)..].Trim() : null;

    private static int LineEnd(string text, int at)
    {
        var newline = text.IndexOf('\n', at);
        return newline < 0 ? text.Length : newline + 1;
    }

    /// <summary>The key of a line, and where its value begins.</summary>
    private static (string? Key, int Value) KeyOf(string line)
    {
        var equals = line.IndexOf('=');
        if (equals < 0) return (null, 0);
        var key = line[..equals].Trim();
        if (key.StartsWith("export ", StringComparison.Ordinal)) key = key["export ".Length..].TrimStart();
        return key.Length > 0 && key.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '.' or '-') ? (key, equals + 1) : (null, 0);
    }

    // A quoted value ends at its quote, also some lines further on; without one it ends with its line.
    private static int ValueEnd(string text, int value, int lineEnd)
    {
        while (value < lineEnd && text[value] is ' ' or '\t') value++;
        if (value >= lineEnd || text[value] is not ('"' or '\'' or '`')) return lineEnd;
        for (var at = value + 1; at < text.Length; at++)
        {
            if (text[at] == '\\' && text[value] == '"') at++;
            else if (text[at] == text[value]) return LineEnd(text, at);
        }

        return lineEnd;
    }
}
