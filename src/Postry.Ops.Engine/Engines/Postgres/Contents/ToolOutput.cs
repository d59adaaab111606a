using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>Finds the rows in what pg_restore --data-only prints of one table: they come after its COPY statement, and end where the hasher
/// says.</summary>
/// <param name="hasher">Takes the rows.</param>
internal sealed class CopyScript(CopyTextHasher hasher)
{
    private readonly ArrayBufferWriter<byte> _preamble = new();
    private bool _inRows;

    /// <summary>Takes the next piece of the script.</summary>
    public void Append(ReadOnlySpan<byte> text)
    {
        if (_inRows)
        {
            hasher.Append(text);
            return;
        }

        _preamble.Write(text);
        var rows = StartOfRows(_preamble.WrittenSpan);
        if (rows < 0) return;
        _inRows = true;
        hasher.Append(_preamble.WrittenSpan[rows..]);
    }

    // The names in the statement may hold anything, newlines too.
    private static int StartOfRows(ReadOnlySpan<byte> script)
    {
        var statement = script.IndexOf("\nCOPY "u8);
        if (statement < 0) return -1;
        var quoted = false;
        for (var i = statement + 1; i < script.Length; i++)
        {
            if (script[i] == (byte)'"') quoted = !quoted;
            else if (script[i] == (byte)'\n' && !quoted) return i + 1;
        }

        return -1;
    }
}

/// <summary>Hashes the large objects in what pg_restore prints of them: lo_open, lowrite with hexadecimal text, lo_close.</summary>
internal static partial class LargeObjectScript
{
    /// <summary>Reads to the end. Returns the hash of each object by its number.</summary>
    public static Dictionary<long, LargeObjectSum> Read(TextReader script, CancellationToken cancellation)
    {
        var sums = new Dictionary<long, LargeObjectSum>();
        LargeObjectHash? hash = null;
        var oid = 0L;
        while (script.ReadLine() is { } line)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Open().Match(line) is { Success: true } open)
            {
                oid = long.Parse(open.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
                hash = new LargeObjectHash(oid);
            }
            else if (hash is not null && Write().Match(line) is { Success: true } write)
            {
                hash.Append(Convert.FromHexString(write.Groups[1].ValueSpan));
            }
            else if (hash is not null && line.Contains("lo_close(", StringComparison.Ordinal))
            {
                sums[oid] = hash.Sum();
                hash.Dispose();
                hash = null;
            }
        }

        return sums;
    }

    [GeneratedRegex(@"lo_open\('(\d+)'", RegexOptions.CultureInvariant)]
    private static partial Regex Open();

    [GeneratedRegex(@"lowrite\(0, '\\x([0-9a-f]*)'\)", RegexOptions.CultureInvariant)]
    private static partial Regex Write();
}
