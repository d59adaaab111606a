using System.IO.Compression;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.IO;

/// <summary>The artefact's gzip: read by every stock reader, and refused when anything about it is wrong.</summary>
public sealed class ParallelGzipTests(ITestOutputHelper output)
{
    private const int MiB = 1 << 20;

    public static TheoryData<int> Sizes => [0, 1, 511, MiB - 1, MiB, MiB + 1, 2 * MiB, 9 * MiB + 4097];

    [StockTheory]
    [MemberData(nameof(Sizes))]
    public async Task Every_size_is_read_back_by_the_engine_gunzip_gzip_and_dotnet(int size)
    {
        using var work = new Workspace();
        var data = Realistic(size, Seed.Random(output));
        var file = work["data.gz"];
        await CompressAsync(data, file);

        Assert.Equal(data, await DecompressAsync(await File.ReadAllBytesAsync(file), size));
        Assert.Equal("", StockTools.Shell("gzip -t -- \"$1\"", file));
        Commands.Gunzip(file, work["stock"]);
        Assert.Equal(data, await File.ReadAllBytesAsync(work["stock"]));
        using var dotnet = new MemoryStream();
        await using (var gzip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress)) await gzip.CopyToAsync(dotnet);
        Assert.Equal(data, dotnet.ToArray());
    }

    [RequiresFact("python3")]
    public async Task Python_reads_it()
    {
        using var work = new Workspace();
        var data = Realistic(3 * MiB + 5, Seed.Random(output));
        await CompressAsync(data, work["data.gz"]);
        await File.WriteAllBytesAsync(work["data"], data);
        Assert.Equal("True\n", StockTools.Latin("python3",
            ["-c", "import gzip,sys; print(gzip.open(sys.argv[1]).read() == open(sys.argv[2],'rb').read())", work["data.gz"],
            work["data"]]));
    }

    [StockFact]
    public async Task Noise_that_cannot_be_compressed_fits_all_the_same()
    {
        var data = new byte[2 * MiB + 3];
        Seed.Random(output).NextBytes(data);
        var compressed = await CompressAsync(data);
        Assert.InRange(compressed.Length, data.Length, data.Length + data.Length / 100);
        Assert.Equal(data, await DecompressAsync(compressed, data.Length));
    }

    [StockFact]
    public async Task Every_truncation_is_refused()
    {
        var data = Realistic(2 * MiB + 100, Seed.Random(output));
        var whole = await CompressAsync(data);
        var members = Members(whole);
        Assert.Equal(3, members.Count);
        var cuts = Enumerable.Range(1, 40).Concat(members.SelectMany(at => new[] { at - 1, at + 1, at + 10, at + 19, at + 20, at + 21 }))
            .Append(whole.Length - 1).Append(whole.Length - 8)
            .Where(cut => cut > 0 && cut < whole.Length && !members.Contains(cut));
        foreach (var cut in cuts.Distinct())
            await Assert.ThrowsAsync<InvalidDataException>(() => DecompressAsync(whole[..cut], data.Length));
        // A cut between two members leaves a proper file of less data: the manifest's length and hash are there for that.
        foreach (var cut in members.Skip(1)) Assert.True((await DecompressAsync(whole[..cut], data.Length)).Length < data.Length);
    }

    [StockFact]
    public async Task Trailing_garbage_is_refused()
    {
        var whole = await CompressAsync(Realistic(MiB, Seed.Random(output)));
        foreach (var tail in new byte[][] { [0], [0x1f], [0x1f, 0x8b], new byte[512], "garbage that is longer than any header"u8.ToArray(),
            whole[..25] })
            await Assert.ThrowsAsync<InvalidDataException>(() => DecompressAsync([.. whole, .. tail], 10 * MiB));
    }

    [StockFact]
    public async Task Every_flipped_byte_of_a_small_member_is_refused_or_changes_nothing()
    {
        using var work = new Workspace();
        var data = Realistic(3000, Seed.Random(output));
        var whole = await CompressAsync(data);
        for (var at = 0; at < whole.Length; at++)
        {
            var flipped = (byte[])whole.Clone();
            flipped[at] ^= 0x55;
            try
            {
                Assert.Equal(data, await DecompressAsync(flipped, data.Length));
                // MTIME, XFL and OS say nothing about the data. Anywhere else it takes a code table that has another spelling, and the
                // stock program has to agree.
                if (at is >= 4 and <= 9) continue;
                await File.WriteAllBytesAsync(work["flipped.gz"], flipped);
                Commands.Gunzip(work["flipped.gz"], work["flipped"]);
                Assert.Equal(data, await File.ReadAllBytesAsync(work["flipped"]));
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    [StockFact]
    public async Task A_bomb_is_stopped_at_the_limit()
    {
        var bomb = await CompressAsync(new byte[64 * MiB]);
        Assert.InRange(bomb.Length, 1, MiB);
        var written = new CountingStream();
        var e = await Assert.ThrowsAsync<InvalidDataException>(() =>
            ParallelGzip.DecompressAsync(new MemoryStream(bomb), written, 3 * MiB + 7, _ => { }, CancellationToken.None));
        Assert.Contains("more than", e.Message, StringComparison.Ordinal);
        Assert.InRange(written.Length, 0, 3 * MiB + 7);
    }

    [StockFact]
    public async Task A_member_that_holds_more_than_its_mebibyte_is_refused()
    {
        // The file is one valid gzip member of 200 MiB of zeros with the length field that the reader expects.
        using var memory = new MemoryStream();
        await using (var gzip = new GZipStream(memory, CompressionLevel.SmallestSize, leaveOpen: true)) await gzip
            .WriteAsync(new byte[200 * MiB]);
        var plain = memory.ToArray();
        var length = plain.Length + 10;
        byte[] member = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, (byte)'P', (byte)'O', 4, 0, (byte)length, (byte)(length >> 8),
            (byte)(length >> 16), (byte)(length >> 24), .. plain[10..]];
        await Assert.ThrowsAsync<InvalidDataException>(() => DecompressAsync(member, 500L * MiB));
    }

    [StockFact]
    public async Task Cancelling_stops_both_ways()
    {
        using var cancelled = new CancellationTokenSource();
        var data = Realistic(8 * MiB, Seed.Random(output));
        var compressed = await CompressAsync(data);
        void Cancel(long done) => cancelled.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ParallelGzip.CompressAsync(new MemoryStream(data), new CountingStream(), Cancel, cancelled.Token));
        using var again = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ParallelGzip.DecompressAsync(new MemoryStream(compressed), new CountingStream(), data.Length, _ => again.Cancel(),
            again.Token));
    }

    [StockFact]
    public async Task A_realistic_database_is_no_larger_than_gzip_1_makes_it()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app,
            "CREATE TABLE posts(id INTEGER PRIMARY KEY, user_id INT, email TEXT, status TEXT, archetype TEXT, body TEXT, at TEXT); WITH " +
            "RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<60000) INSERT INTO posts SELECT i, abs(random())%5000, " +
            "'user'||(abs(random())%5000)||'@example.com', CASE abs(random())%3 WHEN 0 THEN 'draft' WHEN 1 THEN 'published' ELSE " +
            "'deleted' END, 'archetype '||(i%12), 'The quick brown fox number '||i||' jumps over '||hex(randomblob(12)), " +
            "datetime(1700000000+i*37,'unixepoch') FROM c; CREATE INDEX pe ON posts(email);");
        var set = await work.BackUpAsync(app);
        var stock = long.Parse(StockTools.Shell("gzip -1 -c -- \"$1\" | wc -c", app), System.Globalization.CultureInfo.InvariantCulture);
        output.WriteLine($"{set.SizeBytes} bytes against {stock} of gzip -1");
        Assert.InRange(set.SizeBytes, 1, stock);
    }

    private static async Task<byte[]> CompressAsync(byte[] data)
    {
        using var destination = new MemoryStream();
        var last = 0L;
        await ParallelGzip.CompressAsync(new MemoryStream(data), destination, done => last = done, CancellationToken.None);
        Assert.Equal(data.Length, last);
        return destination.ToArray();
    }

    private static async Task CompressAsync(byte[] data, string file) => await File.WriteAllBytesAsync(file, await CompressAsync(data));

    private static async Task<byte[]> DecompressAsync(byte[] compressed, long limit)
    {
        using var destination = new MemoryStream();
        await ParallelGzip.DecompressAsync(new MemoryStream(compressed), destination, limit, _ => { }, CancellationToken.None);
        return destination.ToArray();
    }

    /// <summary>Text-like data that compresses about as a database does.</summary>
    private static byte[] Realistic(int size, Random random)
    {
        var data = new byte[size];
        for (var i = 0; i < size; i++) data[i] = i % 7 < 4 ? (byte)(i % 61) : (byte)random.Next(256);
        return data;
    }

    private static List<int> Members(byte[] whole)
    {
        var starts = new List<int>();
        for (var at = 0; at < whole.Length; at += BitConverter.ToInt32(whole, at + 16)) starts.Add(at);
        return starts;
    }

    private sealed class CountingStream : Stream
    {
        private long _count;
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => _count;
        public override long Position { get => _count; set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => _count += count;
    }
}
