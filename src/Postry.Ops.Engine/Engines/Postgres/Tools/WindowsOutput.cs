namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>
/// The output of a program of PostgreSQL for Windows, without what its C library adds: a carriage return before every newline, those in
/// the middle of a function's body or of a name too. A program that adds none is known by its first newline, and is read as it is.
/// </summary>
internal sealed class WindowsOutput(Stream inner) : Stream
{
    private const byte Return = (byte)'\r';
    private const byte Newline = (byte)'\n';

    private readonly byte[] _buffer = new byte[64 << 10];
    private bool? _isTranslated;
    private bool _hasReturn;
    private int _start;
    private int _end;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        while (_start == _end && !Take(inner.Read(_buffer, 1, _buffer.Length - 1))) { }
        return Give(buffer);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        while (_start == _end && !Take(await inner.ReadAsync(_buffer.AsMemory(1), cancellationToken))) { }
        return Give(buffer.Span);
    }

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Give(Span<byte> buffer)
    {
        var length = Math.Min(buffer.Length, _end - _start);
        _buffer.AsSpan(_start, length).CopyTo(buffer);
        _start += length;
        return length;
    }

    // The bytes were read behind the first place of the buffer, which is that of a return whose next byte had not come yet. False where
    // more has to be read first.
    private bool Take(int read)
    {
        _buffer[0] = Return;
        var bytes = _buffer.AsSpan(_hasReturn ? 0 : 1, read + (_hasReturn ? 1 : 0));
        _start = _hasReturn ? 0 : 1;
        _end = _start + bytes.Length;
        _hasReturn = false;
        if (read == 0 || _isTranslated == false) return true;
        var newline = bytes.IndexOf(Newline);
        if (newline >= 0) _isTranslated ??= newline > 0 && bytes[newline - 1] == Return;
        if (_isTranslated == true) _end = _start + WithoutReturns(bytes);
        if (_isTranslated != false && _end > _start && _buffer[_end - 1] == Return)
        {
            _hasReturn = true;
            _end--;
        }

        return _end > _start;
    }

    private static int WithoutReturns(Span<byte> bytes)
    {
        var kept = 0;
        for (var rest = bytes; ;)
        {
            var pair = rest.IndexOf("\r\n"u8);
            var length = pair < 0 ? rest.Length : pair;
            rest[..length].CopyTo(bytes[kept..]);
            kept += length;
            if (pair < 0) return kept;
            bytes[kept++] = Newline;
            rest = rest[(pair + 2)..];
        }
    }
}
