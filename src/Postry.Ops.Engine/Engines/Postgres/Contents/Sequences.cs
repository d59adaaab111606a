using System.Globalization;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>Values of sequences, from an archive and from a server.</summary>
internal static partial class Sequences
{
    private const int AtOnce = 200;

    /// <summary>Reads the values that an archive sets.</summary>
    public static async Task<IReadOnlyList<PostgresSequence>> ReadAsync(string folder, ArchiveList list, RunRestore restore,
        CancellationToken cancellation)
    {
        var entries = list.Entries.Where(entry => entry.IsSequenceValue).Select(entry => entry.DumpId).ToList();
        if (entries.Count == 0) return [];
        using var file = await EntryListFile.WriteAsync(entries, cancellation);
        IReadOnlyList<PostgresSequence> sequences = [];
        await restore(["--data-only", "-L", file.Path, "-f", "-", folder],
            (output, token) => Task.Run(() => sequences = Parse(ByteKeepingEncoding.Reader(output)), token), cancellation);
        return sequences;
    }

    /// <summary>Finds the calls of setval in a script.</summary>
    public static IReadOnlyList<PostgresSequence> Parse(TextReader script) =>
    [
        .. from call in SetValue().Matches(script.ReadToEnd())
           let parts = NamePart().Matches(call.Groups["name"].Value.Replace("''", "'", StringComparison.Ordinal))
               .Select(part => part.Groups["quoted"] is { Success: true } quoted
               ? quoted.Value.Replace("\"\"", "\"", StringComparison.Ordinal) : part.Value).ToList()
           where parts.Count == 2
           select new PostgresSequence(parts[0], parts[1], long.Parse(call.Groups["value"].ValueSpan, CultureInfo.InvariantCulture),
               call.Groups["called"].Value == "true"),
    ];

    /// <summary>Reads the values of sequences on a server.</summary>
    /// <param name="session">The session.</param>
    /// <param name="scope">The scope of the backup.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="unreadable">Receives the display names of sequences that the role may not read; null if such a sequence is an
    /// error.</param>
    public static async Task<IReadOnlyList<PostgresSequence>> ReadAsync(
        PostgresSession session, BackupScope scope, CancellationToken cancellation, ICollection<string>? unreadable = null)
    {
        IEnumerable<string?[]> names = await session.RowsAsync($"""
            SELECT n.nspname::text, c.relname::text,
                   (pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT'))::text
                     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND {scope.SchemaSql("n.nspname")}
            ORDER BY 1, 2
            """, cancellation);
        if (unreadable is not null)
        {
            foreach (var name in names.Where(name => name[2] != "true")) unreadable.Add(PostgresNames.Display(name[0]!, name[1]!));
            names = names.Where(name => name[2] == "true");
        }

        var sequences = new List<PostgresSequence>();
        foreach (var chunk in names.Chunk(AtOnce))
        {
            var values = await session.RowsAsync(string.Join(" UNION ALL ", chunk.Select((name, i) =>
                $"SELECT {i}::text, last_value::text, is_called::text FROM {PostgresNames.Quote(name[0]!, name[1]!)}")), cancellation);
            sequences.AddRange(values.Select(row => (Name: chunk[int.Parse(row[0]!, CultureInfo.InvariantCulture)], Value: row))
                .Select(s => new PostgresSequence(s.Name[0]!, s.Name[1]!, long.Parse(s.Value[1]!, CultureInfo.InvariantCulture),
                    s.Value[2] == "true")));
        }

        return [.. sequences.OrderBy(s => PostgresNames.Display(s.Schema, s.Name), StringComparer.Ordinal)];
    }

    [GeneratedRegex(@"^SELECT pg_catalog\.setval\( ?E?'(?<name>([^']|'')*)', (?<value>-?\d+), (?<called>true|false)\);",
        RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex SetValue();

    [GeneratedRegex("\"(?<quoted>([^\"]|\"\")*)\"|[^.\"]+", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex NamePart();
}
