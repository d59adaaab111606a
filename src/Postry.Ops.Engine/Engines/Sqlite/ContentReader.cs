using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Model;
using SQLitePCL;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>Reads what a database holds: its schema, and rows and fingerprint of every table.</summary>
/// <param name="kind">The amount to measure.</param>
/// <param name="progress">Called regularly with the bytes hashed since the last call.</param>
internal sealed class ContentReader(FingerprintKind kind, Action<long> progress)
{
    /// <summary>The format that docs/fingerprint.md describes.</summary>
    public const string Algorithm = "postry-sqlite-1";

    private const int RowsBetweenReports = 4096;

    /// <summary>Reads a file that nobody else uses, its tables on all cores.</summary>
    public async Task<DatabaseContents> ReadPrivateAsync(string path, CancellationToken cancellation)
    {
        List<SchemaRow> schema;
        using (var session = SqliteSession.OpenPrivate(path)) schema = ReadSchema(session);
        var names = new System.Collections.Concurrent.ConcurrentQueue<string>(TableNames(schema));
        var workers = Enumerable.Range(0, Math.Clamp(names.Count, 1, Environment.ProcessorCount)).Select(_ => Task.Run(
            () =>
            {
                using var session = SqliteSession.OpenPrivate(path);
                session.TolerateUnknownSchema();
                using var interrupt = session.InterruptOn(cancellation);
                var tables = new List<TableContent>();
                while (names.TryDequeue(out var name)) tables.Add(ReadTable(session, name, cancellation));
                return tables;
            }, cancellation));
        var read = await Task.WhenAll(workers);
        return Assemble(schema, read.SelectMany(tables => tables));
    }

    /// <summary>Reads through one connection, inside whatever transaction it is in.</summary>
    public DatabaseContents Read(SqliteSession session, CancellationToken cancellation)
    {
        using var interrupt = session.InterruptOn(cancellation);
        var schema = ReadSchema(session);
        return Assemble(schema, TableNames(schema).Select(name => ReadTable(session, name, cancellation)).ToList());
    }

    private DatabaseContents Assemble(List<SchemaRow> schema, IEnumerable<TableContent> tables) => new(
        kind,
        kind == FingerprintKind.Content ? Algorithm : null,
        [.. tables.OrderBy(table => table.Name, StringComparer.Ordinal)],
        [.. schema.Select(row => new SchemaObject(row.Type, row.Name, row.Table, row.Sql is null ? null : Sha256(row.Sql)))
            .OrderBy(o => o.Type, StringComparer.Ordinal).ThenBy(o => o.Name, StringComparer.Ordinal)]);

    private static List<SchemaRow> ReadSchema(SqliteSession session)
    {
        // A schema that is partly beyond this library can still be listed; each table then says for itself whether it can be read.
        session.TolerateUnknownSchema();
        return [.. session.Rows("SELECT type, name, tbl_name, sql FROM sqlite_master", 4)
            .Select(row => new SchemaRow(row[0] ?? "", row[1] ?? "", row[2] ?? "", row[3]))];
    }

    // Virtual tables hold nothing themselves: their rows live in shadow tables, which are ordinary ones.
    private static IEnumerable<string> TableNames(List<SchemaRow> schema) => schema
        .Where(row => row.Type == "table" && row.Sql?.StartsWith("CREATE VIRTUAL", StringComparison.OrdinalIgnoreCase) != true)
        .Select(row => row.Name);

    private TableContent ReadTable(SqliteSession session, string name, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            return kind switch
            {
                FingerprintKind.None => new TableContent(name, null, null),
                FingerprintKind.RowCount => new TableContent(name, session.Number($"SELECT count(*) FROM main.{SqliteSession.Quote(name)}"),
                    null),
                _ => Fingerprint(session, name, cancellation),
            };
        }
        catch (SqliteException e) when (e.IsUnsupported)
        {
            return new TableContent(name, null, null, $"SQLite {SqliteLibrary.Current.Version} here cannot read it: {Reason(e)}");
        }
    }

    private TableContent Fingerprint(SqliteSession session, string name, CancellationToken cancellation)
    {
        // 2 marks a generated column that is not stored: it is computed from the others and holds nothing itself. 1 is hidden in virtual
        // tables.
        var columns = session.Rows($"PRAGMA main.table_xinfo({SqliteSession.Quote(name)})", 7).Where(row => row[6] is "0" or "3")
            .Select(row => SqliteSession.Quote(row[1]!)).ToList();
        if (columns.Count == 0) throw new SqliteException(raw.SQLITE_ERROR, "its columns cannot be listed");
        var typed = session.Text("PRAGMA encoding") != "UTF-8";
        var list = string.Join(", ", typed ? columns
            .Select(c => $"typeof({c}), CASE typeof({c}) WHEN 'text' THEN CAST({c} AS BLOB) ELSE {c} END") : columns);

        using var statement = session.Prepare($"SELECT {list} FROM main.{SqliteSession.Quote(name)} NOT INDEXED");
        using var hasher = new RowHasher();
        var address = statement.DangerousGetHandle();
        var (rows, reported, code) = (0L, 0L, 0);
        while ((code = raw.sqlite3_step(statement)) == raw.SQLITE_ROW)
        {
            hasher.Add(address, columns.Count, typed);
            if (++rows % RowsBetweenReports != 0) continue;
            cancellation.ThrowIfCancellationRequested();
            progress(hasher.Bytes - reported);
            reported = hasher.Bytes;
        }

        session.Check(code);
        progress(hasher.Bytes - reported);
        return new TableContent(name, rows, hasher.Sum.ToString("x32", null));
    }

    // SQLite says so if the key of a table without rowids has a collation that the connection lacks.
    private static string Reason(SqliteException e) =>
        e.Message == "no query solution" ? "its key needs a collation that only its application has (no query solution)" : e.Message;

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private sealed record SchemaRow(string Type, string Name, string Table, string? Sql);
}
