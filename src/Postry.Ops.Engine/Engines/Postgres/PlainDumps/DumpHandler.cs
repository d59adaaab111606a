using System.Text;
using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>Reads a dump statement by statement, classifies each, and knows whether the dump is complete.</summary>
internal abstract class DumpHandler : ScriptHandler
{
    /// <summary>The line that pg_dump writes last.</summary>
    public const string End = "-- PostgreSQL database dump complete";

    private readonly ScriptLexer _lexer;

    /// <param name="purpose">The purpose, with the options of the restore.</param>
    protected DumpHandler(ScriptPurpose purpose) => (_lexer, Rules) = (new ScriptLexer(this), new StatementRules(purpose));

    /// <summary>The rules, with the state of the dump so far.</summary>
    protected StatementRules Rules { get; }

    /// <summary>The settings that the dump has made so far.</summary>
    protected SessionRules Session => Rules.Session;

    /// <summary>The reason why the dump is not whole, or null. The property is valid after <see cref="Complete"/>.</summary>
    public string? Missing { get; private set; } = "The dump was not read.";

    private bool HasEnded { get; set; }

    /// <summary>Takes the next piece. Errors: ScriptRefusal.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        // psql passes over it at the beginning of a file.
        if (_lexer.Line == 1 && !_begun && piece.StartsWith("\uFEFF"u8)) piece = piece[3..];
        _begun |= piece.Length > 0;
        _lexer.Append(piece);
    }

    private bool _begun;

    /// <summary>Takes the end. Errors: ScriptRefusal.</summary>
    public virtual void Complete()
    {
        _lexer.Complete();
        Missing = !_lexer.IsBetweenStatements ? $"The dump ends in the middle of a statement or of the rows of a table, in line " +
            $"{_lexer.Line}."
            : Session.InOwnTransaction || Session.HasOtherSessionUser ? "The dump ends in the middle of statements that belong together."
            : !HasEnded ? $"The line that ends a dump ({End}) is missing."
            : null;
    }

    /// <inheritdoc/>
    public override void Comment(ReadOnlySpan<byte> line)
    {
        if (line.SequenceEqual("-- PostgreSQL database dump complete"u8)) HasEnded = true;
    }

    /// <inheritdoc/>
    public sealed override bool Statement(ReadOnlySpan<byte> text, IReadOnlyList<ScriptToken> tokens, StatementShape shape, long line)
    {
        HasEnded = false;
        var disposition = Rules.Classify(tokens, shape, line);
        if (tokens[0].Is("set"))
            (_lexer.BackslashEscapes, _lexer.TextEncoding) = (Session.BackslashEscapes, TextEncoding = DumpEncoding.Of(Session.Encoding));
        Handle(text, tokens, disposition);
        return disposition == StatementDisposition.RunWithRows;
    }

    /// <summary>A statement and what becomes of it.</summary>
    protected abstract void Handle(ReadOnlySpan<byte> text, IReadOnlyList<ScriptToken> tokens, StatementDisposition disposition);

    /// <summary>Text in the dump's encoding.</summary>
    protected string Decode(ReadOnlySpan<byte> text) => TextEncoding.GetString(text);

    /// <summary>The encoding that the dump says it is in.</summary>
    protected Encoding TextEncoding { get; private set; } = ByteKeepingEncoding.Instance;
}
