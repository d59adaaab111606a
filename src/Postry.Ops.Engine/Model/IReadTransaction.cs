namespace Postry.Ops.Engine.Model;

/// <summary>A table that was found.</summary>
/// <param name="QuotedName">The name as a statement writes it.</param>
/// <param name="Name">The name in the manifest of a backup.</param>
/// <param name="Columns">The names of its columns.</param>
/// <param name="Names">The rule by which names are the same: SQLite ignores upper and lower case.</param>
internal sealed record FoundTable(string QuotedName, string Name, IReadOnlyList<string> Columns, StringComparer Names);

/// <summary>A live database in one transaction that only reads. Errors are those of its engine.</summary>
internal interface IReadTransaction
{
    /// <summary>Runs one query. Returns the names of the columns. Errors: QueryRefusedException for a query that does more than
    /// read.</summary>
    /// <param name="query">One statement that reads.</param>
    /// <param name="row">Gets the names of the columns and the values of each row; returns false to read no more.</param>
    Task<IReadOnlyList<string>> ReadAsync(string query, Func<IReadOnlyList<string>, IReadOnlyList<string?>, bool> row);

    /// <summary>Finds a table or view; null if it does not exist.</summary>
    Task<FoundTable?> FindTableAsync(string table);

    /// <summary>Counts the rows of a table, up to some number: a table may have millions.</summary>
    Task<long> CountAsync(FoundTable table, long most);

    /// <summary>The greatest value of a column as text; null if there is none.</summary>
    Task<string?> GreatestAsync(FoundTable table, string column);
}

/// <summary>A query that does more than read.</summary>
internal sealed class QueryRefusedException(string message) : Exception(message);
