using System.Buffers;

namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>The statement that a lexer is in: its text, its tokens, and the depth of its parentheses.</summary>
internal sealed class StatementBuilder
{
    private const int MostTokens = 4096;
    private const int MostOfDefinition = 1 << 16;
    private const int MostInside = 3;

    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly List<ScriptToken> _tokens = [];
    private readonly List<ScriptToken> _inside = [];
    private readonly List<ScriptToken> _definition = [];
    private int _deepest;
    private bool _isCut;
    private long _line;

    /// <summary>True within a statement.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Parentheses that are open.</summary>
    public int Parentheses { get; private set; }

    /// <summary>Begins a statement in a line, unless one has begun.</summary>
    public void Begin(long line)
    {
        if (!HasBegun) (HasBegun, _line) = (true, line);
    }

    /// <summary>Takes text of the statement.</summary>
    public void Write(ReadOnlySpan<byte> text) => _text.Write(text);

    /// <summary>Takes an opening parenthesis.</summary>
    public void Open() => _deepest = Math.Max(_deepest, ++Parentheses);

    /// <summary>Takes a closing parenthesis.</summary>
    public void Close() => Parentheses = Math.Max(0, Parentheses - 1);

    /// <summary>Takes a token.</summary>
    public void Add(TokenKind kind, string text)
    {
        if (Parentheses == 0 && _tokens.Count < MostTokens) _tokens.Add(new ScriptToken(kind, text));
        else if (Parentheses == 0 && text is not (")" or ",")) _isCut = true;
        if (Parentheses > 0 && _inside.Count < MostInside && text != "(") _inside.Add(new ScriptToken(kind, text));
        if (_tokens.Count == 0 || _tokens[0].Text is not ("create" or "alter")) return;
        if (_definition.Count < MostOfDefinition) _definition.Add(new ScriptToken(kind, text));
        else _isCut = true;
    }

    /// <summary>Passes the statement on with its semicolon, and forgets it. Returns true where the rows of a COPY follow.</summary>
    public bool End(ScriptHandler handler)
    {
        _text.Write(";"u8);
        var rows = handler.Statement(_text.WrittenSpan, _tokens, new StatementShape(_deepest, _inside, _definition, _isCut), _line);
        _text.ResetWrittenCount();
        _tokens.Clear();
        _inside.Clear();
        _definition.Clear();
        (HasBegun, Parentheses, _deepest, _isCut) = (false, 0, 0, false);
        return rows;
    }
}
