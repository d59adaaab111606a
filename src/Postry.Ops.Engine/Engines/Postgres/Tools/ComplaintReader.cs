using System.Globalization;
using System.Text.RegularExpressions;

namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>Puts the lines of a program's error output together again: an error or a warning, and what is said about it on the lines after
/// it.</summary>
/// <param name="clean">Takes the secrets out of a text.</param>
internal sealed partial class ComplaintReader(Func<string, string> clean)
{
    private const int MostDetails = 10;
    private const int LongestText = 1000;
    private const int LongestDetail = 400;
    private const int LongestStatement = 140;

    private readonly List<string> _details = [];
    private ComplaintEntry? _entry;
    private string? _text;
    private string? _code;
    private bool _isWarning;
    private bool _isPassedOver;

    /// <summary>Takes a line. Returns the complaint that ends before this line, or null.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="isPart">False for a line that belongs to no complaint.</param>
    public ToolComplaint? Add(string line, out bool isPart)
    {
        isPart = true;
        if (ArchivePosition().Match(line) is { Success: true } position)
        {
            var complete = Finish();
            if (position.Groups["id"].Success)
                _entry = new ComplaintEntry(int.Parse(position.Groups["id"].Value, CultureInfo.InvariantCulture),
                    clean(position.Groups["what"].Value));
            return complete;
        }

        if (Further().Match(line) is { Success: true } further)
        {
            isPart = _text is not null;
            var statement = further.Groups["statement"];
            _isPassedOver = statement.Success || further.Groups["skip"].Success;
            if (isPart && statement.Success) Detail(Cut($"{statement.Value}: {further.Groups["text"].Value.Trim()}", LongestStatement));
            else if (isPart && !_isPassedOver) Detail($"{further.Groups["label"].Value}: {further.Groups["text"].Value.Trim()}");
            return null;
        }

        if (Beginning().Match(line) is { Success: true } beginning)
        {
            var entry = _entry;
            var complete = Finish();
            _entry = complete is null ? entry : null;
            _isWarning = beginning.Groups["rank"].Value.Equals("warning", StringComparison.OrdinalIgnoreCase);
            (_text, _code) = WithoutCode(beginning, line);
            _isPassedOver = false;
            return complete;
        }

        isPart = _text is not null && (line.Length == 0 || line[0] is ' ' or '\t' || _isPassedOver || _details.Count == 0);
        if (isPart && !_isPassedOver && line.Trim() is { Length: > 0 } rest && rest != "^") Detail(rest);
        return isPart ? null : Finish();
    }

    /// <summary>The complaint that was last begun, or null.</summary>
    public ToolComplaint? Finish()
    {
        var complete = _text is null ? null : new ToolComplaint(_isWarning, _text, _entry, _code, [.. _details]);
        if (complete is not null) _entry = null;
        (_text, _code, _isPassedOver) = (null, null, false);
        _details.Clear();
        return complete;
    }

    private void Detail(string text)
    {
        if (_details.Count < MostDetails) _details.Add(Cut(clean(text), LongestDetail));
    }

    private (string Text, string? Code) WithoutCode(Match beginning, string line)
    {
        var code = beginning.Groups["code"];
        var text = code.Success ? line.Remove(code.Index, code.Length + ": ".Length) : line;
        return (Cut(clean(text.Trim()), LongestText), code.Success ? code.Value : null);
    }

    private static string Cut(string text, int longest) => text.Length > longest ? text[..longest] + "..." : text;

    // "pg_restore: while PROCESSING TOC:" and "pg_restore: from TOC entry 3319; 2606 16396 CONSTRAINT b b_pkey postgres".
    [GeneratedRegex(@"^pg_restore: (while |from TOC entry (?<id>\d+); \d+ \d+ (?<what>.+)$)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex ArchivePosition();

    // Only the first line of a statement is kept: it names the object, and later lines may hold rows and secrets. The place in the server's
    // source helps no operator.
    [GeneratedRegex(
        @"^((?<label>DETAIL|HINT|CONTEXT|QUERY|LINE \d+):|(?<statement>Command was|STATEMENT):|(?<skip>LOCATION):|[\w.-]+: (?<label>detail|hint):)\s*(?<text>.*)$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Further();

    // "pg_dump: error: ...", "psql:<stdin>:12: ERROR:  42883: ...", "WARNING:  ...", "2026-11-28 10:00:00.000 UTC [7] FATAL:  ...".
    [GeneratedRegex(
        @"^(?:[^:\s]+(?::<?[\w./-]+>?:\d+)?: |[\d-]+ [\d:.]+ \S+ \[\d+\] )?(?<rank>error|fatal|warning|ERROR|FATAL|PANIC|WARNING):\s+(?:(?<code>[0-9A-Z]{5}): )?(?:.*)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Beginning();
}
