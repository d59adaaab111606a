using System.Buffers.Binary;
using System.Security.Cryptography;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>
/// Takes the fingerprint of a table from its COPY text, fed in pieces of any size: the sum, modulo 2^128, of the first 16 bytes of each
/// line's SHA-256. docs/fingerprint.md has the format. COPY writes a newline inside a value as \n, so that every newline byte ends a row.
/// </summary>
/// <param name="hash">False to count rows only.</param>
internal sealed unsafe class CopyTextHasher(bool hash) : IDisposable
{
    /// <summary>Name of the fingerprint format.</summary>
    public const string Algorithm = "postry-postgres-1";

    // A call of the system's hash costs less than the lanes from this size on.
    private const int LongRow = 1024;

    private const int LargestCarry = 64 << 10;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Sha256Lanes _lanes = new();
    private readonly byte[] _digest = new byte[SHA256.HashSizeInBytes];

    // The buffer holds the beginning of a row whose end has not come yet; it is pinned, because a lane may read it. A larger row goes into
    // the hash at once.
    private readonly byte[] _carry = GC.AllocateUninitializedArray<byte>(LargestCarry, pinned: true);
    private int _carried;
    private bool _open;
    private bool _inHash;
    private UInt128 _sum;

    /// <summary>Rows so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Bytes fed so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>True once the line that ends the data in an archive (\.) has come.</summary>
    public bool Terminated { get; private set; }

    /// <summary>True where something other than empty lines has come after that line.</summary>
    public bool ContinuesAfterEnd { get; private set; }

    /// <summary>True where the text has ended in the middle of a row.</summary>
    public bool EndsInsideRow => _open;

    /// <summary>The sum so far as 32 lower-case hexadecimal digits, or null where rows are only counted.</summary>
    public string? Fingerprint => hash ? unchecked(_sum + _lanes.Sum).ToString("x32", null) : null;

    /// <summary>Takes the next piece.</summary>
    public void Append(ReadOnlySpan<byte> text)
    {
        Bytes += text.Length;
        fixed (byte* start = text)
        {
            var position = 0;
            while (position < text.Length && !Terminated)
            {
                var length = text[position..].IndexOf((byte)'\n');
                if (length < 0)
                {
                    _lanes.Drain();
                    Keep(text[position..]);
                    return;
                }

                if (_open) FinishRow(text.Slice(position, length));
                else Row(start + position, length);
                position += length + 1;
            }

            _lanes.Drain();
            if (Terminated && text[position..].ContainsAnyExcept((byte)'\n')) ContinuesAfterEnd = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Row(byte* row, int length)
    {
        if (length == 2 && row[0] == (byte)'\\' && row[1] == (byte)'.')
        {
            Terminated = true;
            return;
        }

        Rows++;
        if (!hash) return;
        if (length < LongRow && Sha256Lanes.IsSupported)
        {
            _lanes.Add(row, length);
            return;
        }

        _hash.AppendData(new ReadOnlySpan<byte>(row, length));
        AddHash();
    }

    // The carry is not written again before the lanes are drained: only the last piece of a text is kept.
    private void FinishRow(ReadOnlySpan<byte> end)
    {
        _open = false;
        if (!_inHash && _carried + end.Length <= LargestCarry)
        {
            end.CopyTo(_carry.AsSpan(_carried));
            fixed (byte* carry = _carry) Row(carry, _carried + end.Length);
            _carried = 0;
            return;
        }

        Spill(end);
        _inHash = false;
        Rows++;
        if (hash) AddHash();
    }

    private void Keep(ReadOnlySpan<byte> beginning)
    {
        _open = true;
        if (_carried + beginning.Length > LargestCarry)
        {
            Spill(beginning);
            return;
        }

        beginning.CopyTo(_carry.AsSpan(_carried));
        _carried += beginning.Length;
    }

    private void Spill(ReadOnlySpan<byte> bytes)
    {
        _inHash = true;
        if (hash)
        {
            _hash.AppendData(_carry.AsSpan(0, _carried));
            _hash.AppendData(bytes);
        }

        _carried = 0;
    }

    private void AddHash()
    {
        _hash.GetHashAndReset(_digest);
        _sum = unchecked(_sum + BinaryPrimitives.ReadUInt128BigEndian(_digest));
    }
}
