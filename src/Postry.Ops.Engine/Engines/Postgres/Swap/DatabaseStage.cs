using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Swap;

/// <summary>A new database beside the live one, restored from an archive and verified, that has only to take the live name.</summary>
internal sealed class DatabaseStage(PostgresAddress address, PostgresSession server, IOperationObserver observer)
{
    /// <summary>The outcome of restoring the archive.</summary>
    public RestoreOutcome Outcome { get; private set; } = RestoreOutcome.AsItIs;

    /// <summary>Makes and fills the stage, and checks all of it.</summary>
    public async Task<IReadOnlyList<Check>> MakeAsync(PostgresArchive held, PostgresRestoreOptions options, SwapLog log,
        CancellationToken cancellation)
    {
        var archive = await TargetProperties.CompleteAsync(held, address, server, log.Journal.Server, cancellation);
        var database = new StageDatabase(address, server, archive, options, log, observer);
        var restore = archive.Match<IStageRestore>(
            directory => new ArchiveStageRestore(directory, database, options, observer),
            dump => new DumpStageRestore(dump, database, options, observer));
        await database.CreateAsync(cancellation);
        Outcome = await restore.RunAsync(cancellation);
        var checks = await AnalyseAndCheckAsync(archive, options, database, cancellation);
        if (checks.All(check => check.Status != CheckStatus.Failed)) await database.ApplyPropertiesAsync(cancellation);
        return checks;
    }

    // The planner's statistics are gathered while the rows are read for their fingerprints anyway.
    private async Task<IReadOnlyList<Check>> AnalyseAndCheckAsync(PostgresArchive archive, PostgresRestoreOptions options,
        StageDatabase database, CancellationToken cancellation)
    {
        using var failFast = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var analysis = AnalyseAsync(database.Address, failFast.Token);
        try
        {
            var checks = await new RestoredContents(database.Address, observer, Outcome)
                .CheckAsync(archive, options.NoOwner, options.Jobs, failFast.Token);
            await analysis;
            return checks;
        }
        catch
        {
            await failFast.CancelAsync();
            await analysis.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task AnalyseAsync(PostgresAddress stage, CancellationToken cancellation)
    {
        await using var session = await PostgresConnector.OpenAsync(stage, cancellation);
        if (Outcome.SetPath is { Length: > 0 } path) await session.ExecuteAsync(path, cancellation);
        try
        {
            await session.ExecuteAsync("ANALYZE", cancellation);
        }
        catch (PostgresException e) when (Outcome != RestoreOutcome.AsItIs)
        {
            // ANALYZE evaluates the expression of an index once more.
            observer.Warning(
                $"The planner's statistics could not be gathered for every table, which costs no rows: {Sentence.End(e.MessageText)}");
        }
    }
}
