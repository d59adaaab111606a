using System.Globalization;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>
/// A read-only transaction whose snapshot other sessions can use. Disposing ends the transaction, even if the connection is lost.
/// </summary>
internal sealed class ServerSnapshot : IAsyncDisposable
{
    /// <summary>The statement that begins a transaction whose first query takes one snapshot for all.</summary>
    public const string Begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

    private ServerSnapshot(NpgsqlSession session, string id, DateTime at) => (Session, Id, At) = (session, id, at);

    /// <summary>The session that holds the snapshot.</summary>
    public NpgsqlSession Session { get; }

    /// <summary>The id of the snapshot, which other sessions import.</summary>
    public string Id { get; }

    /// <summary>The server's clock just before the snapshot, in UTC: nothing that was committed earlier is missing from it.</summary>
    public DateTime At { get; }

    /// <summary>Takes a snapshot on a new session.</summary>
    public static async Task<ServerSnapshot> TakeAsync(Func<CancellationToken, Task<NpgsqlSession>> open, CancellationToken cancellation)
    {
        var session = await open(cancellation);
        try
        {
            await session.ExecuteAsync(Begin, cancellation);
            return await ExportAsync(session, cancellation);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Exports the snapshot of a transaction that was begun, and owns its session from then on.</summary>
    public static async Task<ServerSnapshot> ExportAsync(NpgsqlSession session, CancellationToken cancellation)
    {
        var row = (await session.RowsAsync(
            "SELECT pg_catalog.pg_export_snapshot(), (EXTRACT(epoch FROM pg_catalog.statement_timestamp()) * 1000000)::bigint::text",
            cancellation))[0];
        return new ServerSnapshot(session, row[0]!,
            DateTime.UnixEpoch.AddMicroseconds(long.Parse(row[1]!, CultureInfo.InvariantCulture)));
    }

    /// <summary>Marks what is locked now: <see cref="ReleaseAsync"/> gives every later lock back, and the snapshot stays.</summary>
    public Task MarkAsync(CancellationToken cancellation) => Session.ExecuteAsync("SAVEPOINT postry_read", cancellation);

    /// <summary>Gives back the locks since the mark, on what was read of the catalog: a server has room for so many only, and pg_dump needs
    /// them.</summary>
    public Task ReleaseAsync(CancellationToken cancellation) =>
        Session.ExecuteAsync("ROLLBACK TO SAVEPOINT postry_read", cancellation);

    /// <summary>Begins a transaction that sees what a snapshot's owner sees.</summary>
    public static async Task JoinAsync(NpgsqlSession session, string id, CancellationToken cancellation)
    {
        await session.ExecuteAsync(Begin, cancellation);
        await session.ExecuteAsync($"SET TRANSACTION SNAPSHOT {PostgresNames.Literal(id)}", cancellation);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Session.DisposeAsync();
}
