using System.Text;

namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>Takes the next piece of a text.</summary>
internal delegate void ByteReceiver(ReadOnlySpan<byte> bytes);

/// <summary>Reads what psql answers, up to a marker that it was told to print after its last statement.</summary>
internal sealed class PsqlOutput(Stream output)
{
    private readonly byte[] _buffer = new byte[256 << 10];

    /// <summary>A word that no data can hold.</summary>
    public static string NewMarker() => $"postry-{Guid.NewGuid():N}";

    /// <summary>Hands on all that comes before the marker; false where the output ends without it.</summary>
    public async Task<bool> ReadUntilAsync(string marker, ByteReceiver take, CancellationToken cancellation)
    {
        var line = Encoding.ASCII.GetBytes(marker + "\n");
        var length = 0;
        while (true)
        {
            var read = await output.ReadAsync(_buffer.AsMemory(length), cancellation);
            if (read == 0) return false;
            length += read;
            // Psql waits after it, so that it is the end of what is there.
            var found = _buffer.AsSpan(0, length).EndsWith(line);
            var ready = Math.Max(length - line.Length, 0);
            take(_buffer.AsSpan(0, ready));
            if (found) return true;
            _buffer.AsSpan(ready, length - ready).CopyTo(_buffer);
            length -= ready;
        }
    }
}
