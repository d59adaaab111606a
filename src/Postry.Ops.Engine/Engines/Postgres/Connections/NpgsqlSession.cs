using Npgsql;
using NpgsqlTypes;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>A session of this process. The session owns its connection.</summary>
internal sealed class NpgsqlSession(NpgsqlConnection connection) : PostgresSession
{
    /// <summary>The connection, for work beyond statements: transactions, COPY and binary values.</summary>
    public NpgsqlConnection Connection => connection;

    /// <summary>Process id of the server process that answers.</summary>
    public int ProcessId => connection.ProcessID;

    /// <inheritdoc/>
    public override int ServerMajor => connection.PostgreSqlVersion.Major;

    /// <inheritdoc/>
    public override async Task ExecuteAsync(string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<string?[]>> RowsAsync(string query, CancellationToken cancellation,
        params object[] arguments)
    {
        await using var command = new NpgsqlCommand(query, connection);
        foreach (var argument in arguments)
        {
            var parameter = new NpgsqlParameter { Value = argument };
            if (argument is uint) parameter.NpgsqlDbType = NpgsqlDbType.Oid;
            command.Parameters.Add(parameter);
        }

        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<string?[]>();
        while (await reader.ReadAsync(cancellation))
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]);
        return rows;
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => connection.DisposeAsync();
}
