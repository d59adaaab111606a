using System.Text;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>
/// Finds in the rows of a dump what the tables of well-known migration tools say. Rows that come as INSERTs are not looked into.
/// </summary>
internal sealed partial class DumpMigrations
{
    private const int MostBytes = 4 << 20;

    private readonly List<(string Schema, PostgresMigration Migration)> _found = [];
    private readonly MemoryStream _rows = new();
    private (string Schema, string Table, int Column)? _reading;

    /// <summary>The migrations, those of tables in the schema public first, as for a live database.</summary>
    public IReadOnlyList<PostgresMigration> Found =>
    [
        .. _found.OrderBy(found => found.Schema != "public").ThenBy(found => found.Migration.Table, StringComparer.Ordinal)
            .Select(found => found.Migration),
    ];

    /// <summary>The statement that rows follow, and the table that they are of.</summary>
    public void Begin(string schema, string table, string statement)
    {
        _rows.SetLength(0);
        _reading = SchemaMigrations.ColumnOf(table) is { } column && Columns().Match(statement) is { Success: true } columns
            && Array.IndexOf([.. columns.Groups["columns"].Value.Split(", ").Select(name => name.Trim('"'))], column) is var at and >= 0
            ? (schema, table, at) : null;
    }

    /// <summary>Takes rows of it.</summary>
    public void Append(ReadOnlySpan<byte> rows)
    {
        if (_reading is null) return;
        if (_rows.Length + rows.Length > MostBytes) _reading = null;
        else _rows.Write(rows);
    }

    /// <summary>The rows have ended.</summary>
    public void End(Encoding encoding)
    {
        if (_reading is not var (schema, table, column)) return;
        _reading = null;
        var versions = encoding.GetString(_rows.GetBuffer(), 0, (int)_rows.Length).Split('\n').Select(row => row.TrimEnd('\r'))
            .TakeWhile(row => row is not "\\." and not "").Select(row => row.Split('\t')[column]).ToList();
        // A version that has to be escaped is none that these tools write.
        if (versions.Any(version => version.Contains('\\', StringComparison.Ordinal))) return;
        if (SchemaMigrations.Of(schema, table, versions) is { } migration) _found.Add((schema, migration));
    }

    [GeneratedRegex(@"^COPY [^(]+\((?<columns>[^()]+)\) FROM stdin;", RegexOptions.CultureInvariant)]
    private static partial Regex Columns();
}
