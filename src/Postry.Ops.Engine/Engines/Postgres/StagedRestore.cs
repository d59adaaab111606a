using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Swap;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres;

/// <summary>A restore between stage and swap: a database beside the live one, or an open transaction on the live one.</summary>
/// <param name="address">The live database.</param>
/// <param name="server">The session on its server.</param>
/// <param name="patience">The longest wait for other sessions.</param>
/// <param name="observer">Receives the progress.</param>
internal sealed class StagedRestore(PostgresAddress address, TargetSession server, TimeSpan patience, IOperationObserver observer)
    : IAsyncDisposable
{
    private ITransactionStrategy? _transaction;

    /// <summary>True where owners and privileges were left out.</summary>
    public bool NoOwner { get; private set; }

    /// <summary>The outcome of restoring the archive.</summary>
    public RestoreOutcome Outcome { get; private set; } = RestoreOutcome.AsItIs;

    /// <summary>The address for what writes to the live database, which a freeze, or its role, may have made read-only by
    /// default.</summary>
    public static PostgresAddress Writable(PostgresAddress address) => address.WithOptions("-c default_transaction_read_only=off");

    /// <summary>Restores the archive by a strategy, and checks all of it.</summary>
    public async Task<IReadOnlyList<Check>> MakeAsync(RestoreStrategy strategy, PostgresArchive archive, PostgresRestoreOptions options,
        SwapLog log, CancellationToken cancellation)
    {
        NoOwner = options.NoOwner;
        if (strategy == RestoreStrategy.Swap)
        {
            var stage = new DatabaseStage(address, await server.OpenAsync(cancellation), observer);
            var made = await stage.MakeAsync(archive, options, log, cancellation);
            Note(stage.Outcome);
            return made;
        }

        _transaction = strategy == RestoreStrategy.Schema ? new SchemaStrategy(Writable(address), observer)
            : new InPlaceStrategy(Writable(address), observer);
        var checks = await _transaction.StageAsync(new Incoming(archive, options), log, cancellation);
        Note(_transaction.Outcome);
        return checks;
    }

    /// <summary>Makes live what is staged, and lifts a freeze.</summary>
    public async Task<SwapResult> SwapAsync(SwapLog log, CancellationToken cancellation)
    {
        var session = await server.OpenAsync(cancellation);
        if (_transaction is null)
            return await new DatabaseSwap(address, session, patience, observer).RunAsync(log, cancellation)
                with { Broken = Outcome.Broken };
        var swap = await CommitAsync(log, cancellation);
        await WriteFreeze.LiftAsync(session, log.Journal.Server!, CancellationToken.None);
        return swap with { Broken = Outcome.Broken };
    }

    /// <summary>Commits the transaction.</summary>
    public async Task<SwapResult> CommitAsync(SwapLog log, CancellationToken cancellation)
    {
        var swap = await _transaction!.CommitAsync(log, cancellation);
        await DisposeAsync();
        return swap;
    }

    /// <summary>Rolls back a transaction that is still open.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_transaction is not { } open) return;
        _transaction = null;
        await open.DisposeAsync();
    }

    private void Note(RestoreOutcome outcome)
    {
        Outcome = outcome;
        foreach (var made in outcome.WithPath) observer.Detail($"Made with search_path = {made.Key}: {string.Join("; ", made.Value)}.");
        foreach (var broken in outcome.Broken) observer.Warning($"Left out, because it cannot be created: {broken}. Every row is there.");
    }
}
