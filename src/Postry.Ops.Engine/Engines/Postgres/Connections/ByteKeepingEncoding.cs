using System.Buffers;
using System.Text;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>
/// UTF-8 that keeps every byte: text in UTF-8 reads as itself, and each byte that is no part of such text reads as the private-use
/// character U+F700 + byte (U+F780 to U+F7FF), which becomes that byte again. Real characters of that range are read byte by byte as well,
/// so that any bytes, decoded and encoded, are the same bytes. A database of encoding SQL_ASCII may have such names and comments.
/// </summary>
internal sealed class ByteKeepingEncoding : Encoding
{
    /// <summary>The character for the byte 0x80.</summary>
    public const char FirstByte = '\uF780';

    /// <summary>The character for the byte 0xFF.</summary>
    public const char LastByte = '\uF7FF';

    /// <summary>The name by which <see cref="Encoding.GetEncoding(string)"/> finds it.</summary>
    public const string Name = "postry-bytes";

    private const char Offset = '\uF700';

    static ByteKeepingEncoding() => RegisterProvider(new Provider());

    private ByteKeepingEncoding()
    {
    }

    /// <summary>The one instance.</summary>
    public static ByteKeepingEncoding Instance { get; } = new();

    /// <inheritdoc/>
    public override string WebName => Name;

    /// <summary>True for a text with bytes that are no UTF-8.</summary>
    public static bool HasBytes(string text) => text.AsSpan().ContainsAnyInRange(FirstByte, LastByte);

    /// <summary>Reads a stream to its end as such text. A byte order mark is no mark, but text.</summary>
    public static StreamReader Reader(Stream stream) => new(stream, Instance, detectEncodingFromByteOrderMarks: false);

    /// <inheritdoc/>
    public override int GetMaxByteCount(int charCount) => checked(3 * (charCount + 1));

    /// <inheritdoc/>
    public override int GetMaxCharCount(int byteCount) => checked(byteCount + ByteKeepingDecoder.MostHeld);

    /// <inheritdoc/>
    public override int GetByteCount(char[] chars, int index, int count) => Encode(chars.AsSpan(index, count), [], counts: true);

    /// <inheritdoc/>
    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Encode(chars.AsSpan(charIndex, charCount), bytes.AsSpan(byteIndex), counts: false);

    /// <inheritdoc/>
    public override int GetCharCount(byte[] bytes, int index, int count) =>
        Decode(bytes.AsSpan(index, count), [], counts: true, isEnd: true, out _);

    /// <inheritdoc/>
    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        Decode(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex), counts: false, isEnd: true, out _);

    /// <inheritdoc/>
    public override Decoder GetDecoder() => new ByteKeepingDecoder();

    /// <inheritdoc/>
    public override Encoder GetEncoder() => new ByteKeepingEncoder();

    /// <summary>Decodes as far as the characters are whole. Returns the number of UTF-16 units.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="chars">Takes the text.</param>
    /// <param name="counts">True to count only.</param>
    /// <param name="isEnd">True at the end of the text, so that half a character is invalid.</param>
    /// <param name="used">The number of bytes that were decoded.</param>
    internal static int Decode(ReadOnlySpan<byte> bytes, Span<char> chars, bool counts, bool isEnd, out int used)
    {
        var written = 0;
        for (used = 0; used < bytes.Length;)
        {
            var rest = bytes[used..];
            var plain = rest.IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
            if (plain < 0) plain = rest.Length;
            if (plain > 0)
            {
                if (!counts) Latin1.GetChars(rest[..plain], chars[written..]);
                (used, written) = (used + plain, written + plain);
                continue;
            }

            var status = Rune.DecodeFromUtf8(rest, out var rune, out var length);
            if (status == OperationStatus.NeedMoreData && !isEnd) break;
            if (status == OperationStatus.Done && rune.Value is < FirstByte or > LastByte)
            {
                written += counts ? rune.Utf16SequenceLength : rune.EncodeToUtf16(chars[written..]);
            }
            else
            {
                for (var i = 0; i < length && !counts; i++) chars[written + i] = (char)(Offset + rest[i]);
                written += length;
            }

            used += length;
        }

        return written;
    }

    // Half a surrogate pair becomes U+FFFD, as everywhere in .NET.
    private static int Encode(ReadOnlySpan<char> chars, Span<byte> bytes, bool counts)
    {
        var written = 0;
        while (chars.Length > 0)
        {
            var text = chars.IndexOfAnyInRange(FirstByte, LastByte);
            if (text < 0) text = chars.Length;
            written += counts ? UTF8.GetByteCount(chars[..text]) : UTF8.GetBytes(chars[..text], bytes[written..]);
            if (text == chars.Length) break;
            if (!counts) bytes[written] = (byte)(chars[text] - Offset);
            written++;
            chars = chars[(text + 1)..];
        }

        return written;
    }

    private sealed class Provider : EncodingProvider
    {
        public override Encoding? GetEncoding(int codepage) => null;

        public override Encoding? GetEncoding(string name) => name == Name ? Instance : null;
    }
}
