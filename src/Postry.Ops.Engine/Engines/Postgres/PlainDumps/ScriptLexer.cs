using System.Buffers;
using System.Text;
using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>
/// Takes a script apart as psql does (psqlscan.l): strings and names in quotes, dollar quotes, nested comments, BEGIN ATOMIC bodies, and
/// the rows of COPY. A text that psql and the server could read differently, or that versions of psql read differently, is refused: pg_dump
/// writes nothing of the kind.
/// </summary>
internal sealed class ScriptLexer(ScriptHandler handler)
{
    private const int LongestWord = 1 << 20;
    private const int KeptOfLiteral = 256;

    private static readonly SearchValues<byte> QuoteOrBackslash = SearchValues.Create("'\\"u8);
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);
    private static readonly SearchValues<byte> StarOrSlash = SearchValues.Create("*/"u8);

    private readonly StatementBuilder _statement = new();
    private readonly CopyRowScanner _rows = new(handler);
    private readonly ArrayBufferWriter<byte> _literal = new();
    private readonly BodyTracker _body = new();
    private State _state;
    private byte[] _carry = [];
    private byte[] _dollar = [];
    private int _comments;
    private bool _atLineStart = true;
    private bool _escapeEnded;
    private bool _isBits;
    private bool _bitsEnded;
    private bool _newlineSince;

    private enum State
    {
        Text, BlockComment, Plain, Escaped, Name, Dollar, BeforeRows, Rows,
    }

    /// <summary>The line that is being read, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>True where a backslash escapes in ordinary strings (standard_conforming_strings = off).</summary>
    public bool BackslashEscapes { get; set; }

    /// <summary>The encoding of the text.</summary>
    public Encoding TextEncoding { get; set; } = ByteKeepingEncoding.Instance;

    /// <summary>True where the text so far ends between statements.</summary>
    public bool IsBetweenStatements => _state == State.Text && !_statement.HasBegun && _carry.Length == 0;

    /// <summary>Takes the next piece. Errors: ScriptRefusal.</summary>
    public void Append(ReadOnlySpan<byte> piece) => Run(piece, last: false);

    /// <summary>Takes the end.</summary>
    public void Complete() => Run([], last: true);

    private void Run(ReadOnlySpan<byte> piece, bool last)
    {
        if (piece.Contains((byte)0)) throw Refuse("a byte of zero, which no text holds. A dump that was written as UTF-16 has them");
        var text = _carry.Length == 0 ? piece : (byte[])[.. _carry, .. piece];
        _carry = [];
        while (text.Length > 0 && Step(text, last) is var used and > 0) text = text[used..];
        if (text.Length > LongestWord) throw Refuse("a word or a comment that is longer than any that pg_dump writes");
        _carry = text.ToArray();
    }

    /// <summary>Consumes one piece of text and says how long it was; 0 where more is needed to tell what it is.</summary>
    private int Step(ReadOnlySpan<byte> text, bool last) => _state switch
    {
        State.BlockComment => InComment(text, last),
        State.Plain => InQuotes(text, last, (byte)'\''),
        State.Name => InQuotes(text, last, (byte)'"'),
        State.Escaped => InEscaped(text, last),
        State.Dollar => InDollars(text, last),
        State.BeforeRows => BeforeRows(text),
        State.Rows => InRows(text),
        _ => InText(text, last),
    };

    private int InText(ReadOnlySpan<byte> text, bool last)
    {
        var first = text[0];
        var next = text.Length > 1 ? text[1] : (byte)0;
        if (text.Length < 2 && !last && first is not ((byte)';' or (byte)'\n')) return 0;
        if (IsSpace(first)) return Spaces(text);
        if (first == '-' && next == '-') return LineComment(text, last);
        if (first == '/' && next == '*')
        {
            (_state, _comments) = (State.BlockComment, 1);
            return Take(text, 2);
        }

        if (first == '\\') return MetaCommand(text, last);
        if (first == '\'') return Quote(text, 1, BackslashEscapes ? State.Escaped : State.Plain);
        if (first == '"') return Quote(text, 1, State.Name);
        if (first == '$') return Dollar(text, last);
        if (IsWordStart(first)) return Word(text, last);
        if (char.IsAsciiDigit((char)first)) return Number(text, last);
        if (first == ':') return Colon(text, last);
        return Symbol(text);
    }

    private int Spaces(ReadOnlySpan<byte> text)
    {
        var length = 1;
        while (length < text.Length && IsSpace(text[length])) length++;
        if (text[..length].ContainsAny(LineEnds)) _newlineSince = true;
        return Take(text, length);
    }

    private int LineComment(ReadOnlySpan<byte> text, bool last)
    {
        var end = text.IndexOfAny(LineEnds);
        if (end < 0 && !last) return 0;
        if (end < 0) end = text.Length;
        if (!_statement.HasBegun) handler.Comment(text[..end]);
        return Take(text, end);
    }

    // Inside \restrict psql itself refuses all others; these two are taken out, for the script is run inside one of our own.
    private int MetaCommand(ReadOnlySpan<byte> text, bool last)
    {
        var end = text.IndexOf((byte)'\n');
        if (end < 0 && !last) return 0;
        var line = Encoding.Latin1.GetString(end < 0 ? text : text[..end]).TrimEnd('\r');
        var words = line.Split(' ');
        if (!_atLineStart || _statement.HasBegun || words is not [@"\restrict" or @"\unrestrict", { Length: > 0 } key]
            || !key.All(char.IsAsciiLetterOrDigit))
            throw Refuse("a command of psql (a backslash outside of quotes)");
        var length = end < 0 ? text.Length : end + 1;
        Line += end < 0 ? 0 : 1;
        return length;
    }

    private int Quote(ReadOnlySpan<byte> text, int length, State state)
    {
        if (_newlineSince && ((_escapeEnded && state == State.Plain) || (_bitsEnded && state != State.Name)))
            throw Refuse("a string with escapes that goes on in another line");
        Token();
        _literal.ResetWrittenCount();
        (_state, _isBits) = (state, false);
        return Take(text, length);
    }

    private int Word(ReadOnlySpan<byte> text, bool last)
    {
        var length = 1;
        while (length < text.Length && IsWordPart(text[length])) length++;
        if (length == text.Length && !last) return 0;
        if (length == 1 && (text[0] | 0x20) == 'e' && text.Length > 1 && text[1] == '\'') return Quote(text, 2, State.Escaped);
        var word = Lower(text[..length]);
        Token();
        if (_body.Word(word, _statement.Parentheses) is { } problem) throw Refuse(problem);
        _statement.Add(TokenKind.Word, word);
        Take(text, length);
        if (length < text.Length && text[length] == '\'' && word is "b" or "x") return length + Bits(text[length..]);
        return length;
    }

    // A backslash never escapes in these, whatever it does in ordinary strings.
    private int Bits(ReadOnlySpan<byte> text)
    {
        var length = Quote(text, 1, BackslashEscapes ? State.Escaped : State.Plain);
        _isBits = BackslashEscapes;
        return length;
    }

    private int Number(ReadOnlySpan<byte> text, bool last)
    {
        var length = 1;
        while (length < text.Length && (char.IsAsciiLetterOrDigit((char)text[length]) || text[length] is (byte)'.' or (byte)'_')) length++;
        if (length == text.Length && !last) return 0;
        // Versions of psql differ in where such a number ends.
        if (length < text.Length && text[length] is (byte)'\'' or (byte)'$') throw Refuse("a number that runs into a quote");
        Token();
        _statement.Add(TokenKind.Word, Encoding.ASCII.GetString(text[..length]));
        return Take(text, length);
    }

    private int Dollar(ReadOnlySpan<byte> text, bool last)
    {
        var length = 1;
        while (length < text.Length && text[length] != '$' && IsWordPart(text[length])) length++;
        if (length == text.Length && !last) return 0;
        Token();
        var isParameter = length > 1 && text[1..length].ContainsAnyExceptInRange((byte)'0', (byte)'9') is false;
        var closed = length < text.Length && text[length] == '$';
        if (isParameter && !closed) return Take(text, length);
        if (!closed || (length > 1 && char.IsAsciiDigit((char)text[1]))) throw Refuse("a dollar sign that begins no quote");
        _dollar = text[..(length + 1)].ToArray();
        _state = State.Dollar;
        return Take(text, length + 1);
    }

    // psql puts the values of its variables in; those that it has itself have names in capitals.
    private int Colon(ReadOnlySpan<byte> text, bool last)
    {
        if (text[1..].StartsWith(":"u8)) return SymbolOf(text, 2);
        if (text.Length < 3 && !last) return 0;
        var named = text.Length > 2 && text[1] is (byte)'\'' or (byte)'"' ? text[2] : text.Length > 1 ? text[1] : (byte)0;
        if (char.IsAsciiLetterUpper((char)named) || named == '{') throw Refuse("a variable of psql");
        return SymbolOf(text, 1);
    }

    private int Symbol(ReadOnlySpan<byte> text)
    {
        switch (text[0])
        {
            case (byte)'(':
                _statement.Open();
                break;
            case (byte)')':
                _statement.Close();
                break;
            case (byte)';' when _statement.Parentheses == 0 && _body.IsOutside:
                return EndStatement(text);
            case (byte)';':
                Token();
                _body.Semicolon(_statement.Parentheses);
                return Take(text, 1);
        }

        return SymbolOf(text, 1);
    }

    private int SymbolOf(ReadOnlySpan<byte> text, int length)
    {
        Token();
        if (_body.Symbol((char)text[0]) is { } problem) throw Refuse(problem);
        _statement.Add(TokenKind.Symbol, Encoding.Latin1.GetString(text[..length]));
        return Take(text, length);
    }

    private int EndStatement(ReadOnlySpan<byte> text)
    {
        if (!_statement.HasBegun) return Take(text, 1);
        if (_statement.End(handler)) _state = State.BeforeRows;
        _body.Reset();
        (_escapeEnded, _bitsEnded, _atLineStart) = (false, false, false);
        return 1;
    }

    private int InQuotes(ReadOnlySpan<byte> text, bool last, byte quote)
    {
        var at = text.IndexOf(quote);
        if (at < 0) return Inside(text, text.Length);
        if (at + 1 == text.Length && !last) return at > 0 ? Inside(text, at) : 0;
        if (at + 1 < text.Length && text[at + 1] == quote) return Inside(text, at + 2);
        return EndQuotes(text, at, quote == '"' ? TokenKind.QuotedName : TokenKind.Literal, escaped: false);
    }

    private int InEscaped(ReadOnlySpan<byte> text, bool last)
    {
        var at = text.IndexOfAny(QuoteOrBackslash);
        if (at < 0) return Inside(text, text.Length);
        if (at + 1 == text.Length && !last) return at > 0 ? Inside(text, at) : 0;
        if (text[at] == '\\' && _isBits) throw Refuse("a backslash in a string of bits");
        if (text[at] == '\\' || (at + 1 < text.Length && text[at + 1] == '\'')) return Inside(text, Math.Min(at + 2, text.Length));
        return EndQuotes(text, at, TokenKind.Literal, escaped: true);
    }

    private int Inside(ReadOnlySpan<byte> text, int length)
    {
        if (_literal.WrittenCount < KeptOfLiteral) _literal.Write(text[..Math.Min(length, KeptOfLiteral)]);
        return Take(text, length);
    }

    private int EndQuotes(ReadOnlySpan<byte> text, int at, TokenKind kind, bool escaped)
    {
        if (_literal.WrittenCount < KeptOfLiteral) _literal.Write(text[..Math.Min(at, KeptOfLiteral)]);
        var said = TextEncoding.GetString(_literal.WrittenSpan);
        _statement.Add(kind, kind == TokenKind.QuotedName ? said.Replace("\"\"", "\"", StringComparison.Ordinal) : said);
        _state = State.Text;
        Take(text, at + 1);
        (_escapeEnded, _bitsEnded, _newlineSince) = (escaped, _isBits, false);
        return at + 1;
    }

    private int InDollars(ReadOnlySpan<byte> text, bool last)
    {
        var at = text.IndexOf(_dollar);
        if (at >= 0)
        {
            _state = State.Text;
            _statement.Add(TokenKind.Literal, "");
            return Take(text, at + _dollar.Length);
        }

        return Take(text, last ? text.Length : Math.Max(0, text.Length - _dollar.Length + 1));
    }

    private int InComment(ReadOnlySpan<byte> text, bool last)
    {
        var at = text.IndexOfAny(StarOrSlash);
        if (at < 0) return Take(text, text.Length);
        if (at + 1 == text.Length) return last ? Take(text, text.Length) : at > 0 ? Take(text, at) : 0;
        var pair = text.Slice(at, 2);
        var change = pair.SequenceEqual("/*"u8) ? 1 : pair.SequenceEqual("*/"u8) ? -1 : 0;
        if ((_comments += change) == 0) _state = State.Text;
        return Take(text, change == 0 ? at + 1 : at + 2);
    }

    // The rows begin with the next line.
    private int BeforeRows(ReadOnlySpan<byte> text)
    {
        if (text[0] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')) throw Refuse("something after COPY in its line");
        if (text[0] == '\n') _state = State.Rows;
        return Take(text, 1);
    }

    private int InRows(ReadOnlySpan<byte> text)
    {
        var (length, lines, hasEnded) = _rows.Take(text);
        Line += lines;
        if (hasEnded) (_state, _atLineStart) = (State.Text, true);
        return length;
    }

    /// <summary>Passes text on that is understood: to the statement that it is part of, or as what stands between two.</summary>
    private int Take(ReadOnlySpan<byte> text, int length)
    {
        if (length == 0) return 0;
        var taken = text[..length];
        if (_statement.HasBegun) _statement.Write(taken);
        else handler.Between(taken);
        Line += taken.Count((byte)'\n');
        _atLineStart = taken[^1] == '\n';
        return length;
    }

    private void Token()
    {
        _statement.Begin(Line);
        (_escapeEnded, _bitsEnded) = (false, false);
    }

    private ScriptRefusal Refuse(string what) => new(Line, what);

    // PostgreSQL does the same: it knows only the letters of ASCII here.
    private string Lower(ReadOnlySpan<byte> word)
    {
        Span<byte> lower = word.Length <= 256 ? stackalloc byte[word.Length] : new byte[word.Length];
        for (var i = 0; i < word.Length; i++) lower[i] = word[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(word[i] | 0x20) : word[i];
        return TextEncoding.GetString(lower);
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (>= (byte)'\t' and <= (byte)'\r');

    private static bool IsWordStart(byte value) => char.IsAsciiLetter((char)value) || value is (byte)'_' or >= 0x80;

    private static bool IsWordPart(byte value) => IsWordStart(value) || char.IsAsciiDigit((char)value) || value == '$';
}
