using System.Text.RegularExpressions;

namespace Postry.Ops.Engine.Postgres.Tools;

/// <summary>The end of what a program wrote on its error output, without its telling (--verbose) of what it does.</summary>
internal sealed partial class LastWords
{
    private const int MostLines = 40;
    private const int LongestLine = 1000;
    private const int MostTold = 4;

    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = new();

    /// <summary>Adds a line; the oldest goes.</summary>
    public void Add(string line)
    {
        if (Telling().IsMatch(line)) return;
        lock (_gate)
        {
            _lines.Enqueue(line.Length > LongestLine ? line[..LongestLine] : line);
            if (_lines.Count > MostLines) _lines.Dequeue();
        }
    }

    /// <summary>All that was kept.</summary>
    public string All { get { lock (_gate) return string.Join('\n', _lines); } }

    /// <summary>The lines that say what went wrong, or else the last ones, on one line.</summary>
    public string Told
    {
        get
        {
            lock (_gate)
            {
                var errors = _lines.Where(line => new[] { "error:", "ERROR:", "FATAL:", "PANIC:", "fatal:" }.Any(line.Contains)).Take(MostTold).ToList();
                return string.Join(" | ", (errors.Count > 0 ? errors : _lines.Where(line => line.Trim().Length > 0).TakeLast(MostTold)).Select(line => line.Trim()));
            }
        }
    }

    // "pg_dump: reading row-level security policies"; what goes wrong has its rank before it ("pg_dump: error: ..."), or says of what it is a part.
    [GeneratedRegex(@"^pg_(dump|restore): (?!from TOC|while |\w+: )", RegexOptions.CultureInvariant)]
    private static partial Regex Telling();
}
