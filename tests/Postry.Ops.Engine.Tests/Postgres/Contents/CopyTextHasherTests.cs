using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Postgres.Contents;

/// <summary>Rows of any length in pieces of any length have the sum that the documentation says.</summary>
public sealed class CopyTextHasherTests(ITestOutputHelper output)
{
    [Fact]
    public void Lengths_around_the_blocks_of_the_hash_are_hashed_right_each_alone_and_all_together()
    {
        var rows = Enumerable.Range(0, 200).Concat([255, 256, 1000, 1023, 1024, 1025, 65535, 65536, 65537, 200_000])
            .Select(length => Enumerable.Range(0, length).Select(i => (byte)(32 + (i * 7) % 90)).ToArray()).ToList();
        foreach (var row in rows) Assert.Equal(Expected([row]), Hash([.. row, (byte)'\n'], int.MaxValue));
        Assert.Equal(Expected(rows), Hash(Text(rows), int.MaxValue));
    }

    [Fact]
    public void Where_the_text_is_cut_does_not_matter()
    {
        var random = Seed.Random(output);
        for (var round = 0; round < (Seed.LongTests ? 300 : 40); round++)
        {
            var rows = Enumerable.Range(0, random.Next(1, 60))
                .Select(_ => Row(random, random.Next(8) switch { 0 => random.Next(100_000), 1 => random.Next(2000), _ =>
                random.Next(150) })).ToList();
            var text = Text(rows);
            foreach (var piece in new[] { 1, 7, 64, 100, random.Next(1, 5000), 65536 }.Where(p => p > 6 || text.Length < 50_000))
                Assert.Equal(Expected(rows), Hash(text, piece));
        }
    }

    [Fact]
    public void The_order_of_rows_does_not_matter_and_a_row_that_is_there_twice_counts_twice()
    {
        var (a, b) = (Encoding.UTF8.GetBytes("1\ta"), Encoding.UTF8.GetBytes("2\tb"));
        Assert.Equal(Hash(Text([a, b]), 99), Hash(Text([b, a]), 99));
        Assert.NotEqual(Hash(Text([a, b]), 99), Hash(Text([a, b, b]), 99));
        Assert.NotEqual(Hash(Text([a, a, b, b]), 99), Hash(Text([a, b]), 99));
        Assert.Equal((0, new string('0', 32)), Hash([], 99));
    }

    [Theory]
    [InlineData("1\n2\n\\.\n\n\n", 2, true, false, false)]
    [InlineData("1\n2\n", 2, false, false, false)]
    [InlineData("1\n2\n\\.", 2, false, false, true)]
    [InlineData("1\n2\n\\.\n\nx", 2, true, true, false)]
    [InlineData("\\.\n", 0, true, false, false)]
    [InlineData("\n\n\\.\n", 2, true, false, false)]
    [InlineData("\\\\.\n\\.\n", 1, true, false, false)]
    [InlineData("1\n2", 1, false, false, true)]
    public void The_end_of_an_archive_s_rows_is_found_however_it_is_cut(string text, int rows, bool terminated, bool continues, bool inside)
    {
        for (var piece = 1; piece <= text.Length; piece++)
        {
            using var hasher = new CopyTextHasher(hash: true);
            foreach (var part in Encoding.UTF8.GetBytes(text).Chunk(piece)) hasher.Append(part);
            Assert.Equal((rows, terminated, continues, inside),
                (hasher.Rows, hasher.Terminated, hasher.ContinuesAfterEnd, hasher.EndsInsideRow));
        }
    }

    [Fact]
    public void Rows_are_counted_without_hashing()
    {
        using var hasher = new CopyTextHasher(hash: false);
        hasher.Append(Text(Enumerable.Range(0, 5000).Select(i => Encoding.UTF8.GetBytes($"{i}\t{new string('x', i)}"))));
        Assert.Equal((5000L, null), (hasher.Rows, hasher.Fingerprint));
    }

    private static byte[] Row(Random random, int length)
    {
        var row = new byte[length];
        random.NextBytes(row);
        for (var i = 0; i < length; i++) if (row[i] == (byte)'\n') row[i] = (byte)'n';
        return row;
    }

    private static byte[] Text(IEnumerable<byte[]> rows) => [.. rows.SelectMany(row => row.Append((byte)'\n'))];

    private static (long Rows, string Fingerprint) Hash(byte[] text, int piece)
    {
        using var hasher = new CopyTextHasher(hash: true);
        for (var at = 0; at < text.Length; at += piece == int.MaxValue ? text.Length : piece)
            hasher.Append(text.AsSpan(at, Math.Min(piece, text.Length - at)));
        Assert.False(hasher.EndsInsideRow);
        return (hasher.Rows, hasher.Fingerprint!);
    }

    private static (long Rows, string Fingerprint) Expected(IReadOnlyCollection<byte[]> rows) => (rows.Count,
        rows.Aggregate(UInt128.Zero, (sum, row) => unchecked(sum + BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(row))))
            .ToString("x32", null));
}
