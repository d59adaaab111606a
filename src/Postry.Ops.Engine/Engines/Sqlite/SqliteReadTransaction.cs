using System.Globalization;
using Postry.Ops.Engine.Model;
using SQLitePCL;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>A SQLite file, which is read in a way that changes no byte of it.</summary>
internal sealed class SqliteReadTransaction(SqliteSession session) : IReadTransaction
{
    /// <summary>Opens the file, lets a caller read, and closes it. Errors: those of the engine, SqliteException.</summary>
    /// <param name="path">The database, all links resolved.</param>
    /// <param name="timeout">How long the wait for a lock may take.</param>
    /// <param name="read">The work, which may be done again where the application opened or closed the file meanwhile.</param>
    /// <param name="cancellation">Stops all of it.</param>
    public static Task<T> RunAsync<T>(string path, TimeSpan timeout, Func<IReadTransaction, Task<T>> read,
        CancellationToken cancellation) =>
        Task.Run(() => QuietRead.RunAsync(path, timeout, session => read(new SqliteReadTransaction(session)), cancellation), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ReadAsync(string query, Func<IReadOnlyList<string>, IReadOnlyList<string?>, bool> row)
    {
        session.Check(raw.sqlite3_prepare_v2(session.Handle, query, out var statement, out var rest));
        using (statement)
        {
            if (statement.IsInvalid) throw new QueryRefusedException("The query is empty.");
            if (HasStatement(rest)) throw new QueryRefusedException("The query has more than one statement.");
            if (raw.sqlite3_stmt_readonly(statement) == 0) throw new QueryRefusedException("The query writes.");
            var columns = Enumerable.Range(0, raw.sqlite3_column_count(statement))
                .Select(i => raw.sqlite3_column_name(statement, i).utf8_to_string()).ToList();
            int code;
            while ((code = raw.sqlite3_step(statement)) == raw.SQLITE_ROW && row(columns, Values(statement, columns.Count))) { }
            session.Check(code);
            return Task.FromResult<IReadOnlyList<string>>(columns);
        }
    }

    /// <inheritdoc/>
    public Task<FoundTable?> FindTableAsync(string table)
    {
        var name = session.Text(
            $"SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name = {Literal(table)} COLLATE NOCASE");
        return Task.FromResult(name is null ? null : new FoundTable(SqliteSession.Quote(name), name,
            [.. session.Rows($"SELECT name FROM pragma_table_xinfo({Literal(name)})", 1).Select(row => row[0]!)],
            StringComparer.OrdinalIgnoreCase));
    }

    /// <inheritdoc/>
    public Task<long> CountAsync(FoundTable table, long most) => Task.FromResult(session.Number(
        string.Create(CultureInfo.InvariantCulture, $"SELECT count(*) FROM (SELECT 1 FROM {table.QuotedName} LIMIT {most})")));

    /// <inheritdoc/>
    public Task<string?> GreatestAsync(FoundTable table, string column) =>
        Task.FromResult(session.Text($"SELECT max({SqliteSession.Quote(column)}) FROM {table.QuotedName}"));

    private bool HasStatement(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return false;
        // A text that is no SQL is a second statement too.
        if (raw.sqlite3_prepare_v2(session.Handle, text, out var statement, out var rest) != raw.SQLITE_OK) return true;
        using (statement) return !statement.IsInvalid || (rest != text && HasStatement(rest));
    }

    private static string?[] Values(sqlite3_stmt statement, int columns)
    {
        var values = new string?[columns];
        for (var i = 0; i < columns; i++)
            values[i] = raw.sqlite3_column_type(statement, i) == raw.SQLITE_NULL ? null
                : raw.sqlite3_column_text(statement, i).utf8_to_string();
        return values;
    }

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
