using System.Diagnostics;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>
/// The common part of both restores in one transaction: remove the old contents, restore the archive, check it, and only then commit.
/// </summary>
/// <param name="address">The database.</param>
/// <param name="observer">Receives the progress.</param>
internal abstract class TransactionStrategy(PostgresAddress address, IOperationObserver observer) : ITransactionStrategy
{
    private const int AnalysedAtOnce = 500;

    private IReadOnlyList<string> _defaultPrivileges = [];
    private ITransactionRestore? _restore;

    /// <summary>The name of the target, which errors carry.</summary>
    protected string Target { get; } = address.Name;

    /// <summary>The strategy.</summary>
    protected abstract RestoreStrategy Strategy { get; }

    /// <summary>The open transaction.</summary>
    internal PsqlTransaction? Transaction { get; private set; }

    /// <summary>Process id of the program that reads the archive, or 0.</summary>
    internal int ReaderProcessId => _restore?.ProcessId ?? 0;

    /// <inheritdoc/>
    public Task<IReadOnlyList<Check>> StageAsync(Incoming incoming, SwapLog log, CancellationToken cancellation)
    {
        _restore = incoming.Archive.Match<ITransactionRestore>(
            archive => new ArchiveTransactionRestore(archive, incoming.Options, Select, Target, observer),
            dump => new DumpTransactionRestore(dump, incoming.Options, MayChange(incoming), address, observer));
        return _restore.StageAsync(restore => StageAsync(incoming, restore, log, cancellation), cancellation);
    }

    private async Task<IReadOnlyList<Check>> StageAsync(Incoming incoming, RestoreIntoTransaction restore, SwapLog log,
        CancellationToken cancellation)
    {
        try
        {
            var server = await ServerAsync(cancellation);
            var transaction = Transaction = await PsqlTransaction
                .BeginAsync(server.Address, server.Major, cancellation, warned: observer.Warning);
            log.Note(journal => journal with { Server =
                (journal.Server ?? new ServerJournal { Strategy = Strategy }) with { Strategy = Strategy, Transaction = transaction.Id } });
            await ReplaceAsync(transaction, incoming, log, cancellation);
            var kept = await ExtensionTables.ReadAsync(transaction, incoming.Manifest, cancellation);
            kept = await TakeOverAsync(transaction, kept, cancellation);
            var existing = await Existing.ReadAsync(transaction, kept.Numbers, cancellation);
            Outcome = await restore(transaction, existing);
            if (_defaultPrivileges.Count > 0)
                await transaction.ExecuteAsync(string.Concat(_defaultPrivileges.Select(statement => statement + ";\n")), cancellation);

            var checks = await new TransactionChecks(transaction, incoming.Archive, kept.Names, Outcome,
                (done, total) => Report("Verifying", done, total)).RunAsync(cancellation);
            await AnalyzeAsync(transaction, incoming.Archive.Schemas, cancellation);
            await transaction.ReadyAsync(cancellation);
            return checks;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public RestoreOutcome Outcome { get; private set; } = RestoreOutcome.AsItIs;

    /// <inheritdoc/>
    public async Task<SwapResult> CommitAsync(SwapLog log, CancellationToken cancellation)
    {
        var transaction = Transaction ?? throw new InvalidOperationException("Nothing is staged.");
        try
        {
            log.Step(JournalStep.Swapping);
            var (result, closed) = await CloseAsync(transaction, log.Journal, cancellation);
            await transaction.CommitAsync(cancellation);
            return result with { Unavailable = closed.Elapsed };
        }
        finally
        {
            await DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Transaction is { } transaction) await transaction.DisposeAsync();
        Transaction = null;
    }

    /// <summary>Takes what is live out of the way.</summary>
    protected abstract Task ReplaceAsync(PsqlTransaction transaction, Incoming incoming, SwapLog log, CancellationToken cancellation);

    /// <summary>Empties those tables of extensions whose rows come from the archive; returns those that stay.</summary>
    protected virtual Task<ExtensionTables> TakeOverAsync(PsqlTransaction transaction, ExtensionTables tables,
        CancellationToken cancellation) => Task.FromResult(tables);

    /// <summary>The only schemas that a script may change, because only these can be put back; null for all.</summary>
    protected abstract IReadOnlySet<string>? MayChange(Incoming incoming);

    /// <summary>Says what of the archive comes in.</summary>
    protected abstract Func<ArchiveEntry, bool> Select(Existing existing);

    /// <summary>Has the default privileges that hold in every schema come back once the archive is in, which does not hold them.</summary>
    protected async Task KeepDefaultPrivilegesAsync(PsqlTransaction transaction, CancellationToken cancellation) =>
        _defaultPrivileges = await DefaultPrivileges.ReadAsync(transaction, cancellation);

    /// <summary>Locks the others out, and says what the commit does and since when they are waiting.</summary>
    protected abstract Task<(SwapResult Result, Stopwatch Closed)> CloseAsync(PsqlTransaction transaction, RestoreJournal journal,
        CancellationToken cancellation);

    private async Task<(PostgresAddress Address, int Major)> ServerAsync(CancellationToken cancellation)
    {
        await using var session = await PostgresConnector.OpenAsync(address, cancellation);
        return (PostgresConnector.ConnectedAddress(session, address), session.ServerMajor);
    }

    private async Task AnalyzeAsync(PsqlTransaction transaction, IReadOnlyList<string> schemas, CancellationToken cancellation)
    {
        Report("Analysing", 0, null);
        var statements = await transaction.TextsAsync(
            $"""
            SELECT pg_catalog.format('ANALYZE %I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname::text = ANY ({PostgresSession.Array(schemas)})
              AND NOT {PlacedObjects.OfExtension("'pg_catalog.pg_class'::pg_catalog.regclass", "c.oid")}
            """, cancellation);
        if (Outcome == RestoreOutcome.AsItIs)
        {
            foreach (var some in statements.Chunk(AnalysedAtOnce))
                await transaction.ExecuteAsync(string.Concat(some.Select(statement => statement + ";\n")), cancellation);
            return;
        }

        // ANALYZE evaluates the expression of an index once more.
        foreach (var statement in statements)
            if (await transaction.TryAsync($"{Outcome.SetPath}{statement};", cancellation) is { } error)
                observer.Warning($"The planner's statistics could not be gathered, which costs no rows: {statement}: {error.Summary}.");
    }

    private void Report(string step, long done, long? total) => observer.Progress(new OperationProgress("PostgreSQL", step, done, total));
}

/// <summary>A backup that is being restored into a database.</summary>
/// <param name="Archive">The backup.</param>
/// <param name="Options">The options of the restore; the strategy is decided by now.</param>
internal sealed record Incoming(PostgresArchive Archive, PostgresRestoreOptions Options)
{
    /// <summary>The manifest of the backup.</summary>
    public BackupManifest Manifest => Archive.Manifest;
}
