using System.Text;
using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Tests.Postgres.Connections;

/// <summary>Names that are no UTF-8 are read as text and written as the same bytes.</summary>
public sealed class ByteKeepingEncodingTests
{
    private static ByteKeepingEncoding Keeping => ByteKeepingEncoding.Instance;

    [Fact]
    public void Every_short_string_of_bytes_comes_back_as_it_was()
    {
        for (var length = 0; length <= 2; length++)
            for (var number = 0; number < 1 << (8 * length); number++)
                ComesBack([.. Enumerable.Range(0, length).Select(i => (byte)(number >> (8 * i)))]);
        // A single ASCII letter is enough, because all of them behave alike.
        byte[] some = [(byte)'a', .. Enumerable.Range(0x80, 0x80).Select(b => (byte)b)];
        foreach (var first in some)
            foreach (var second in some)
                foreach (var third in some) ComesBack([first, second, third]);
    }

    [Fact]
    public void Text_in_UTF_8_reads_as_itself_but_for_the_characters_that_stand_for_bytes()
    {
        var runes = Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Where(rune => rune is < 0xF780 or > 0xF7FF);
        var text = string.Concat(runes.Select(rune => new Rune(rune).ToString()));
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.Equal(text, Keeping.GetString(bytes));
        Assert.Equal(bytes, Keeping.GetBytes(text));
        Assert.Equal("\uF7EF\uF79E\uF780", Keeping.GetString(Encoding.UTF8.GetBytes("\uF780")));
        Assert.Equal("caf\uF7E9 é", Keeping.GetString([.. "caf"u8, 0xE9, .. " é"u8]));
        Assert.Equal(Encoding.UTF8.GetBytes("\uFFFD"), Keeping.GetBytes("\uD83D"));
        Assert.True(ByteKeepingEncoding.HasBytes("caf\uF7E9"));
        Assert.False(ByteKeepingEncoding.HasBytes("café"));
    }

    [Fact]
    public void Pieces_that_end_anywhere_read_and_write_the_same()
    {
        byte[] bytes = [.. "é€😀"u8, 0xE2, 0x82, .. "a"u8, 0xF0, 0x9F, 0x98, 0xE9, .. "\uF7FF"u8, 0xC3];
        var text = Keeping.GetString(bytes);
        for (var first = 0; first <= bytes.Length; first++)
            for (var second = first; second <= bytes.Length; second++)
            {
                var (decoder, chars, at) = (Keeping.GetDecoder(), new char[64], 0);
                foreach (var piece in new[] { bytes[..first], bytes[first..second], bytes[second..] })
                    at += decoder.GetChars(piece, 0, piece.Length, chars, at, flush: false);
                at += decoder.GetChars([], 0, 0, chars, at, flush: true);
                Assert.Equal(text, new string(chars, 0, at));
            }

        for (var split = 0; split <= text.Length; split++)
        {
            var (encoder, written) = (Keeping.GetEncoder(), new byte[64]);
            var at = encoder.GetBytes(text.AsSpan(0, split), written, flush: false);
            at += encoder.GetBytes(text.AsSpan(split), written.AsSpan(at), flush: true);
            Assert.Equal(bytes, written[..at]);
        }

        for (var size = 1; size < 40; size++)
        {
            using var reader = new StreamReader(new MemoryStream(bytes), Keeping, false, size);
            Assert.Equal(text, reader.ReadToEnd());
        }
    }

    [Fact]
    public void It_is_found_by_its_name() => Assert.Equal("\uF7FF", Encoding.GetEncoding(Keeping.WebName,
        EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback).GetString([0xFF]));

    private static void ComesBack(byte[] bytes)
    {
        var text = Keeping.GetString(bytes);
        if (!Keeping.GetBytes(text).AsSpan().SequenceEqual(bytes)) Assert.Fail(Convert.ToHexString(bytes));
        if (Keeping.GetByteCount(text) != bytes.Length || Keeping.GetCharCount(bytes) != text.Length)
            Assert.Fail($"counts of {Convert.ToHexString(bytes)}");
    }
}
