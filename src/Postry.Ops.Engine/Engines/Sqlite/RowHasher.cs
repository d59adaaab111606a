using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>
/// Takes the fingerprint of a running statement's rows: the sum, modulo 2^128, of the first 16 bytes of each row's SHA-256.
/// docs/fingerprint.md has the encoding. Values are hashed where SQLite holds them, so that a large one is in memory once.
/// </summary>
internal sealed unsafe class RowHasher : IDisposable
{
    private const byte Null = 0, Integer = 1, Real = 2, Text = 3, Blob = 4;

    // SQLite's own numbers for the types of a value.
    private const int TypeInteger = 1, TypeReal = 2, TypeText = 3, TypeBlob = 4;

    private const int LargeValue = 16 << 10;

    // Called tens of millions of times on a large database: the managed wrapper's reference counting of its handles would cost more than
    // the hashing.
    private static readonly delegate* unmanaged[SuppressGCTransition]<nint, int, int> ColumnType =
        (delegate* unmanaged[SuppressGCTransition]<nint, int, int>)SqliteLibrary.Current.Function("sqlite3_column_type");
    private static readonly delegate* unmanaged[SuppressGCTransition]<nint, int, long> ColumnInteger =
        (delegate* unmanaged[SuppressGCTransition]<nint, int, long>)SqliteLibrary.Current.Function("sqlite3_column_int64");
    private static readonly delegate* unmanaged[SuppressGCTransition]<nint, int, double> ColumnReal =
        (delegate* unmanaged[SuppressGCTransition]<nint, int, double>)SqliteLibrary.Current.Function("sqlite3_column_double");
    private static readonly delegate* unmanaged<nint, int, byte*> ColumnBlob =
        (delegate* unmanaged<nint, int, byte*>)SqliteLibrary.Current.Function("sqlite3_column_blob");
    private static readonly delegate* unmanaged[SuppressGCTransition]<nint, int, int> ColumnBytes =
        (delegate* unmanaged[SuppressGCTransition]<nint, int, int>)SqliteLibrary.Current.Function("sqlite3_column_bytes");

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[4 * LargeValue];
    private readonly byte[] _digest = new byte[32];
    private int _used;

    /// <summary>The sum so far.</summary>
    public UInt128 Sum { get; private set; }

    /// <summary>Bytes hashed so far, for progress.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds the row that the statement stands on.</summary>
    /// <param name="statement">Address of the statement.</param>
    /// <param name="columns">Number of values in a row.</param>
    /// <param name="typed">True where each value comes as two columns: its type's name, then the value, text as bytes (databases in
    /// UTF-16).</param>
    public void Add(nint statement, int columns, bool typed)
    {
        for (var i = 0; i < columns; i++)
        {
            if (typed) AddValue(statement, 2 * i + 1, isText: IsText(statement, 2 * i));
            else AddValue(statement, i, isText: false);
        }

        Flush();
        _hash.GetHashAndReset(_digest);
        Sum = unchecked(Sum + BinaryPrimitives.ReadUInt128BigEndian(_digest));
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void AddValue(nint statement, int column, bool isText)
    {
        if (_used > _buffer.Length - LargeValue - 9) Flush();
        switch (ColumnType(statement, column))
        {
            case TypeInteger:
                _buffer[_used] = Integer;
                BinaryPrimitives.WriteInt64BigEndian(_buffer.AsSpan(_used + 1), ColumnInteger(statement, column));
                _used += 9;
                break;
            case TypeReal:
                _buffer[_used] = Real;
                BinaryPrimitives.WriteDoubleBigEndian(_buffer.AsSpan(_used + 1), ColumnReal(statement, column));
                _used += 9;
                break;
            case TypeText:
                AddBytes(statement, column, Text);
                break;
            case TypeBlob:
                AddBytes(statement, column, isText ? Text : Blob);
                break;
            default:
                _buffer[_used++] = Null;
                break;
        }
    }

    private void AddBytes(nint statement, int column, byte tag)
    {
        // The blob call gives a text's own bytes, zero bytes included, without a conversion.
        var address = ColumnBlob(statement, column);
        var value = new ReadOnlySpan<byte>(address, ColumnBytes(statement, column));
        if (address == null && value.Length > 0) throw new InsufficientMemoryException("SQLite could not hold a value in memory.");
        _buffer[_used] = tag;
        BinaryPrimitives.WriteInt64BigEndian(_buffer.AsSpan(_used + 1), value.Length);
        _used += 9;
        if (value.Length <= LargeValue)
        {
            value.CopyTo(_buffer.AsSpan(_used));
            _used += value.Length;
            return;
        }

        Flush();
        _hash.AppendData(value);
        Bytes += value.Length;
    }

    private static bool IsText(nint statement, int column)
    {
        var name = ColumnBlob(statement, column);
        // typeof() says null, integer, real, text or blob; a text in UTF-16 starts with 't' in its first or second byte.
        return name != null && (name[0] == (byte)'t' || name[1] == (byte)'t');
    }

    private void Flush()
    {
        _hash.AppendData(_buffer.AsSpan(0, _used));
        Bytes += _used;
        _used = 0;
    }
}
