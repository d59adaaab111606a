using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Data;

/// <summary>A table that was found.</summary>
/// <param name="Sql">The name, quoted for a query.</param>
/// <param name="Name">The name in the manifest of a backup.</param>
/// <param name="Columns">The names of its columns.</param>
/// <param name="Names">The rule by which names are the same: SQLite ignores upper and lower case.</param>
internal sealed record FoundTable(string Sql, string Name, IReadOnlyList<string> Columns, StringComparer Names);

/// <summary>A database in one transaction that only reads.</summary>
internal abstract class ReadOnlyDatabase
{
    /// <summary>Connects, lets a check read, and disconnects. Errors are those of the engine, of SQLite and of Npgsql.</summary>
    /// <param name="address">The database.</param>
    /// <param name="timeout">How long a statement, and the wait for a lock, may take.</param>
    /// <param name="judge">Reads, and says what the check found; it may be called again.</param>
    /// <param name="cancellation">Stops all of it.</param>
    public static Task<SmokeAnswer> AskAsync(DatabaseAddress address, TimeSpan timeout,
        Func<ReadOnlyDatabase, Task<SmokeAnswer>> judge, CancellationToken cancellation) => address is PostgresAddress server
        ? PostgresReadOnly.AskAsync(server, timeout, judge, cancellation)
        : SqliteReadOnly.AskAsync(address.Name, timeout, judge, cancellation);

    /// <summary>Runs one query. Returns the names of the columns.</summary>
    /// <param name="query">One statement that reads.</param>
    /// <param name="row">Gets the names of the columns and the values of each row; returns false to read no more.</param>
    public abstract Task<IReadOnlyList<string>> ReadAsync(string query, Func<IReadOnlyList<string>, IReadOnlyList<string?>, bool> row);

    /// <summary>Finds a table or view; null if it does not exist.</summary>
    public abstract Task<FoundTable?> FindTableAsync(string table);

    /// <summary>The first column of the first row; null if it is null or there is no row.</summary>
    public async Task<string?> TextAsync(string query)
    {
        string? text = null;
        await ReadAsync(query, (_, values) =>
        {
            text = values[0];
            return false;
        });
        return text;
    }
}

/// <summary>A query that does more than read.</summary>
internal sealed class QueryRefusedException(string message) : Exception(message);
