using System.Globalization;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>
/// A PostgreSQL database in a transaction that is read-only and ends with its session. A query runs as a cursor: the server then accepts
/// one SELECT only, and neither a COMMIT before another statement nor a COPY to a file of the server.
/// </summary>
internal sealed class PostgresReadTransaction(NpgsqlSession session, CancellationToken cancellation) : IReadTransaction
{
    private const string Cursor = "postry_check";
    private const int RowsAtOnce = 200;

    /// <summary>Connects, lets a caller read, and disconnects. Errors: those of the engine and of Npgsql.</summary>
    /// <param name="address">The database.</param>
    /// <param name="timeout">How long a statement, and the wait for a lock, may take.</param>
    /// <param name="read">The work.</param>
    /// <param name="cancellation">Stops all of it.</param>
    public static async Task<T> RunAsync<T>(PostgresAddress address, TimeSpan timeout, Func<IReadTransaction, Task<T>> read,
        CancellationToken cancellation)
    {
        await using var session = await PostgresConnector.OpenAsync(address, cancellation);
        // The wait for a lock ends first, so that the answer can say that a lock was the reason. The query finds its tables by the path of
        // the role, as in psql; and the SELECT takes the snapshot, after which no function can make the transaction writable.
        await session.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"""
            BEGIN TRANSACTION READ ONLY;
            SET LOCAL statement_timeout = {(long)timeout.TotalMilliseconds};
            SET LOCAL lock_timeout = {(long)(timeout.TotalMilliseconds * 0.8)};
            RESET search_path;
            SELECT 1
            """), cancellation);
        return await read(new PostgresReadTransaction(session, cancellation));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ReadAsync(string query,
        Func<IReadOnlyList<string>, IReadOnlyList<string?>, bool> row)
    {
        await using (var declare = new NpgsqlCommand($"DECLARE {Cursor} NO SCROLL CURSOR FOR {query}", session.Connection))
        {
            // With a parameter by number Npgsql sends the text as it is, so that only the server takes it apart.
            declare.Parameters.Add(new NpgsqlParameter { Value = "" });
            await declare.ExecuteNonQueryAsync(cancellation);
        }

        IReadOnlyList<string>? columns = null;
        int read;
        bool goesOn;
        do
        {
            (read, goesOn) = (0, true);
            await using var fetch = new NpgsqlCommand($"FETCH FORWARD {RowsAtOnce} FROM {Cursor}", session.Connection);
            fetch.AllResultTypesAreUnknown = true;
            await using var reader = await fetch.ExecuteReaderAsync(cancellation);
            columns ??= [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
            for (; goesOn && await reader.ReadAsync(cancellation); read++)
                goesOn = row(columns, [.. columns.Select((_, i) => reader.IsDBNull(i) ? null : reader.GetString(i))]);
        }
        while (goesOn && read == RowsAtOnce);

        await session.ExecuteAsync($"CLOSE {Cursor}", cancellation);
        return columns;
    }

    /// <inheritdoc/>
    public async Task<FoundTable?> FindTableAsync(string table)
    {
        var (schema, name) = Parts(table);
        var columns = await session.RowsAsync("""
            SELECT a.attname::text FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY a.attnum
            """, cancellation, schema, name);
        return columns.Count == 0 ? null : new FoundTable(PostgresNames.Quote(schema, name), PostgresNames.Display(schema, name),
            [.. columns.Select(column => column[0]).OfType<string>()], StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public async Task<long> CountAsync(FoundTable table, long most)
    {
        var count = await FirstAsync(string.Create(CultureInfo.InvariantCulture,
            $"SELECT count(*) FROM (SELECT 1 FROM {table.QuotedName} LIMIT {most}) AS first_rows"));
        return long.Parse(count!, CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public Task<string?> GreatestAsync(FoundTable table, string column) =>
        FirstAsync($"SELECT max({PostgresNames.Quote(column)}) FROM {table.QuotedName}");

    private async Task<string?> FirstAsync(string query)
    {
        string? first = null;
        await ReadAsync(query, (_, values) =>
        {
            first = values[0];
            return false;
        });
        return first;
    }

    // A dot within double quotes belongs to a name.
    private static (string Schema, string Name) Parts(string table)
    {
        var isQuoted = false;
        for (var i = 0; i < table.Length; i++)
        {
            if (table[i] == '"') isQuoted = !isQuoted;
            else if (table[i] == '.' && !isQuoted) return (Unquoted(table[..i]), Unquoted(table[(i + 1)..]));
        }

        return ("public", Unquoted(table));
    }

    private static string Unquoted(string name) => name is ['"', .. var inner, '"']
        ? inner.Replace("\"\"", "\"", StringComparison.Ordinal) : name;
}
