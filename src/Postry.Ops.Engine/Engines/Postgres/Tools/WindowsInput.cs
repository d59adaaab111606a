using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>
/// The input of a program of PostgreSQL for Windows, whose C library makes a newline of a carriage return and a newline. Each newline gets
/// a return of its own here, so that those of a function's body arrive. Errors: ToolFailed for the byte that ends every text there.
/// </summary>
/// <param name="inner">The pipe.</param>
/// <param name="target">The name of the target, which errors carry.</param>
internal sealed class WindowsInput(Stream inner, string target) : Stream
{
    private const byte EndOfText = 26;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => inner.Write(WithReturns(buffer.AsSpan(offset, count)));

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(WithReturns(buffer.Span), cancellationToken);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private byte[] WithReturns(ReadOnlySpan<byte> text)
    {
        if (text.Contains(EndOfText))
        {
            throw new ToolFailedException(target,
                "The backup holds a character that psql for Windows takes for the end of its input (Ctrl-Z, byte 26).",
                $"Restore it with {OptionName.Strategy} Swap, which needs no psql; a plain SQL dump only from Linux or macOS.");
        }

        var translated = new byte[text.Length + text.Count((byte)'\n')];
        var at = 0;
        for (var rest = text; ;)
        {
            var newline = rest.IndexOf((byte)'\n');
            var length = newline < 0 ? rest.Length : newline;
            rest[..length].CopyTo(translated.AsSpan(at));
            at += length;
            if (newline < 0) return translated;
            translated[at++] = (byte)'\r';
            translated[at++] = (byte)'\n';
            rest = rest[(newline + 1)..];
        }
    }
}
