using System.Globalization;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Data;

/// <summary>
/// A PostgreSQL database in a transaction that is read-only and ends with its session. A query runs as a cursor: the server then accepts
/// one SELECT only, and neither a COMMIT before another statement nor a COPY to a file of the server.
/// </summary>
internal sealed class PostgresReadOnly(NpgsqlSession session, CancellationToken cancellation) : ReadOnlyDatabase
{
    private const string Cursor = "postry_check";
    private const int RowsAtOnce = 200;

    /// <inheritdoc cref="ReadOnlyDatabase.AskAsync"/>
    public static async Task<SmokeAnswer> AskAsync(PostgresAddress address, TimeSpan timeout,
        Func<ReadOnlyDatabase, Task<SmokeAnswer>> judge, CancellationToken cancellation)
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
        return await judge(new PostgresReadOnly(session, cancellation));
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<string>> ReadAsync(string query,
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
    public override async Task<FoundTable?> FindTableAsync(string table)
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
