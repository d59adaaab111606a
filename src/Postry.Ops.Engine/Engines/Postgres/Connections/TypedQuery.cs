using Npgsql;
using NpgsqlTypes;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>Short questions to a server, with values of .NET types. Parameters are $1, $2 and so on; an array alone is given as
/// (object).</summary>
internal static class TypedQuery
{
    /// <summary>Runs a statement outside of any transaction of the caller's.</summary>
    public static async Task<int> RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation, params object[] values)
    {
        await using var command = Command(connection, sql, values);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The first value of the first row; default where there is no row or the value is null.</summary>
    public static async Task<T?> ValueAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellation,
        params object[] values)
    {
        await using var command = Command(connection, sql, values);
        return await command.ExecuteScalarAsync(cancellation) is T value ? value : default;
    }

    /// <summary>The first column of every row.</summary>
    public static Task<IReadOnlyList<string>> TextsAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation,
        params object[] values) =>
        RowsAsync(connection, sql, row => row.GetString(0), cancellation, values);

    /// <summary>Every row.</summary>
    public static async Task<IReadOnlyList<T>> RowsAsync<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation, params object[] values)
    {
        await using var command = Command(connection, sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation)) rows.Add(read(reader));
        return rows;
    }

    /// <summary>Of what has one of some names: by its name, what is asked of it.</summary>
    /// <param name="connection">The session.</param>
    /// <param name="sql">Selects a name and a truth value, without a condition.</param>
    /// <param name="column">The column of the names.</param>
    /// <param name="names">The names. A session in a database of encoding UTF8 gives a name that is no UTF-8, but takes none: then all rows
    /// are read.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<IReadOnlyDictionary<string, bool>> NamedAsync(NpgsqlConnection connection, string sql, string column,
        IEnumerable<string> names, CancellationToken cancellation)
    {
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        var rows = await RowsAsync(connection, $"{sql} WHERE $1 OR {column}::text = ANY ($2)",
            row => KeyValuePair.Create(row.GetString(0), row.GetBoolean(1)), cancellation, wanted.Any(ByteKeepingEncoding.HasBytes),
            wanted.Where(name => !ByteKeepingEncoding.HasBytes(name)).ToArray());
        return rows.Where(row => wanted.Contains(row.Key)).ToDictionary(StringComparer.Ordinal);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            var parameter = new NpgsqlParameter { Value = value };
            if (value is uint) parameter.NpgsqlDbType = NpgsqlDbType.Oid;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
