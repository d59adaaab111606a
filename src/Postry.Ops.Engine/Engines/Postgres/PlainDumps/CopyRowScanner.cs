namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>Passes the rows of a COPY on, up to the line that ends them.</summary>
/// <param name="handler">Receives the rows.</param>
internal sealed class CopyRowScanner(ScriptHandler handler)
{
    private bool _insideRow;

    /// <summary>Takes the next text. Returns the bytes that it used (0 where more are needed), the lines that end in them, and true after
    /// the line that ends the rows.</summary>
    public (int Length, long Lines, bool HasEnded) Take(ReadOnlySpan<byte> text)
    {
        var (at, rows) = (0, 0L);
        while (text[at..].IndexOf((byte)'\n') is var length and >= 0)
        {
            var line = text.Slice(at, length);
            at += length + 1;
            if (!_insideRow && (line.SequenceEqual("\\."u8) || line.SequenceEqual("\\.\r"u8)))
            {
                handler.Rows(text[..at], rows);
                return (at, rows + 1, true);
            }

            rows++;
            _insideRow = false;
        }

        // The line that ends the rows is short; what is longer is a row, whose end is yet to come.
        if (at == 0)
        {
            if (!_insideRow && text.Length < 4) return (0, 0, false);
            _insideRow = true;
            at = text.Length;
        }

        handler.Rows(text[..at], rows);
        return (at, rows, false);
    }
}
