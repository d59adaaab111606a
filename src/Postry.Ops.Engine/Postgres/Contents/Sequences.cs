using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Postgres.Contents;

/// <summary>Values of sequences, from an archive and from a server.</summary>
internal static partial class Sequences
{
    private const int AtOnce = 200;

    /// <summary>Reads the values that an archive sets.</summary>
    public static async Task<IReadOnlyList<PostgresSequence>> ReadAsync(string folder, ArchiveList list, RunRestore restore, CancellationToken cancellation)
    {
        var entries = string.Concat(list.Entries.Where(entry => entry.IsSequenceValue).Select(entry => $"{entry.DumpId};\n"));
        if (entries.Length == 0) return [];
        var file = Path.Combine(Path.GetTempPath(), $"postry-{Guid.NewGuid():N}.list");
        try
        {
            await File.WriteAllTextAsync(file, entries, cancellation).ConfigureAwait(false);
            IReadOnlyList<PostgresSequence> sequences = [];
            await restore(["--data-only", "-L", file, "-f", "-", folder],
                (output, token) => Task.Run(() => sequences = Parse(new StreamReader(output)), token), cancellation).ConfigureAwait(false);
            return sequences;
        }
        finally
        {
            Files.TryDelete(file);
        }
    }

    /// <summary>Finds the calls of setval in a script.</summary>
    public static IReadOnlyList<PostgresSequence> Parse(TextReader script) =>
    [
        .. from call in SetValue().Matches(script.ReadToEnd())
           let parts = NamePart().Matches(call.Groups["name"].Value.Replace("''", "'", StringComparison.Ordinal)).Select(part => part.Groups["quoted"] is { Success: true } quoted
               ? quoted.Value.Replace("\"\"", "\"", StringComparison.Ordinal) : part.Value).ToList()
           where parts.Count == 2
           select new PostgresSequence(parts[0], parts[1], long.Parse(call.Groups["value"].ValueSpan, CultureInfo.InvariantCulture), call.Groups["called"].Value == "true"),
    ];

    /// <summary>Reads the values of sequences on a server.</summary>
    public static async Task<IReadOnlyList<PostgresSequence>> ReadAsync(NpgsqlConnection connection, BackingUp.BackupScope scope, CancellationToken cancellation)
    {
        var names = await ServerQuery.RowsAsync(connection, $"""
            SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND {scope.SchemaSql("n.nspname")}
            ORDER BY 1, 2
            """, cancellation).ConfigureAwait(false);
        var sequences = new List<PostgresSequence>();
        foreach (var chunk in names.Chunk(AtOnce))
        {
            var values = await ServerQuery.RowsAsync(connection, string.Join(" UNION ALL ", chunk.Select((name, i) =>
                $"SELECT {i}::text, last_value::text, is_called::text FROM {PostgresNames.Quote(name[0]!, name[1]!)}")), cancellation).ConfigureAwait(false);
            sequences.AddRange(values.Select(row => (Name: chunk[int.Parse(row[0]!)], Value: row))
                .Select(s => new PostgresSequence(s.Name[0]!, s.Name[1]!, long.Parse(s.Value[1]!, CultureInfo.InvariantCulture), s.Value[2] == "true")));
        }

        return [.. sequences.OrderBy(s => PostgresNames.Display(s.Schema, s.Name), StringComparer.Ordinal)];
    }

    [GeneratedRegex(@"^SELECT pg_catalog\.setval\( ?E?'(?<name>([^']|'')*)', (?<value>-?\d+), (?<called>true|false)\);", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex SetValue();

    [GeneratedRegex("\"(?<quoted>([^\"]|\"\")*)\"|[^.\"]+", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex NamePart();
}
