using System.Text.RegularExpressions;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>
/// The essential part of a program's error output, without its progress messages (--verbose): the first errors, the warnings and the last
/// other lines.
/// </summary>
/// <param name="secrets">Texts that no message may hold.</param>
internal sealed partial class StandardErrorTail(params IReadOnlyList<string?> secrets)
{
    private const int MostLines = 40;
    private const int LongestLine = 1000;
    private const int MostComplaints = 200;
    private const int MostShown = 3;

    private readonly Lock _gate = new();
    private readonly LineTail _lines = new(MostLines, LongestLine);
    private readonly List<ToolComplaint> _complaints = [];
    private ComplaintReader? _reader;

    /// <summary>Adds a line. Returns the warning that is complete with it, unless the same was returned before.</summary>
    public ToolComplaint? Add(string line)
    {
        lock (_gate)
        {
            _reader ??= new ComplaintReader(Clean);
            if (ProgressMessage().IsMatch(line)) return Keep(_reader.Finish());
            var complete = _reader.Add(line, out var isPart);
            if (!isPart) _lines.Add(Clean(line));
            return Keep(complete);
        }
    }

    /// <summary>Forgets all of it.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _lines.Clear();
            _complaints.Clear();
            _reader = null;
        }
    }

    /// <summary>Ends the output. Returns the warning that is complete now.</summary>
    public ToolComplaint? End()
    {
        lock (_gate) return Keep(_reader?.Finish());
    }

    /// <summary>The errors and the warnings, in their order.</summary>
    public IReadOnlyList<ToolComplaint> Complaints { get { lock (_gate) return [.. _complaints]; } }

    /// <summary>All that was kept.</summary>
    public string All => string.Join('\n', Complaints.Select(complaint => complaint.Summary).Concat(_lines.Lines));

    /// <summary>The errors with all that was said about them, and the warnings, or else the last lines; on one line.</summary>
    public string Summary
    {
        get
        {
            lock (_gate)
            {
                var errors = _complaints.Where(complaint => !complaint.IsWarning).Take(MostShown).ToList();
                var warnings = _complaints.Where(complaint => complaint.IsWarning).Take(MostShown);
                IEnumerable<string> last = errors.Count > 0 ? []
                    : _lines.Lines.Where(line => line.Trim().Length > 0).TakeLast(MostShown).Select(line => line.Trim());
                return string.Join(" | ", errors.Concat(warnings).Select(complaint => complaint.Summary).Concat(last));
            }
        }
    }

    private ToolComplaint? Keep(ToolComplaint? complete)
    {
        if (complete is null || _complaints.Any(earlier => earlier.Summary == complete.Summary)) return null;
        if (_complaints.Count < MostComplaints) _complaints.Add(complete);
        return complete.IsWarning ? complete : null;
    }

    private string Clean(string text)
    {
        foreach (var secret in secrets) text = PostgresErrors.Redact(text, secret);
        return SecretMask.Statement(text);
    }

    // "pg_dump: reading row-level security policies"; what goes wrong has its rank before it ("pg_dump: error: ..."), or says of what it is
    // a part.
    [GeneratedRegex(@"^pg_(dump|restore): (?!from TOC|while |\w+: )", RegexOptions.CultureInvariant)]
    private static partial Regex ProgressMessage();
}
