using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>Hashes one large object: the first 16 bytes of the SHA-256 of its number (8 bytes, big-endian) and its content.</summary>
internal sealed class LargeObjectHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <param name="oid">The object's number.</param>
    public LargeObjectHash(long oid)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(number, oid);
        _hash.AppendData(number);
    }

    /// <summary>Bytes of content so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Takes the next piece of the content.</summary>
    public void Append(ReadOnlySpan<byte> content)
    {
        _hash.AppendData(content);
        Bytes += content.Length;
    }

    /// <summary>The object's hash and size.</summary>
    public LargeObjectSum Sum() => new(BinaryPrimitives.ReadUInt128BigEndian(_hash.GetCurrentHash()), Bytes);

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}

/// <summary>The sum of the hashes of large objects.</summary>
/// <param name="Hash">The sum modulo 2^128.</param>
/// <param name="Bytes">The sum of the sizes.</param>
internal readonly record struct LargeObjectSum(UInt128 Hash, long Bytes)
{
    /// <summary>Adds two sums.</summary>
    public static LargeObjectSum operator +(LargeObjectSum left, LargeObjectSum right) =>
        new(unchecked(left.Hash + right.Hash), left.Bytes + right.Bytes);
}
