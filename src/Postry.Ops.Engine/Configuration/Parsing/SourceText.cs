using System.Text;
using System.Text.Unicode;

namespace Postry.Ops.Engine.Configuration.Parsing;

/// <summary>A text file as UTF-8, and where each of its bytes is for somebody who has it open in an editor.</summary>
internal sealed class SourceText
{
    private readonly List<int> _lineStarts = [0];

    /// <param name="bytes">The file: UTF-8 with or without a byte order mark, or UTF-16 with one.</param>
    public SourceText(byte[] bytes)
    {
        Bytes = bytes switch
        {
            [0xEF, 0xBB, 0xBF, .. var rest] => rest,
            [0xFF, 0xFE, .. var rest] => Encoding.UTF8.GetBytes(Encoding.Unicode.GetString(rest)),
            [0xFE, 0xFF, .. var rest] => Encoding.UTF8.GetBytes(Encoding.BigEndianUnicode.GetString(rest)),
            _ => bytes,
        };
        for (var i = 0; i < Bytes.Length; i++)
        {
            // A carriage return of its own ends a line too, as in the editors.
            if (Bytes[i] == '\n' || (Bytes[i] == '\r' && (i + 1 == Bytes.Length || Bytes[i + 1] != '\n'))) _lineStarts.Add(i + 1);
        }
    }

    /// <summary>The text as UTF-8, without a byte order mark.</summary>
    public byte[] Bytes { get; }

    /// <summary>The offset of the first byte that is not UTF-8, or null.</summary>
    public int? FirstInvalidByte
    {
        get
        {
            if (Utf8.IsValid(Bytes)) return null;
            var characters = new char[Bytes.Length];
            Utf8.ToUtf16(Bytes, characters, out var read, out _, replaceInvalidSequences: false);
            return read;
        }
    }

    /// <summary>Line and column of a byte, both from 1. A column is one character (code point), however many bytes or UTF-16 units it
    /// takes.</summary>
    public (int Line, int Column) PositionAt(long offset)
    {
        var at = (int)Math.Min(offset, Bytes.Length);
        var line = _lineStarts.BinarySearch(at);
        if (line < 0) line = ~line - 1;
        var column = 1;
        for (var i = _lineStarts[line]; i < at; i++)
        {
            if ((Bytes[i] & 0xC0) != 0x80) column++;
        }

        return (line + 1, column);
    }

    /// <summary>The offset that a JSON reader's line and byte in it mean; it counts line feeds only, both from 0.</summary>
    public int OffsetOf(long lineFeeds, long bytesInLine)
    {
        var at = 0;
        for (var line = 0L; line < lineFeeds; line++) at = Array.IndexOf(Bytes, (byte)'\n', at) + 1;
        return (int)Math.Min(at + bytesInLine, Bytes.Length);
    }
}
