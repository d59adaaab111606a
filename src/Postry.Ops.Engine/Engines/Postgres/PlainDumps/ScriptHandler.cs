namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>A token of a statement outside of parentheses.</summary>
/// <param name="Kind">The kind of token.</param>
/// <param name="Text">The text of the token.</param>
internal readonly record struct ScriptToken(TokenKind Kind, string Text)
{
    /// <summary>True for the word.</summary>
    public bool Is(string word) => Kind == TokenKind.Word && Text == word;

    /// <summary>True for a name, quoted or not.</summary>
    public bool IsName => Kind is TokenKind.Word or TokenKind.QuotedName;

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        TokenKind.Word => Text.ToUpperInvariant(),
        TokenKind.QuotedName => $"\"{Text}\"",
        TokenKind.Literal => "'...'",
        _ => Text,
    };
}

/// <summary>The kinds of tokens that a statement consists of.</summary>
internal enum TokenKind
{
    /// <summary>A keyword, a name without quotes, or a number, in lower case.</summary>
    Word,

    /// <summary>A name in double quotes, without them.</summary>
    QuotedName,

    /// <summary>A string; of a long one only the beginning is kept.</summary>
    Literal,

    /// <summary>An operator or a punctuation mark.</summary>
    Symbol,
}

/// <summary>Receives the parts of a script one by one, split as psql splits them.</summary>
internal abstract class ScriptHandler
{
    /// <summary>A comment to the end of its line, without the line's end, between statements.</summary>
    public virtual void Comment(ReadOnlySpan<byte> line) { }

    /// <summary>A whole statement, its semicolon included. Returns true where the lines that follow are the rows of a COPY.</summary>
    public abstract bool Statement(ReadOnlySpan<byte> text, IReadOnlyList<ScriptToken> tokens, StatementShape shape, long line);

    /// <summary>Rows of a COPY, whole lines or pieces of long ones, with the line that ends them.</summary>
    /// <param name="text">The bytes.</param>
    /// <param name="rows">The number of rows that end in these bytes.</param>
    public abstract void Rows(ReadOnlySpan<byte> text, long rows);

    /// <summary>White space and comments between statements.</summary>
    public abstract void Between(ReadOnlySpan<byte> text);
}

/// <summary>The facts of a statement that its tokens outside of parentheses do not show.</summary>
/// <param name="Depth">The depth of its parentheses.</param>
/// <param name="Inside">The first three tokens inside of parentheses.</param>
/// <param name="Definition">Every token of a CREATE or ALTER, also inside of parentheses.</param>
/// <param name="IsCut">True where there are more tokens than were kept, other than those between rows.</param>
internal readonly record struct StatementShape(int Depth, IReadOnlyList<ScriptToken> Inside, IReadOnlyList<ScriptToken> Definition,
    bool IsCut);
