using System.Globalization;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>Runs pg_restore with arguments and hands its output to a reader. Throws ToolFailed where it fails.</summary>
internal delegate Task RunRestore(IReadOnlyList<string> arguments, Func<Stream, CancellationToken, Task> read,
    CancellationToken cancellation);

/// <summary>A line of an archive's list of contents.</summary>
/// <param name="DumpId">The entry's number in the archive; data lie in a file of this name.</param>
/// <param name="Oid">The number of the object in the source; for a table's data, that of the table.</param>
/// <param name="Text">The rest of the line: type, schema, name and owner, which cannot be distinguished with certainty.</param>
internal sealed record ArchiveEntry(int DumpId, long Oid, string Text)
{
    /// <summary>True for the rows of a table.</summary>
    public bool IsTableData => Text.StartsWith("TABLE DATA ", StringComparison.Ordinal);

    /// <summary>True for the statement that fills a materialised view.</summary>
    public bool IsMaterializedViewData => Text.StartsWith("MATERIALIZED VIEW DATA ", StringComparison.Ordinal);

    /// <summary>True for the contents of large objects.</summary>
    public bool IsLargeObjectData => Text.StartsWith("BLOBS ", StringComparison.Ordinal);

    /// <summary>True for the value of a sequence.</summary>
    public bool IsSequenceValue => Text.StartsWith("SEQUENCE SET ", StringComparison.Ordinal);

    /// <summary>True for what pg_restore does when all else is there: privileges, and the contents of materialised views.</summary>
    public bool IsLate => IsViewData || new[] { "ACL ", "DEFAULT ACL " }.Any(beginning =>
        Text.StartsWith(beginning, StringComparison.Ordinal));

    /// <summary>True for the contents of a materialised view.</summary>
    public bool IsViewData => Text.StartsWith("MATERIALIZED VIEW DATA ", StringComparison.Ordinal);

    /// <summary>True for what may read all rows of a table to be made.</summary>
    public bool IsCostly => IsViewData || new[] { "INDEX ", "CONSTRAINT ", "FK CONSTRAINT ", "CHECK CONSTRAINT " }.Any(beginning =>
        Text.StartsWith(beginning, StringComparison.Ordinal));

    /// <summary>True for an event trigger and what is said about one.</summary>
    public bool IsAboutEventTrigger => new[] { "EVENT TRIGGER ", "COMMENT - EVENT TRIGGER ",
        "SECURITY LABEL - EVENT TRIGGER " }.Any(beginning => Text.StartsWith(beginning, StringComparison.Ordinal));
}

/// <summary>An archive's list of contents, as pg_restore -l prints it.</summary>
/// <param name="Entries">The entries, in the archive's order.</param>
internal sealed partial record ArchiveList(IReadOnlyList<ArchiveEntry> Entries)
{
    /// <summary>Reads the list of an archive folder.</summary>
    public static async Task<ArchiveList> ReadAsync(string folder, RunRestore restore, CancellationToken cancellation)
    {
        ArchiveList? list = null;
        await restore(["-l", folder], (output, _) => Task.Run(() => list = Parse(ByteKeepingEncoding.Reader(output)),
            CancellationToken.None), cancellation);
        return list!;
    }

    /// <summary>Reads the list from its text.</summary>
    public static ArchiveList Parse(TextReader text)
    {
        var entries = new List<ArchiveEntry>();
        while (text.ReadLine() is { } line)
        {
            if (Entry().Match(line) is { Success: true } match)
                entries.Add(new ArchiveEntry(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
                    long.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture), match.Groups[3].Value));
        }

        return new ArchiveList(entries);
    }

    [GeneratedRegex(@"^(\d+); \d+ (\d+) (.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Entry();
}
