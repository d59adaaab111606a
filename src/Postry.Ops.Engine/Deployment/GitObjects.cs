using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Deployment;

/// <summary>The objects of a git repository, as far as it takes to learn which commit an annotated tag names.</summary>
/// <param name="common">The folder that all worktrees share.</param>
internal sealed class GitObjects(string common)
{
    private const int MostSteps = 5;
    private const int MostBytes = 64 << 10;
    private const int TagType = 4;
    private static readonly byte[] Magic = [0xFF, (byte)'t', (byte)'O', (byte)'c', 0, 0, 0, 2];

    private readonly string _folder = Path.Combine(common, "objects");
    private string[]? _indexes;

    /// <summary>The commit that a tag names; null for another object, and for one that cannot be read.</summary>
    public string? CommitOf(string hash)
    {
        for (var step = 0; step < MostSteps; step++)
        {
            if ((Loose(hash) ?? InPack(hash)) is not { } tag) return step == 0 ? null : hash;
            // The text begins with "object <hash>", whatever is tagged; a tag of a tag is followed.
            if (tag.Split('\n', 2)[0] is not ['o', 'b', 'j', 'e', 'c', 't', ' ', .. var named] || !GitCheckout.IsHash(named)) return null;
            hash = named;
        }

        return null;
    }

    /// <summary>The text of a tag that is a file of its own; null where there is no such file, or it is no tag.</summary>
    private string? Loose(string hash)
    {
        var path = Path.Combine(_folder, hash[..2], hash[2..]);
        if (ReadableText.Bytes(path, MostBytes) is not { } bytes) return null;
        var text = Inflate(new MemoryStream(bytes));
        return text.StartsWith("tag ", StringComparison.Ordinal) && text.IndexOf('\0', StringComparison.Ordinal) is > 0 and var end
            ? text[(end + 1)..] : null;
    }

    /// <summary>The text of a tag in one of the packs; null where it is in none, is no tag, or is stored as a difference.</summary>
    private string? InPack(string hash)
    {
        var wanted = Convert.FromHexString(hash);
        foreach (var index in _indexes ??= Indexes())
        {
            long? offset;
            using (var handle = Open(index)) offset = OffsetIn(handle, wanted);
            if (offset is { } at) return InPack(Path.ChangeExtension(index, ".pack"), at);
        }

        return null;
    }

    private static string? InPack(string pack, long offset)
    {
        using var stream = Files.OpenToRead(pack);
        stream.Position = offset;
        var first = stream.ReadByte();
        if (first < 0 || ((first >> 4) & 7) != TagType) return null;
        // The size follows in groups of seven bits; the stream ends by itself.
        for (var next = first; (next & 0x80) != 0;) next = stream.ReadByte() is >= 0 and var read ? read : 0;
        return Inflate(stream);
    }

    // A table of 256 counts by the first byte, then all hashes in order, their checksums, and their places in the pack.
    private static long? OffsetIn(SafeFileHandle index, byte[] wanted)
    {
        Span<byte> four = stackalloc byte[4];
        Span<byte> name = stackalloc byte[wanted.Length];
        if (!Read(index, name[..8], 0).SequenceEqual(Magic)) return null;
        long Number(Span<byte> buffer, long at) => BinaryPrimitives.ReadUInt32BigEndian(Read(index, buffer, at));
        const int names = 8 + (256 * 4);
        var low = wanted[0] == 0 ? 0 : Number(four, 8 + ((wanted[0] - 1) * 4));
        var high = Number(four, 8 + (wanted[0] * 4));
        var all = Number(four, 8 + (255 * 4));
        while (low < high)
        {
            var middle = (low + high) / 2;
            var order = Read(index, name, names + (middle * wanted.Length)).SequenceCompareTo(wanted);
            if (order < 0) low = middle + 1;
            else if (order > 0) high = middle;
            else
            {
                var place = Number(four, names + (all * (wanted.Length + 4)) + (middle * 4));
                // A pack of more than two gigabytes has a table of longer numbers.
                return (place & 0x80000000) == 0 ? place : null;
            }
        }

        return null;
    }

    private string[] Indexes()
    {
        var folder = Path.Combine(_folder, "pack");
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*.idx") : [];
    }

    private static SafeFileHandle Open(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private static Span<byte> Read(SafeFileHandle file, Span<byte> buffer, long at) =>
        RandomAccess.Read(file, buffer, at) == buffer.Length ? buffer : throw new InvalidDataException("An index of git is cut off.");

    private static string Inflate(Stream compressed)
    {
        using var inflated = new ZLibStream(compressed, CompressionMode.Decompress);
        var bytes = new byte[MostBytes];
        return Encoding.UTF8.GetString(bytes, 0, inflated.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }
}
