using System.Buffers;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;
using static Postry.Ops.Engine.Engines.Postgres.PlainDumps.TokenKind;

namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>
/// The text of a dump that goes to psql: the statements that the rules let through, classified once more as they go. Every statement begins
/// on a line of its own.
/// </summary>
/// <param name="purpose">The purpose, with the options of the restore.</param>
internal sealed partial class DumpFeed(ScriptPurpose purpose) : DumpHandler(purpose)
{
    private readonly byte[]? _searchPath = purpose.SearchPath is { } path
        ? ByteKeepingEncoding.Instance.GetBytes(PostgresNames.SetSearchPath(path))
        : null;
    private readonly ArrayBufferWriter<byte> _kept = new();
    private readonly ArrayBufferWriter<byte> _last = new();
    private bool _mayHaveChanged = true;

    /// <summary>The text that may go on to psql.</summary>
    public ReadOnlyMemory<byte> Kept => _kept.WrittenMemory;

    /// <summary>Forgets what has gone on.</summary>
    public void Clear() => _kept.ResetWrittenCount();

    // Comments stay behind: a function of the dump could have changed the encoding in which psql would read them.
    /// <inheritdoc/>
    public override void Between(ReadOnlySpan<byte> text) { }

    /// <inheritdoc/>
    public override void Rows(ReadOnlySpan<byte> text, long rows) => _kept.Write(text);

    /// <inheritdoc/>
    protected override void Handle(ReadOnlySpan<byte> text, IReadOnlyList<ScriptToken> tokens, StatementDisposition disposition)
    {
        if (disposition == StatementDisposition.LeaveOut) return;
        // Event triggers fire for later statements of the dump itself (materialised views are filled last), and may write rows that no
        // backup has.
        if (tokens is [_, { Kind: Word, Text: "event" }, ..] or [{ Text: "comment" }, _, { Kind: Word, Text: "event" }, ..])
        {
            _last.Write(text);
            _last.Write("\n"u8);
            return;
        }

        // A function of the dump that its rows have set off could have changed how the server, and psql with it, reads what follows.
        if (_mayHaveChanged) _kept.Write(Settings());
        // The rules let no other set_config through than the one that empties the path.
        _kept.Write(_searchPath is not null && tokens is [{ Text: "select" }, _, _, { Text: "set_config" }, ..] ? _searchPath : text);
        // psql looks at the settings where a line begins: what follows must not stand in the line that changes them.
        _kept.Write("\n"u8);
        _mayHaveChanged = !tokens[0].Is("set");
    }

    /// <inheritdoc/>
    public override void Complete()
    {
        base.Complete();
        if (_last.WrittenCount == 0) return;
        _kept.Write(Settings());
        _kept.Write(_last.WrittenSpan);
    }

    private byte[] Settings()
    {
        var encoding = Session.Encoding is { } name && SafeName().IsMatch(name) ? name : "UTF8";
        return System.Text.Encoding.ASCII.GetBytes(
            $"\nSET standard_conforming_strings = {(Session.BackslashEscapes ? "off" : "on")};\nSET client_encoding = '{encoding}';\n");
    }

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,32}\z", RegexOptions.CultureInvariant)]
    private static partial Regex SafeName();
}
