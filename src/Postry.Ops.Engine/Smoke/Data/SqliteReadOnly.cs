using Postry.Ops.Engine.Engines.Sqlite;
using SQLitePCL;

namespace Postry.Ops.Engine.Smoke.Data;

/// <summary>A SQLite file, which is read in a way that changes no byte of it.</summary>
internal sealed class SqliteReadOnly(SqliteSession session) : ReadOnlyDatabase
{
    /// <inheritdoc cref="ReadOnlyDatabase.AskAsync"/>
    public static Task<SmokeAnswer> AskAsync(string path, TimeSpan timeout, Func<ReadOnlyDatabase, Task<SmokeAnswer>> judge,
        CancellationToken cancellation) =>
        Task.Run(() => QuietRead.RunAsync(path, timeout, session => judge(new SqliteReadOnly(session)), cancellation), cancellation);

    /// <inheritdoc/>
    public override Task<IReadOnlyList<string>> ReadAsync(string query, Func<IReadOnlyList<string>, IReadOnlyList<string?>, bool> row)
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
    public override Task<FoundTable?> FindTableAsync(string table)
    {
        var name = session.Text(
            $"SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name = {Literal(table)} COLLATE NOCASE");
        return Task.FromResult(name is null ? null : new FoundTable(SqliteSession.Quote(name), name,
            [.. session.Rows($"SELECT name FROM pragma_table_xinfo({Literal(name)})", 1).Select(row => row[0]!)],
            StringComparer.OrdinalIgnoreCase));
    }

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
