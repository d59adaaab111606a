using System.Globalization;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>
/// A session that takes SQL, whatever program it goes through. Queries cast every column to text, so that nothing depends on types that a
/// server or a program may lack.
/// </summary>
internal abstract class PostgresSession : IAsyncDisposable
{
    /// <summary>Major version of the server.</summary>
    public abstract int ServerMajor { get; }

    /// <summary>Runs statements, each with its semicolon (the last one may lack it outside of psql). The first error ends the
    /// transaction.</summary>
    public abstract Task ExecuteAsync(string sql, CancellationToken cancellation);

    /// <summary>Every row of a query without its semicolon.</summary>
    /// <param name="query">The query.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="arguments">The values of $1, $2 and so on, which a psql does not take; an array alone is given as (object).</param>
    public abstract Task<IReadOnlyList<string?[]>> RowsAsync(string query, CancellationToken cancellation, params object[] arguments);

    /// <summary>The first column of every row.</summary>
    public async Task<IReadOnlyList<string>> TextsAsync(string query, CancellationToken cancellation, params object[] arguments) =>
        [.. (await RowsAsync(query, cancellation, arguments)).Select(row => row[0] ?? "")];

    /// <summary>The first row's first column; null where there is no row.</summary>
    public async Task<string?> TextAsync(string query, CancellationToken cancellation, params object[] arguments) =>
        await RowsAsync(query, cancellation, arguments) is [var row, ..] ? row[0] : null;

    /// <summary>The first row's first column as a number; 0 where there is no row.</summary>
    public async Task<long> NumberAsync(string query, CancellationToken cancellation, params object[] arguments) =>
        long.Parse(await TextAsync(query, cancellation, arguments) ?? "0", CultureInfo.InvariantCulture);

    /// <summary>Returns whether a condition holds.</summary>
    /// <param name="condition">SQL of a truth value; null is false.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="arguments">The values, as for <see cref="RowsAsync"/>.</param>
    public async Task<bool> IsTrueAsync(string condition, CancellationToken cancellation, params object[] arguments) =>
        await TextAsync($"SELECT ({condition})::text", cancellation, arguments) == "true";

    /// <summary>Runs the statements that a query writes, each without its semicolon.</summary>
    public async Task ExecuteWrittenAsync(string query, CancellationToken cancellation)
    {
        foreach (var some in (await TextsAsync(query, cancellation)).Chunk(500))
            await ExecuteAsync(string.Concat(some.Select(statement => statement + ";\n")), cancellation);
    }

    /// <summary>Names as an SQL array of text.</summary>
    public static string Array(IEnumerable<string> names) =>
        $"ARRAY[{string.Join(", ", names.Select(PostgresNames.Literal))}]::pg_catalog.text[]";

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
