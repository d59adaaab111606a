using System.Text;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>Decodes pieces that may end within a character: its first bytes are held until the next piece comes.</summary>
internal sealed class ByteKeepingDecoder : Decoder
{
    /// <summary>The longest character has four bytes.</summary>
    public const int MostHeld = 3;

    private byte[] _held = [];

    /// <inheritdoc/>
    public override void Reset() => _held = [];

    /// <inheritdoc/>
    public override int GetCharCount(byte[] bytes, int index, int count) => GetCharCount(bytes, index, count, flush: false);

    /// <inheritdoc/>
    public override int GetCharCount(byte[] bytes, int index, int count, bool flush) =>
        ByteKeepingEncoding.Decode([.. _held, .. bytes.AsSpan(index, count)], [], counts: true, flush, out _);

    /// <inheritdoc/>
    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        GetChars(bytes, byteIndex, byteCount, chars, charIndex, flush: false);

    /// <inheritdoc/>
    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex, bool flush)
    {
        byte[] all = [.. _held, .. bytes.AsSpan(byteIndex, byteCount)];
        var written = ByteKeepingEncoding.Decode(all, chars.AsSpan(charIndex), counts: false, flush, out var used);
        _held = all[used..];
        return written;
    }
}

/// <summary>Encodes pieces that may end within a surrogate pair: its first half is held until the next piece comes.</summary>
internal sealed class ByteKeepingEncoder : Encoder
{
    private char[] _held = [];

    /// <inheritdoc/>
    public override void Reset() => _held = [];

    /// <inheritdoc/>
    public override int GetByteCount(char[] chars, int index, int count, bool flush) =>
        ByteKeepingEncoding.Instance.GetByteCount(Whole(chars.AsSpan(index, count), flush, out _));

    /// <inheritdoc/>
    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex, bool flush)
    {
        var whole = Whole(chars.AsSpan(charIndex, charCount), flush, out var held);
        var written = ByteKeepingEncoding.Instance.GetBytes(whole, 0, whole.Length, bytes, byteIndex);
        _held = held;
        return written;
    }

    private char[] Whole(ReadOnlySpan<char> chars, bool flush, out char[] held)
    {
        char[] all = [.. _held, .. chars];
        var holds = !flush && all.Length > 0 && char.IsHighSurrogate(all[^1]);
        held = holds ? all[^1..] : [];
        return holds ? all[..^1] : all;
    }
}
