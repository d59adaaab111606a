using System.Globalization;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>The outcome of a transaction whose client did not receive the answer.</summary>
internal static class TransactionOutcome
{
    /// <summary>The transaction was committed.</summary>
    public const string Committed = "committed";

    /// <summary>The transaction was rolled back.</summary>
    public const string Aborted = "aborted";

    private const string InProgress = "in progress";
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Makes the numbers of all transactions that run now last: a server that crashes forgets the number of a transaction of which nothing
    /// was written to disk yet, and gives it to another one, whose outcome would then be told. A later transaction that is on disk keeps it
    /// from that. Errors: those of reaching the server.
    /// </summary>
    public static async Task KeepNumbersAsync(PostgresAddress address, CancellationToken cancellation)
    {
        await using var session = await PostgresConnector.OpenAsync(address, cancellation);
        try
        {
            // The statement runs in a transaction of its own, which a session of this product commits to disk.
            await session.ExecuteAsync(
                "BEGIN READ WRITE; SELECT pg_catalog.pg_logical_emit_message(true, 'postry', ''); COMMIT", cancellation);
        }
        catch (NpgsqlException e) when (PostgresErrors.Explain(e, address) is { } explained)
        {
            throw explained;
        }
    }

    /// <summary>
    /// Committed or Aborted, by the server's own word; one that still runs has lost its client, and is ended. Null where the server no
    /// longer knows, or still runs it after a minute. Errors: those of reaching the server, AccessDenied where its session may not be
    /// ended.
    /// </summary>
    public static async Task<string?> DetermineAsync(PostgresAddress address, string transaction,
        CancellationToken cancellation)
    {
        await using var session = await PostgresConnector.OpenAsync(address, cancellation);
        try
        {
            return await DetermineAsync(session, transaction, cancellation);
        }
        catch (NpgsqlException e) when (PostgresErrors.Explain(e, address) is { } explained)
        {
            throw explained;
        }
    }

    /// <summary>
    /// Finds after a crash on which side of the swap the database is, by the names of the kept schemas if there are any, and by the
    /// transaction.
    /// </summary>
    public static async Task<LiveSide> FindSideAsync(PostgresAddress address, RestoreJournal journal, CancellationToken cancellation)
    {
        // The transaction has not begun.
        if (journal.Server is not { Transaction: { } transaction } server)
            return journal.Step < JournalStep.Swapping ? LiveSide.Previous : LiveSide.Unknown;
        var state = await DetermineAsync(address, transaction, cancellation);
        if (server.Schemas.Count == 0)
            return state == Committed ? LiveSide.Restored : state == Aborted || journal.Step < JournalStep.Swapping ? LiveSide.Previous
                : LiveSide.Unknown;

        await using var session = await PostgresConnector.OpenAsync(address, cancellation);
        var there = (await session.TextsAsync("SELECT nspname::text FROM pg_catalog.pg_namespace",
            cancellation)).ToHashSet(StringComparer.Ordinal);
        if (server.Schemas.Any(schema => there.Contains(schema.Kept))) return LiveSide.Restored;
        if (state == Aborted || journal.Step < JournalStep.Swapping) return LiveSide.Previous;
        // Committed, and yet nothing of what it kept is there: somebody removed it, or a server that took over tells of another transaction
        // of that number.
        return state is null && server.Schemas.All(schema => there.Contains(schema.Name)) ? LiveSide.Previous : LiveSide.Unknown;
    }

    private static async Task<string?> DetermineAsync(PostgresSession session, string transaction, CancellationToken cancellation)
    {
        for (var until = DateTime.UtcNow + LongestEnd; DateTime.UtcNow < until;
            await Task.Delay(Interval, cancellation))
        {
            var state = await StateAsync(session, transaction, cancellation);
            if (state != InProgress) return state;
            // Locks name a transaction by the lower half of its number.
            var number = unchecked((uint)long.Parse(transaction, CultureInfo.InvariantCulture));
            await SessionTerminator.EndAllAsync(session,
                $"""
                session.pid IN (SELECT pid FROM pg_catalog.pg_locks
                WHERE locktype = 'transactionid' AND transactionid = '{number}'::pg_catalog.xid AND mode = 'ExclusiveLock' AND granted)
                """, cancellation);
        }

        return null;
    }

    private static async Task<string?> StateAsync(PostgresSession session, string transaction, CancellationToken cancellation)
    {
        if (!long.TryParse(transaction, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        try
        {
            return await session.TextAsync($"SELECT pg_catalog.txid_status({number})", cancellation);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidParameterValue)
        {
            // A number of the future: the server was itself put back to an earlier state.
            return null;
        }
    }
}
