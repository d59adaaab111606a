using Npgsql;
using Postry.Ops.Engine.Errors;

namespace Postry.Ops.Engine.Postgres;

/// <summary>
/// Tells whether a pooler that gives each transaction another server process stands before the server. Settings, locks and snapshots of a session are lost there,
/// and what is set in one would stay for the application that gets the process next: so this must be known before anything is set.
/// </summary>
internal static class TransactionPooler
{
    private const int Rounds = 4;

    /// <summary>Throws PoolerNotSupported for a transaction pooler; a session pooler is let through.</summary>
    public static async Task RefuseAsync(NpgsqlConnection connection, Func<Task<NpgsqlConnection>> openAnother, string operation, PostgresAddress address, CancellationToken cancellation)
    {
        // The process that greeted is the one that answers: no pooler.
        if (await ProcessAsync(connection, cancellation).ConfigureAwait(false) == connection.ProcessID) return;
        var another = await openAnother().ConfigureAwait(false);
        await using (another.ConfigureAwait(false))
        {
            if (!await IsSharedAsync(connection, another, cancellation).ConfigureAwait(false)) return;
        }

        throw new PoolerNotSupportedException(operation, address.Name, $"{address.Name} is a transaction pooler: statements of one session run in different server processes.",
            "Use the server's direct address, or the pooler's address for session mode (Supabase: port 5432 instead of 6543).");
    }

    // A session pooler keeps one process for each connection, and no two have the same.
    private static async Task<bool> IsSharedAsync(NpgsqlConnection first, NpgsqlConnection second, CancellationToken cancellation)
    {
        HashSet<int> ofFirst = [], ofSecond = [];
        for (var round = 0; round < Rounds; round++)
        {
            // A pooler that hands out the process used last gives the second the process that the first has just left ...
            await using (var transaction = await first.BeginTransactionAsync(cancellation).ConfigureAwait(false))
            {
                ofFirst.Add(await ProcessAsync(first, cancellation).ConfigureAwait(false));
                ofSecond.Add(await ProcessAsync(second, cancellation).ConfigureAwait(false));
                await transaction.RollbackAsync(cancellation).ConfigureAwait(false);
            }

            ofSecond.Add(await ProcessAsync(second, cancellation).ConfigureAwait(false));
            // ... and one that takes turns gives the first two processes in a row.
            ofFirst.Add(await ProcessAsync(first, cancellation).ConfigureAwait(false));
            ofFirst.Add(await ProcessAsync(first, cancellation).ConfigureAwait(false));
            if (ofFirst.Count > 1 || ofSecond.Count > 1 || ofFirst.Overlaps(ofSecond)) return true;
        }

        return false;
    }

    private static async Task<int> ProcessAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("SELECT pg_catalog.pg_backend_pid()", connection);
        return (int)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }
}
