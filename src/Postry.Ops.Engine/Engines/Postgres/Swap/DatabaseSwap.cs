using System.Diagnostics;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using static System.FormattableString;
using static Postry.Ops.Engine.Model.PostgresNames;

namespace Postry.Ops.Engine.Engines.Postgres.Swap;

/// <summary>
/// Gives the live name to another database: both renames are one transaction, so that whoever connects finds the old database or the new
/// one. The old one is kept, closed to connections. Sessions on it are ended again and again until the transaction is through, for a rename
/// needs nobody to be connected.
/// </summary>
internal sealed class DatabaseSwap(PostgresAddress address, NpgsqlSession server, TimeSpan patience, IOperationObserver observer)
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(10);

    private readonly string _live = address.Database;

    /// <summary>Swaps a database in, or moves the live one away if there is none to replace it.</summary>
    /// <param name="log">The log, whose journal names the databases: the stage goes live, the live database is kept under the name of the
    /// previous copy.</param>
    /// <param name="cancellation">Stops the work before the swap; the swap itself is not stopped.</param>
    public async Task<SwapResult> RunAsync(SwapLog log, CancellationToken cancellation)
    {
        var (stage, previous) = (log.Journal.Stage, log.Journal.Previous);
        var liveOid = await ServerDatabases.OidAsync(server, _live, cancellation);
        uint? stageOid = stage.Length == 0 ? null : await ServerDatabases.OidAsync(server, stage, cancellation)
            ?? throw new SourceNotFoundException(stage, $"The database {stage} is gone from the server.", "Restore again.");
        if (log.Journal.Kind == JournalKind.Undo && stageOid is { } kept) await CloseAsync(stage, kept, cancellation);
        log.Step(JournalStep.Locked, journal => journal with { Server = journal.Server! with { LiveOid = liveOid, StageOid = stageOid } });
        var unavailable = liveOid is { } oid
            ? await ReplaceAsync(oid, stageOid is not null, log, cancellation)
            : await PlaceAsync(log);
        await WriteFreeze.LiftAsync(server, log.Journal.Server!, CancellationToken.None);
        return liveOid is null
            ? new SwapResult(RestoreStrategy.New, null, null, TimeSpan.Zero)
            : new SwapResult(stageOid is null ? RestoreStrategy.New : RestoreStrategy.Swap, previous,
                await ServerDatabases.SizeAsync(server, previous, CancellationToken.None), unavailable);
    }

    // A kept copy may have been opened for a look: a session that was forgotten in it must not keep it from coming back.
    private async Task CloseAsync(string copy, uint oid, CancellationToken cancellation)
    {
        await server.ExecuteAsync($"ALTER DATABASE {Quote(copy)} WITH ALLOW_CONNECTIONS false", cancellation);
        await SessionTerminator.EndAsync(server, SessionTerminator.Of(oid, []), cancellation);
    }

    private async Task<TimeSpan> PlaceAsync(SwapLog log)
    {
        log.Step(JournalStep.Swapping);
        if (log.Journal.Stage.Length > 0) await RenameAsync([.. GoLive(log.Journal.Stage)]);
        return TimeSpan.Zero;
    }

    private async Task<TimeSpan> ReplaceAsync(uint liveOid, bool hasStage, SwapLog log, CancellationToken cancellation)
    {
        var here = PostgresConnector.ConnectedAddress(server, address);
        await using var second = await PostgresConnector.OpenAsync(here.For(server.Connection.Database), cancellation);
        await using var probe = await AvailabilityProbe.StartAsync(here);
        log.Step(JournalStep.Swapping);
        // Nothing stops the swap from here on: it is done or rolled back within moments.
        await using (SessionTerminator.Start(second, liveOid, [], CancellationToken.None))
            await probe.RenameBetweenProbesAsync(() => RenameAsync([.. Statements(hasStage, log.Journal)]));
        return hasStage ? await probe.StopAsync() : TimeSpan.Zero;
    }

    private IEnumerable<string> Statements(bool hasStage, RestoreJournal journal)
    {
        yield return $"ALTER DATABASE {Quote(_live)} RENAME TO {Quote(journal.Previous)}";
        yield return $"ALTER DATABASE {Quote(journal.Previous)} WITH ALLOW_CONNECTIONS false";
        foreach (var statement in hasStage ? GoLive(journal.Stage) : []) yield return statement;
    }

    // A kept copy that comes back was closed to connections.
    private IEnumerable<string> GoLive(string database) =>
    [
        $"ALTER DATABASE {Quote(database)} RENAME TO {Quote(_live)}",
        $"ALTER DATABASE {Quote(_live)} WITH ALLOW_CONNECTIONS true",
    ];

    // The server itself waits five seconds for the last session to go; a client that reconnects faster than it is ended makes it give up.
    private async Task RenameAsync(IReadOnlyList<string> statements)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            await using var transaction = await server.Connection.BeginTransactionAsync(CancellationToken.None);
            try
            {
                // A client that has gone without a word must not keep the door shut.
                await server.ExecuteAsync(
                    Invariant($"SET LOCAL idle_in_transaction_session_timeout = {LongestSilence.TotalMilliseconds:F0}"),
                    CancellationToken.None);
                foreach (var statement in statements)
                    await server.ExecuteAsync(statement, CancellationToken.None);
                await transaction.CommitAsync(CancellationToken.None);
                return;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.ObjectInUse or PostgresErrorCodes.LockNotAvailable
                && clock.Elapsed < patience)
            {
                observer.Detail($"{_live} is still in use ({e.Detail ?? e.MessageText}); trying again.");
                await transaction.RollbackAsync(CancellationToken.None);
            }
        }
    }

    /// <summary>Finds after a crash on which side of the swap the live name is, by the numbers of the databases.</summary>
    public static async Task<LiveSide> FindSideAsync(NpgsqlSession server, string live, RestoreJournal journal,
        CancellationToken cancellation)
    {
        var now = await ServerDatabases.OidAsync(server, live, cancellation);
        var (before, after) = (journal.Server!.LiveOid, journal.Server.StageOid);
        return now == after ? LiveSide.Restored : now == before ? LiveSide.Previous : LiveSide.Unknown;
    }
}
