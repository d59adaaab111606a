using System.Text;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>
/// A file of KEY=value lines, as shells and dotenv libraries read them: comments, "export", quoted values that may go over several lines.
/// Values never leave this class, but for those of single keys that a caller asks for.
/// </summary>
internal sealed class EnvFile
{
    // The byte order mark of UTF-8, as Latin-1 reads it.
    private const string Utf8Mark = "\u00EF\u00BB\u00BF";

    private readonly string _mark;
    private readonly List<Part> _parts;
    // The last line counts, as for a shell.
    private readonly Dictionary<string, Part> _last = new(StringComparer.Ordinal);

    private EnvFile(string mark, List<Part> parts)
    {
        (_mark, _parts) = (mark, parts);
        foreach (var part in parts) if (part.Key is { } key) _last[key] = part;
    }

    /// <summary>Files that are larger are taken as they are.</summary>
    public const long LargestBytes = 1 << 20;

    /// <summary>The keys that it sets, but for those behind a quote that is never closed: what looks like a key there may be a piece of a
    /// secret.</summary>
    public IReadOnlySet<string> Keys => _parts.Where(part => part.IsSure).Select(part => part.Key).OfType<string>()
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>Number of the line whose quote is never closed; null where there is none.</summary>
    public int? OpenLine => _parts.Exists(part => part.IsOpen)
        ? 1 + _parts.TakeWhile(part => !part.IsOpen).Sum(part => part.Text.Count(character => character == '\n')) : null;

    /// <summary>True where a file's name is that of an env file.</summary>
    public static bool IsEnvFile(string path)
    {
        var name = Path.GetFileName(path);
        return name == ".env" || name.StartsWith(".env.", StringComparison.Ordinal) || name.EndsWith(".env", StringComparison.Ordinal);
    }

    /// <summary>False for what no line can be put into: UTF-16, or anything else with NUL bytes.</summary>
    public static bool IsText(ReadOnlySpan<byte> bytes) => !bytes.Contains((byte)0) && !bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE])
        && !bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]);

    /// <summary>Reads a file's text; bytes that are no UTF-8 are kept as they are.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="known">Keys that are keys wherever they stand.</param>
    public static EnvFile Parse(ReadOnlySpan<byte> bytes, params IReadOnlyCollection<string> known)
    {
        // Latin-1 gives every byte a character and back.
        var text = Encoding.Latin1.GetString(bytes);
        var parts = new List<Part>();
        var sure = true;
        // The byte order mark belongs to the file and not to its first line, which may move to another place.
        var mark = text.StartsWith(Utf8Mark, StringComparison.Ordinal) ? Utf8Mark : "";
        for (var at = mark.Length; at < text.Length;)
        {
            var end = LineEnd(text, at);
            var (key, value) = KeyOf(text[at..end]);
            var closed = true;
            if (key is not null) (end, closed) = ValueEnd(text, at + value, end);
            parts.Add(new Part(key, text[at..end], sure || known.Contains(key), !closed));
            sure &= closed;
            at = end;
        }

        return new EnvFile(mark, parts);
    }

    /// <summary>The bytes of the file.</summary>
    public byte[] ToBytes() => Encoding.Latin1.GetBytes(_mark + string.Concat(_parts.Select(part => part.Text)));

    /// <summary>
    /// Returns this file with the live file's values of some keys: if the live file sets such a key, its line is taken from there. A key
    /// that the live file does not set keeps its value.
    /// </summary>
    /// <param name="live">The live file.</param>
    /// <param name="keys">The keys that keep their live values.</param>
    public EnvFile Keeping(EnvFile live, IReadOnlyCollection<string> keys)
    {
        var (parts, added, last) = (new List<Part>(), new List<Part>(), new List<Part>());
        var placed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in _parts)
        {
            // A key that the live file does not set may be what was lost, and is why somebody restores.
            if (part.Key is not { } key || !keys.Contains(key) || !live._last.TryGetValue(key, out var line)) parts.Add(part);
            else if (placed.Add(key)) (line.IsOpen ? last : parts).Add(line);
        }

        foreach (var key in keys.Where(key => !placed.Contains(key)))
            if (live._last.TryGetValue(key, out var line)) (line.IsOpen ? last : added).Add(line);
        // Behind a quote that is never closed a line may be taken for a piece of its value.
        var open = parts.FindIndex(part => part.IsOpen);
        parts.InsertRange(open < 0 ? parts.Count : open, added);
        parts.AddRange(last);
        var lineEnd = _parts.Exists(part => part.Text.EndsWith("\r\n", StringComparison.Ordinal)) ? "\r\n" : "\n";
        for (var i = 0; i < parts.Count - 1; i++)
            if (!parts[i].Text.EndsWith('\n')) parts[i] = parts[i] with { Text = parts[i].Text + lineEnd };
        return new EnvFile(_mark, parts);
    }

    /// <summary>
    /// The keys that are not the same in another file: added there, changed there, and gone there, in order. A name counts as a key only if
    /// it is certainly one in either file.
    /// </summary>
    public (IReadOnlyList<string> Added, IReadOnlyList<string> Changed, IReadOnlyList<string> Removed) ChangesTo(EnvFile other)
    {
        var keys = Keys.Union(other.Keys).Order(StringComparer.Ordinal).ToList();
        return ([.. keys.Where(key => !_last.ContainsKey(key))],
            [.. keys.Where(key => Value(key) is { } mine && other.Value(key) is { } theirs && mine != theirs)],
            [.. keys.Where(key => !other._last.ContainsKey(key))]);
    }

    /// <summary>The value of a key as compose reads it, without its quotes and its comment; null where the key is not set for
    /// certain.</summary>
    public string? ValueOf(string key)
    {
        if (!_last.TryGetValue(key, out var part) || !part.IsSure || part.IsOpen || Value(key) is not { } text) return null;
        if (text is ['"' or '\'', ..] && text.IndexOf(text[0], 1) is > 0 and var end) return text[1..end];
        var comment = text.StartsWith('#') ? 0 : text.IndexOf(" #", StringComparison.Ordinal);
        return (comment < 0 ? text : text[..comment]).TrimEnd();
    }

    private string? Value(string key) => _last.TryGetValue(key, out var part)
        ? part.Text[(part.Text.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim() : null;

    private static int LineEnd(string text, int at)
    {
        var newline = text.IndexOf('\n', at);
        return newline < 0 ? text.Length : newline + 1;
    }

    /// <summary>The key of a line, and where its value begins.</summary>
    private static (string? Key, int Value) KeyOf(string line)
    {
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0) return (null, 0);
        var key = line[..equals].Trim();
        if (key.StartsWith("export ", StringComparison.Ordinal)) key = key["export ".Length..].TrimStart();
        return key.Length > 0 && key.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '.' or '-')
            ? (key, equals + 1) : (null, 0);
    }

    // A quoted value ends at its quote, also some lines further on; without one it ends with its line.
    private static (int End, bool Closed) ValueEnd(string text, int value, int lineEnd)
    {
        while (value < lineEnd && text[value] is ' ' or '\t') value++;
        if (value >= lineEnd || text[value] is not ('"' or '\'' or '`')) return (lineEnd, true);
        for (var at = value + 1; at < text.Length; at++)
        {
            if (text[at] == '\\' && text[value] == '"') at++;
            else if (text[at] == text[value])
            {
                // A quote further on that has more behind it begins another value, and does not end this one.
                var end = LineEnd(text, at);
                return end == lineEnd || text[(at + 1)..end].TrimStart() is "" or ['#', ..] ? (end, true) : (lineEnd, false);
            }
        }

        return (lineEnd, false);
    }

    /// <summary>A line, or a key with a value of several lines.</summary>
    /// <param name="Key">The key that it sets, or null.</param>
    /// <param name="Text">All of it, with its line end.</param>
    /// <param name="IsSure">False where the key may be a piece of a value.</param>
    /// <param name="IsOpen">True where its quote is never closed.</param>
    private readonly record struct Part(string? Key, string Text, bool IsSure, bool IsOpen);
}
