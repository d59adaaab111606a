using static System.FormattableString;

namespace Postry.Ops.Engine.IO;

/// <summary>Passes at most so many bytes; one more is an InvalidDataException, whatever the entry said of its size.</summary>
internal sealed class LimitedStream(Stream inner, long limit) : Stream
{
    public long Count { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Counted(Sync(buffer.AsSpan(offset, count)));

    public override int Read(Span<byte> buffer) => Counted(Sync(buffer));

    // Entries are read from a file on this machine: there is nothing to wait for.
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Sync(Span<byte> buffer)
    {
        try
        {
            return inner.Read(buffer);
        }
        catch (Exception e) when (e is EndOfStreamException or NotSupportedException)
        {
            throw new InvalidDataException($"The archive cannot be read: {e.Message}", e);
        }
    }

    private int Counted(int count)
    {
        Count += count;
        return Count <= limit ? count : throw new InvalidDataException(
            Invariant($"The archive unpacks to more than {limit:N0} bytes, which is more than it may hold."));
    }
}
