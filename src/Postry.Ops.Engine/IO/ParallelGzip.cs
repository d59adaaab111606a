using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Postry.Ops.Engine.IO;

/// <summary>
/// Standard multi-member gzip (RFC 1952), compressed and decompressed on all cores.
/// Each member holds one MiB of data; an extra field "PO" in its header holds the member's length, so that a reader can hand out
/// members without inflating them. Stock gunzip skips the field.
/// </summary>
internal static class ParallelGzip
{
    /// <summary>Bytes of data in each member but the last.</summary>
    public const int MemberBytes = 1 << 20;

    // Level 2 gives the size of gzip -1 at three times its speed on two cores; docs/benchmarks.md has the figures.
    private const int Level = 2;

    private const int PlainHeaderBytes = 10;
    private const int HeaderBytes = PlainHeaderBytes + 2 + 8;
    private const int TrailerBytes = 8;
    private const int LargestMember = MemberBytes + MemberBytes / 8 + 1024;

    private static ReadOnlySpan<byte> EmptyMember => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Compresses all of a stream.</summary>
    /// <param name="source">Read to its end.</param>
    /// <param name="destination">Receives the members in order.</param>
    /// <param name="progress">Called with the total of source bytes whose members have been written.</param>
    /// <param name="cancellation">Stops between members.</param>
    public static async Task CompressAsync(Stream source, Stream destination, Action<long> progress, CancellationToken cancellation)
    {
        var done = 0L;
        var empty = true;
        await PipelineAsync(
            async () =>
            {
                var buffer = ArrayPool<byte>.Shared.Rent(MemberBytes);
                var count = await source.ReadAtLeastAsync(buffer.AsMemory(0, MemberBytes), MemberBytes, throwOnEndOfStream: false,
                    cancellation);
                // An empty stream still becomes one empty member: a file of no bytes is no gzip file.
                if (count > 0 || empty)
                {
                    empty = false;
                    return new Block(buffer, count);
                }

                ArrayPool<byte>.Shared.Return(buffer);
                return null;
            },
            CompressMember,
            async (data, compressed) =>
            {
                await destination.WriteAsync(compressed.Bytes, cancellation);
                progress(done += data);
            }, cancellation);
    }

    /// <summary>Decompresses all of a stream that <see cref="CompressAsync"/> made.</summary>
    /// <param name="source">Read to its end.</param>
    /// <param name="destination">Receives the data in order.</param>
    /// <param name="limit">Most bytes of data to accept, so that a false artefact cannot fill the disk.</param>
    /// <param name="progress">Called with the total of data bytes written.</param>
    /// <param name="cancellation">Stops between members.</param>
    /// <exception cref="InvalidDataException">The stream is no such file, is cut short, or holds more than the limit.</exception>
    public static async Task DecompressAsync(Stream source, Stream destination, long limit, Action<long> progress,
        CancellationToken cancellation)
    {
        var done = 0L;
        await PipelineAsync(
            () => ReadMemberAsync(source, cancellation),
            InflateMember,
            async (_, data) =>
            {
                done += data.Length;
                if (done > limit)
                    throw new InvalidDataException($"The artefact holds more than the {limit} bytes that its manifest names.");
                await destination.WriteAsync(data.Bytes, cancellation);
                progress(done);
            }, cancellation);
    }

    /// <summary>Reads blocks, transforms them on all cores, and writes the results in order with a bounded number in flight.</summary>
    private static async Task PipelineAsync(
        Func<Task<Block?>> read, Func<Block, Block> transform, Func<int, Block, Task> write, CancellationToken cancellation)
    {
        var inFlight = new Queue<(int Length, Task<Block> Result)>();
        var most = Environment.ProcessorCount + 2;
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                var block = await read();
                if (block is not null) inFlight.Enqueue((block.Length, Task.Run(() => transform(block), CancellationToken.None)));
                if (block is null && inFlight.Count == 0) return;
                if (block is not null && inFlight.Count < most) continue;
                var (length, task) = inFlight.Dequeue();
                using var result = await task;
                await write(length, result);
            }
        }
        finally
        {
            foreach (var (_, task) in inFlight)
            {
                try
                {
                    (await task).Dispose();
                }
                catch (InvalidDataException)
                {
                    // The first failure is already on its way to the caller.
                }
            }
        }
    }

    private static Block CompressMember(Block data)
    {
        using (data)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(LargestMember);
            // The stream's own ten-byte header goes where ours will end, so that its data need not be moved.
            using var memory = new MemoryStream(buffer, HeaderBytes - PlainHeaderBytes, LargestMember - HeaderBytes + PlainHeaderBytes);
            using (var gzip = new GZipStream(memory, new ZLibCompressionOptions { CompressionLevel = Level }, leaveOpen: true))
                gzip.Write(data.Bytes.Span);
            // The stream writes nothing for empty data, not even a header.
            if (data.Length == 0) memory.Write(EmptyMember);
            var length = HeaderBytes - PlainHeaderBytes + (int)memory.Position;
            WriteHeader(buffer, length);
            return new Block(buffer, length);
        }
    }

    private static void WriteHeader(Span<byte> header, int memberLength)
    {
        ReadOnlySpan<byte> start = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, (byte)'P', (byte)'O', 4, 0];
        start.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[start.Length..], (uint)memberLength);
    }

    private static async Task<Block?> ReadMemberAsync(Stream source, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LargestMember);
        var kept = false;
        try
        {
            var got = await source.ReadAtLeastAsync(buffer.AsMemory(0, HeaderBytes), HeaderBytes, throwOnEndOfStream: false, cancellation);
            if (got == 0) return null;
            var length = got == HeaderBytes ? MemberLength(buffer)
                : throw new InvalidDataException("The artefact ends inside a member's header.");
            var rest = buffer.AsMemory(HeaderBytes, length - HeaderBytes);
            if (await source.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, cancellation) < rest.Length)
                throw new InvalidDataException("The artefact ends inside a member.");
            kept = true;
            return new Block(buffer, length);
        }
        finally
        {
            if (!kept) ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int MemberLength(ReadOnlySpan<byte> header)
    {
        if (header is not [0x1f, 0x8b, 8, 4, _, _, _, _, _, _, 8, 0, (byte)'P', (byte)'O', 4, 0, ..])
            throw new InvalidDataException("The artefact has bytes that are not a member header.");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header[16..]);
        return length is >= HeaderBytes + TrailerBytes and <= LargestMember
            ? (int)length
            : throw new InvalidDataException("The artefact has a member of an impossible length.");
    }

    private static Block InflateMember(Block member)
    {
        using (member)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(MemberBytes);
            using var gzip = new GZipStream(new MemoryStream(member.Array, 0, member.Length), CompressionMode.Decompress);
            var count = gzip.ReadAtLeast(buffer.AsSpan(0, MemberBytes), MemberBytes, throwOnEndOfStream: false);
            var expected = BinaryPrimitives.ReadUInt32LittleEndian(member.Bytes.Span[^4..]);
            if (count == expected && gzip.ReadByte() == -1) return new Block(buffer, count);
            ArrayPool<byte>.Shared.Return(buffer);
            throw new InvalidDataException("The artefact has a member whose data is not as long as it says.");
        }
    }

    /// <summary>A rented buffer and how much of it counts.</summary>
    private sealed class Block(byte[] array, int length) : IDisposable
    {
        public byte[] Array => array;

        public int Length => length;

        public ReadOnlyMemory<byte> Bytes => array.AsMemory(0, length);

        public void Dispose() => ArrayPool<byte>.Shared.Return(array);
    }
}
