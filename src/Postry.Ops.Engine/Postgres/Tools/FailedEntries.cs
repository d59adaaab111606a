using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Postry.Ops.Engine.Postgres.Tools;

/// <summary>
/// Hears from a pg_restore that goes on after errors which entries of the archive failed. Its jobs write to one error output, so that the
/// texts of two may be mixed; but the line that names an entry comes in one piece.
/// </summary>
internal sealed partial class FailedEntries
{
    private readonly ConcurrentDictionary<int, bool> _numbers = new();
    private volatile bool _reachedEnd;

    /// <summary>True where it came to its end and counted its errors; otherwise it gave up.</summary>
    public bool ReachedEnd => _reachedEnd;

    /// <summary>The entries' numbers in the archive's list.</summary>
    public IReadOnlySet<int> Numbers => _numbers.Keys.ToHashSet();

    /// <summary>Takes a line of its error output.</summary>
    public void Hear(string line)
    {
        foreach (Match entry in Entry().Matches(line))
            _numbers.TryAdd(int.Parse(entry.Groups[1].ValueSpan, CultureInfo.InvariantCulture), true);
        if (line.Contains("errors ignored on restore: ", StringComparison.Ordinal)) _reachedEnd = true;
    }

    [GeneratedRegex(@"from TOC entry (\d+); \d+ \d+ ", RegexOptions.CultureInvariant)]
    private static partial Regex Entry();
}
