using System.Globalization;
using Npgsql;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>Queries whose columns are all cast to text, so that nothing depends on types that a server may lack.</summary>
internal static class ServerQuery
{
    /// <summary>Every row. Parameters are $1, $2, ... and are sent as text.</summary>
    public static async Task<List<string?[]>> RowsAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation,
        params string[] arguments)
    {
        await using var command = Command(connection, sql, arguments);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<string?[]>();
        while (await reader.ReadAsync(cancellation))
        {
            var row = new string?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++) row[i] = reader.IsDBNull(i) ? null : reader.GetString(i);
            rows.Add(row);
        }

        return rows;
    }

    /// <summary>The first row's first column, or null.</summary>
    public static async Task<string?> TextAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation,
        params string[] arguments) =>
        await RowsAsync(connection, sql, cancellation, arguments) is [var row, ..] ? row[0] : null;

    /// <summary>The first row's first column as a number.</summary>
    public static async Task<long> NumberAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation,
        params string[] arguments) =>
        long.Parse(await TextAsync(connection, sql, cancellation, arguments) ?? "0", CultureInfo.InvariantCulture);

    /// <summary>Runs a statement.</summary>
    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = Command(connection, sql, []);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, string[] arguments)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var argument in arguments)
            command.Parameters.Add(new NpgsqlParameter { Value = argument, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        return command;
    }
}
