using Npgsql;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>A session that takes SQL, whatever program it goes through.</summary>
internal interface ISqlSession
{
    /// <summary>Runs statements, each with its semicolon. The first error ends the transaction.</summary>
    Task RunAsync(string sql, CancellationToken cancellation);

    /// <summary>The rows of a query without its semicolon, whose columns are all text.</summary>
    Task<IReadOnlyList<string?[]>> RowsAsync(string query, CancellationToken cancellation);
}

/// <summary>A session of this process.</summary>
internal sealed class NpgsqlSession(NpgsqlConnection connection) : ISqlSession
{
    /// <inheritdoc/>
    public async Task RunAsync(string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string?[]>> RowsAsync(string query, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(query, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<string?[]>();
        while (await reader.ReadAsync(cancellation))
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]);
        return rows;
    }
}

/// <summary>Short forms of what is asked of a session.</summary>
internal static class SqlSessions
{
    /// <summary>The first column of every row.</summary>
    public static async Task<IReadOnlyList<string>> TextsAsync(this ISqlSession session, string query, CancellationToken cancellation) =>
        [.. (await session.RowsAsync(query, cancellation)).Select(row => row[0] ?? "")];

    /// <summary>The first row's first column; null where there is no row.</summary>
    public static async Task<string?> TextAsync(this ISqlSession session, string query, CancellationToken cancellation) =>
        (await session.RowsAsync(query, cancellation)).FirstOrDefault()?[0];

    /// <summary>Runs the statements that a query writes, each without its semicolon.</summary>
    public static async Task RunWrittenAsync(this ISqlSession session, string query, CancellationToken cancellation)
    {
        foreach (var some in (await session.TextsAsync(query, cancellation)).Chunk(500))
            await session.RunAsync(string.Concat(some.Select(statement => statement + ";\n")), cancellation);
    }

    /// <summary>Names as an SQL array of text.</summary>
    public static string Array(IEnumerable<string> names) =>
        $"ARRAY[{string.Join(", ", names.Select(PostgresNames.Literal))}]::pg_catalog.text[]";
}
