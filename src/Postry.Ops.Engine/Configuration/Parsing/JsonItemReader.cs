using System.Text;
using System.Text.Json;
using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Configuration.Parsing;

/// <summary>
/// Reads JSON with comments and trailing commas into items that know their places. A text that is no JSON gives one problem. Its message is
/// made here, because the platform's messages count bytes and repeat the text, which may be a secret.
/// </summary>
internal sealed class JsonItemReader
{
    private const int DeepestNesting = 32;
    private const string NameAndValue = "a name is followed by : and its value, a text in quotes, a number, true, false, [ ] or { }";

    private readonly SourceText _text;
    private readonly string _file;
    private readonly Stack<JsonKind> _open = [];
    private JsonTokenType _last;
    private long _at;

    private JsonItemReader(SourceText text, string file)
    {
        _text = text;
        _file = file;
    }

    /// <summary>Reads a file's text.</summary>
    /// <param name="text">The text of the file.</param>
    /// <param name="file">Full path, for origins.</param>
    /// <param name="problem">The reason why the text is no JSON, if null is returned.</param>
    public static JsonItem? Read(SourceText text, string file, out ConfigurationProblem? problem)
    {
        var reader = new JsonItemReader(text, file);
        try
        {
            problem = null;
            return text.FirstInvalidByte is { } invalid
                ? throw new Unreadable(invalid, "This is not UTF-8: save the file in that encoding.")
                : reader.ReadAll();
        }
        catch (Unreadable e)
        {
            problem = new ConfigurationProblem(reader.Origin(e.Offset), e.Message, ConfigurationSections.All);
            return null;
        }
    }

    private JsonItem ReadAll()
    {
        var json = new Utf8JsonReader(_text.Bytes,
            new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = DeepestNesting });
        try
        {
            Next(ref json);
            var item = ReadValue(ref json);
            // Anything but comments after it is an error that only reading on finds.
            json.Read();
            return item;
        }
        catch (JsonException e)
        {
            throw Unreadable(_text.OffsetOf(e.LineNumber ?? 0, e.BytePositionInLine ?? 0));
        }
    }

    private void Next(ref Utf8JsonReader json)
    {
        if (!json.Read()) throw Unreadable(_text.Bytes.Length);
        _last = json.TokenType;
        _at = json.TokenStartIndex;
    }

    private JsonItem ReadValue(ref Utf8JsonReader json)
    {
        var origin = Origin(_at);
        switch (json.TokenType)
        {
            case JsonTokenType.StartObject:
                return new JsonItem(JsonKind.Object, origin) { Members = ReadMembers(ref json) };
            case JsonTokenType.StartArray:
                return new JsonItem(JsonKind.List, origin) { Items = ReadItems(ref json) };
            case JsonTokenType.String:
                return new JsonItem(JsonKind.Text, origin) { Text = TextOf(ref json) };
            case JsonTokenType.Number:
                return new JsonItem(JsonKind.Number, origin) { Text = Encoding.UTF8.GetString(json.ValueSpan) };
            case JsonTokenType.True or JsonTokenType.False:
                return new JsonItem(JsonKind.Switch, origin) { Text = json.TokenType == JsonTokenType.True ? "true" : "false" };
            default:
                return new JsonItem(JsonKind.Null, origin);
        }
    }

    private List<JsonMember> ReadMembers(ref Utf8JsonReader json)
    {
        var members = new List<JsonMember>();
        _open.Push(JsonKind.Object);
        for (Next(ref json); json.TokenType != JsonTokenType.EndObject; Next(ref json))
        {
            var (name, origin) = (TextOf(ref json), Origin(_at));
            Next(ref json);
            members.Add(new JsonMember(name, origin, ReadValue(ref json)));
        }

        _open.Pop();
        return members;
    }

    private List<JsonItem> ReadItems(ref Utf8JsonReader json)
    {
        var items = new List<JsonItem>();
        _open.Push(JsonKind.List);
        for (Next(ref json); json.TokenType != JsonTokenType.EndArray; Next(ref json)) items.Add(ReadValue(ref json));
        _open.Pop();
        return items;
    }

    private string TextOf(ref Utf8JsonReader json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new Unreadable(_at, "The text has half of a surrogate pair (\\ud800 to \\udfff without its other half).");
        }
    }

    /// <summary>The words for a place where the reader could not go on.</summary>
    private Unreadable Unreadable(int offset)
    {
        var rest = _text.Bytes.AsSpan(offset);
        if (_open.Count >= DeepestNesting - 1 && rest is [(byte)'{' or (byte)'[', ..])
            return new(offset, $"Lists and objects are nested more than {DeepestNesting} deep.");
        if (OpenComment(offset) is { } comment) return new(comment, "The comment that begins here is not closed: its */ is missing.");
        if (rest.IsEmpty) return new(offset, AtEnd());
        if (offset > 0 && _text.Bytes[offset - 1] == '\\' && InText(offset))
            return new(offset - 1, "In a text \\ begins an escape: write \\\\ for it, or / in a path.");
        if (rest[0] < ' ' && InText(offset))
            return new(offset, rest[0] is (byte)'\n' or (byte)'\r'
                ? "The closing \" of this text is missing: a text ends in the line in which it begins."
                : "A control character in a text must be written as an escape, a tab as \\t.");
        // A word is wrong from its first letter on, not from where it stops resembling true.
        while (offset > 0 && (char.IsAsciiLetterOrDigit((char)_text.Bytes[offset - 1])
            || _text.Bytes[offset - 1] is (byte)'.' or (byte)'-' or (byte)'+'))
            offset--;
        rest = _text.Bytes.AsSpan(offset);
        if (rest[0] == '\'') return new(offset, "Write texts and names in double quotes (\"), not in single quotes (').");
        return new(offset, $"{Found(rest)} cannot stand here: {Expected(NeedsColon(offset))}.");
    }

    private string AtEnd() => _last == JsonTokenType.None
        ? "The file is empty: a file without settings holds {}."
        : !_open.TryPeek(out var open) ? "The file ends too early: a closing \" is missing."
        : open == JsonKind.Object ? "The file ends too early: the } of the innermost open {, or a closing \", is missing."
        : "The file ends too early: the ] of the innermost open [, or a closing \", is missing.";

    /// <summary>
    /// The offset at which a comment begins that never ends; null if no such comment begins before this offset. All text before it could be
    /// read.
    /// </summary>
    private int? OpenComment(int offset)
    {
        var text = _text.Bytes.AsSpan();
        for (var at = 0; at <= offset && at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                for (at++; at < text.Length && text[at] != '"'; at++)
                    if (text[at] == '\\') at++;
            }
            else if (text[at..].StartsWith("//"u8))
            {
                while (at < text.Length && text[at] is not ((byte)'\n' or (byte)'\r')) at++;
            }
            else if (text[at..].StartsWith("/*"u8))
            {
                var length = text[(at + 2)..].IndexOf("*/"u8);
                if (length < 0) return at;
                at += length + 3;
            }
        }

        return null;
    }

    // The reader takes a name and its colon in one step.
    private bool NeedsColon(int offset) => _text.Bytes[offset] == '='
        || (_last == JsonTokenType.StartObject && _text.Bytes.AsSpan(0, offset).TrimEnd(" \t\r\n"u8) is [.., (byte)'"']);

    private string Expected(bool needsColon) => _last switch
    {
        _ when needsColon => NameAndValue,
        JsonTokenType.None => "the file begins with {",
        JsonTokenType.PropertyName => NameAndValue,
        JsonTokenType.StartObject => "a name in quotes or } is needed",
        JsonTokenType.StartArray => "a value or ] is needed",
        _ when _open.Count == 0 => "nothing but comments may follow the last }",
        _ when _open.Peek() == JsonKind.Object => "a comma and the next name in quotes, or }, is needed",
        _ => "a comma and the next value, or ], is needed",
    };

    // A message shows one character only, because the rest may be a password that lost its quotes.
    private static string Found(ReadOnlySpan<byte> rest) =>
        Rune.DecodeFromUtf8(rest, out var rune, out _) == System.Buffers.OperationStatus.Done && !Rune.IsControl(rune) ? $"'{rune}'"
            : "This character";

    /// <summary>True where the place lies within a text: the quotes before it on its line do not pair up.</summary>
    private bool InText(int offset)
    {
        var inside = false;
        var (line, _) = _text.PositionAt(offset);
        for (var i = offset - 1; i >= 0 && _text.PositionAt(i).Line == line; i--)
        {
            var slashes = 0;
            while (i - slashes > 0 && _text.Bytes[i - slashes - 1] == '\\') slashes++;
            if (_text.Bytes[i] == '"' && slashes % 2 == 0) inside = !inside;
        }

        return inside;
    }

    private ConfigurationOrigin Origin(long offset)
    {
        var (line, column) = _text.PositionAt(offset);
        return new ConfigurationOrigin(SettingSource.File, _file, line, column);
    }
}

/// <summary>The text is no JSON.</summary>
internal sealed class Unreadable(long offset, string message) : Exception(message)
{
    /// <summary>The byte at which it stops being that.</summary>
    public long Offset => offset;
}
