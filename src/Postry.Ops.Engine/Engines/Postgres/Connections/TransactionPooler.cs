using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>
/// Tells whether a pooler that gives each transaction another server process stands before the server. Settings, locks and snapshots of a
/// session are lost there, and what is set in one would stay for the application that gets the process next: so this must be known before
/// anything is set.
/// </summary>
internal static class TransactionPooler
{
    private const int Rounds = 4;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Throws PoolerNotSupported for a transaction pooler; a session pooler is let through.</summary>
    public static async Task RefuseAsync(
        NpgsqlSession session, Func<CancellationToken, Task<NpgsqlSession>> openAnother, PostgresAddress address,
        CancellationToken cancellation)
    {
        // The process that greeted is the one that answers: no pooler.
        if (await ProcessAsync(session, cancellation) == session.ProcessId) return;
        if (await IsSharedAsync(session, openAnother, cancellation))
        {
            throw new PoolerNotSupportedException(address.Name,
                $"{address.Name} is a transaction pooler: statements of one session run in different server processes.",
                "Use the server's direct address, or the pooler's address for session mode (Supabase: port 5432 instead of 6543).");
        }
    }

    // A session pooler keeps one process for each connection, and no two have the same.
    private static async Task<bool> IsSharedAsync(NpgsqlSession first, Func<CancellationToken, Task<NpgsqlSession>> openAnother,
        CancellationToken cancellation)
    {
        var ofFirst = new HashSet<int>();
        // A pooler that takes turns gives the first two processes in a row.
        for (var round = 0; round < Rounds; round++) ofFirst.Add(await ProcessAsync(first, cancellation));
        if (ofFirst.Count > 1) return true;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(Timeout);
        try
        {
            var second = await openAnother(timeout.Token);
            await using (second) return await IsSharedAsync(first, second, ofFirst, cancellation, timeout.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The second session has no free process as long as the first one keeps its own.
            return false;
        }
    }

    private static async Task<bool> IsSharedAsync(NpgsqlSession first, NpgsqlSession second, HashSet<int> ofFirst,
        CancellationToken cancellation, CancellationToken timeout)
    {
        // A pooler that hands out the process that was used last gives the second session the process that the first one has just left.
        HashSet<int> ofSecond = [await ProcessAsync(second, timeout)];
        for (var round = 0; round < Rounds && !IsShared(); round++)
        {
            ofFirst.Add(await ProcessAsync(first, cancellation));
            ofSecond.Add(await ProcessAsync(second, timeout));
        }

        // Traffic of other clients may have hidden the pooler: so both sessions are busy at once, and then change places.
        for (var round = 0; round < Rounds && !IsShared(); round++)
        {
            await using (var transaction = await first.Connection.BeginTransactionAsync(cancellation))
            {
                ofFirst.Add(await ProcessAsync(first, cancellation));
                ofSecond.Add(await ProcessAsync(second, timeout));
                await transaction.RollbackAsync(cancellation);
            }

            ofSecond.Add(await ProcessAsync(second, timeout));
            ofFirst.Add(await ProcessAsync(first, cancellation));
        }

        return IsShared();

        bool IsShared() => ofFirst.Count > 1 || ofSecond.Count > 1 || ofFirst.Overlaps(ofSecond);
    }

    private static async Task<int> ProcessAsync(NpgsqlSession session, CancellationToken cancellation) =>
        (int)await session.NumberAsync("SELECT pg_catalog.pg_backend_pid()::text", cancellation);
}
