namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>Takes BEGIN and COMMIT out of a script of large objects, in which every statement has one line.</summary>
internal sealed class TransactionLines
{
    private byte[] _rest = [];

    /// <summary>The line that has not ended.</summary>
    public ReadOnlyMemory<byte> Rest => _rest;

    /// <summary>The complete lines of what came so far, without those two.</summary>
    public byte[] Without(ReadOnlySpan<byte> piece)
    {
        byte[] text = [.. _rest, .. piece];
        var end = text.AsSpan().LastIndexOf((byte)'\n') + 1;
        _rest = text[end..];
        var kept = new byte[end];
        var length = 0;
        for (var start = 0; start < end;)
        {
            var line = text.AsSpan(start, text.AsSpan(start).IndexOf((byte)'\n') + 1);
            start += line.Length;
            if (line.SequenceEqual("BEGIN;\n"u8) || line.SequenceEqual("COMMIT;\n"u8)) continue;
            line.CopyTo(kept.AsSpan(length));
            length += line.Length;
        }

        return kept[..length];
    }
}
