using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>
/// Collects the entries of an archive that failed from a pg_restore that goes on after errors. Its jobs write to one error output, so that
/// the texts of two may be mixed; but the line that names an entry comes in one piece.
/// </summary>
internal sealed partial class FailedEntries
{
    private readonly ConcurrentDictionary<int, bool> _numbers = new();
    private volatile int _errors;
    private volatile int _timeouts;

    /// <summary>True where it came to its end and counted its errors; otherwise it gave up.</summary>
    public bool ReachedEnd => _errors > 0;

    /// <summary>
    /// True if nothing failed but the statement with which pg_restore 17 and newer begins, and which a server older than 17 does not know.
    /// The answer is only certain for a pg_restore without jobs.
    /// </summary>
    public bool IsOnlyTimeout => ReachedEnd && _errors == _timeouts && _numbers.IsEmpty;

    /// <summary>The entries' numbers in the archive's list.</summary>
    public IReadOnlySet<int> Numbers => _numbers.Keys.ToHashSet();

    /// <summary>Takes a line of its error output.</summary>
    public void AddLine(string line)
    {
        foreach (Match entry in Entry().Matches(line))
            _numbers.TryAdd(int.Parse(entry.Groups[1].ValueSpan, CultureInfo.InvariantCulture), true);
        if (line == "Command was: SET transaction_timeout = 0;") _timeouts++;
        if (Errors().Match(line) is { Success: true } errors)
            _errors = int.Parse(errors.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"from TOC entry (\d+); \d+ \d+ ", RegexOptions.CultureInvariant)]
    private static partial Regex Entry();

    [GeneratedRegex(@"errors ignored on restore: (\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Errors();
}
