using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Finds out which of some names a server has, and whether this role has a right on each.</summary>
internal static class NamedRights
{
    /// <summary>Reads them; a name that the server does not have is left out.</summary>
    /// <param name="session">The session.</param>
    /// <param name="sql">Selects a name and a truth value, without a condition.</param>
    /// <param name="column">The column of the names.</param>
    /// <param name="names">The names. A session in a database of encoding UTF8 gives a name that is no UTF-8, but takes none: then all rows
    /// are read.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<IReadOnlyDictionary<string, bool>> ReadAsync(PostgresSession session, string sql, string column,
        IEnumerable<string> names, CancellationToken cancellation)
    {
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        var rows = await session.RowsAsync($"{sql} WHERE $1 OR {column}::text = ANY ($2)", cancellation,
            wanted.Any(ByteKeepingEncoding.HasBytes), wanted.Where(name => !ByteKeepingEncoding.HasBytes(name)).ToArray());
        return rows.Where(row => wanted.Contains(row[0]!)).ToDictionary(row => row[0]!, row => row[1] == "true", StringComparer.Ordinal);
    }
}
