using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Scratch;
using Postry.Ops.Engine.Engines.Postgres.Source;
using Postry.Ops.Engine.Engines.Postgres.Swap;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres;

/// <summary>A PostgreSQL database on a running server. Errors of a connection are raised as the engine's errors.</summary>
/// <param name="settings">The settings.</param>
/// <param name="address">The address of the database.</param>
/// <param name="observer">Receives the progress.</param>
/// <param name="serverSession">The session on the server, which the database disposes.</param>
internal sealed class PostgresDatabase(OpsSettings settings, PostgresAddress address, IOperationObserver observer,
    TargetSession serverSession)
    : IDatabase, ILiveDatabase, IRestoreParticipant
{
    // An undo brings back every row of what was live, also where objects beside them could not be made again.
    private static readonly PostgresRestoreOptions WhateverCanBeMade = new() { OnBrokenObject = BrokenObjectRule.Leave };

    private readonly StagedRestore _staged = new(address, serverSession, settings.LockTimeout, observer);
    private readonly PostgresCopies _copies = new(settings, address, serverSession);
    private RestoreTarget? _target;
    private ComparableContents? _frozen;
    private ServerJournal? _freeze;

    /// <summary>The database at an address.</summary>
    public PostgresDatabase(OpsSettings settings, PostgresAddress address, IOperationObserver observer)
        : this(settings, address, observer, new TargetSession(address))
    {
    }

    /// <inheritdoc/>
    public DatabaseMode Mode => DatabaseMode.Postgres;

    /// <inheritdoc/>
    public string Name => address.Name;

    /// <inheritdoc/>
    public DatabaseAddress Address => address;

    /// <inheritdoc/>
    public ILiveDatabase Live => this;

    /// <inheritdoc/>
    public IRestoreParticipant Part => this;

    /// <inheritdoc/>
    public string ArtefactSuffix => ".pgdump";

    /// <inheritdoc/>
    public bool KeepsJournalBeside => false;

    /// <inheritdoc/>
    public bool IsReadUnderLock => false;

    /// <inheritdoc/>
    public Task<SourceFacts> DescribeAsync(CancellationToken cancellation) => ExplainedAsync(async () =>
    {
        await using var live = await PostgresConnector.OpenAsync(address, cancellation);
        var bytes = await live.NumberAsync("SELECT pg_catalog.pg_database_size(pg_catalog.current_database())::text",
            cancellation);
        return new SourceFacts(Name, address.Database, bytes, Identity: await IdentityAsync(live, cancellation));
    });

    /// <inheritdoc/>
    public async Task<CaptureResult> CaptureAsync(BackupRequest request, string artefactPath, CancellationToken cancellation)
    {
        var captured = await new PostgresCapture(address, request.Postgres, request.Fingerprint, settings.LockTimeout, observer)
            .RunAsync(artefactPath, cancellation);
        // A freeze of ours is no setting of the database.
        return _freeze is { } freeze ? captured with { Postgres = WriteFreeze.Without(captured.Postgres!, freeze) } : captured;
    }

    /// <inheritdoc/>
    public Task<ComparableContents> ReadAsync(BackupManifest backup, string? artefactPath, CancellationToken cancellation) =>
        ExplainedAsync(() => new LiveContents(address, _freeze, observer)
            .ReadAsync(PostgresArchive.Of(backup, artefactPath), cancellation));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Check>> CheckRestoredAsync(LoadedBackup backup, CancellationToken cancellation) =>
        ExplainedAsync(() => new RestoredContents(address, observer, _staged.Outcome)
            .CheckAsync(PostgresArchive.Of(backup), _staged.NoOwner, jobs: null, cancellation));

    /// <inheritdoc/>
    public Task<RestoreTarget> LocateAsync(CancellationToken cancellation) => ExplainedAsync(async () =>
    {
        if (_target is null)
        {
            var server = await serverSession.OpenAsync(cancellation);
            _target = RestoreTarget.OnServer(settings.BackupRoot, Name, await IdentityAsync(server, cancellation));
        }

        return _target;
    });

    /// <inheritdoc/>
    public Task<TargetFacts> InspectAsync(RestoreRequest request, LoadedBackup backup, RestoreTarget target,
        CancellationToken cancellation) =>
        ExplainedAsync(() => TargetSurvey.RunAsync(request, backup.Set, backup.ReadableManifest, target.Name, address, cancellation));

    /// <inheritdoc/>
    public Task<IAsyncDisposable> LockAsync(RestoreTarget target, CancellationToken cancellation) =>
        ExplainedAsync<IAsyncDisposable>(async () =>
    {
        Files.CreatePrivateFolder(Path.GetDirectoryName(target.LockFile)!);
        await ScratchCluster.SweepAsync(settings.BackupRoot);
        return await serverSession.LockAsync(target, cancellation);
    });

    /// <inheritdoc/>
    public RestoreJournal AllocateNames(RestoreJournal journal, RestoreRecord record) => journal.Kind == JournalKind.Restore
        ? journal with
        {
            Stage = KeptNames.Stage(record.RestoreId, address.Database),
            Previous = KeptNames.PreviousDatabase(journal.StartedAt, record.RestoreId, address.Database),
        }
        : journal with
        {
            Stage = record.Strategy == RestoreStrategy.New ? "" : record.PreviousCopy ?? "",
            Previous = KeptNames.UndoneDatabase(journal.StartedAt, record.RestoreId, address.Database),
            // A database that was not there before is moved away by the same renames as one that is replaced.
            Server = new ServerJournal { Strategy = record.Strategy is RestoreStrategy.Schema or RestoreStrategy.InPlace
                ? record.Strategy.Value : RestoreStrategy.Swap },
        };

    /// <inheritdoc/>
    public Task<IReadOnlyList<Check>> PrepareAsync(RestorePlan plan, LoadedBackup backup, SwapLog log,
        CancellationToken cancellation) => ExplainedAsync(async () =>
    {
        // The question may have been open for long: the bytes are those that were planned with, or nothing is done with them.
        var bytes = await PostgresArchive.Of(backup).CheckBytesAsync(observer, cancellation);
        if (bytes.Any(check => check.Status == CheckStatus.Failed)) return bytes;
        log.Note(journal => journal with
        {
            Server = journal.Server ?? new ServerJournal { Strategy = plan.Strategy ?? RestoreStrategy.Swap },
        });
        if (plan.Request.Postgres.FreezeWrites && plan.TargetExists)
            await FreezeAsync(await serverSession.OpenAsync(cancellation), PostgresArchive.Of(backup), plan, log, cancellation);
        return bytes;
    });

    /// <inheritdoc/>
    public bool NeedsSafetyBackup(RestorePlan plan) => plan.Strategy == RestoreStrategy.InPlace;

    /// <inheritdoc/>
    public async Task<StagedPart> StageAsync(RestorePlan plan, LoadedBackup backup, SwapLog log, CancellationToken cancellation) =>
        new(await ExplainedAsync(() => _staged.MakeAsync(plan.Strategy ?? RestoreStrategy.Swap, PostgresArchive.Of(backup),
            plan.Request.Postgres, log, cancellation)));

    /// <inheritdoc/>
    // The other strategies stage in a transaction of one session.
    public DatabaseAddress? StagedAddress(RestoreJournal journal) =>
        journal.Server is { Strategy: RestoreStrategy.Swap } ? address.For(journal.Stage) : null;

    /// <inheritdoc/>
    public Task<SwapResult> SwapAsync(RestorePlan plan, LoadedBackup backup, SwapLog log, CancellationToken cancellation) =>
        ExplainedAsync(() => _staged.SwapAsync(log, cancellation));

    /// <inheritdoc/>
    // The replaced database is closed to connections, and to read all of it would take as long as a backup.
    public Task<string?> FindPreviousDamageAsync(RestorePlan plan, RestoreRecord record, CancellationToken cancellation) =>
        Task.FromResult(plan.Comparison is { FoundDamage: true } comparison ? comparison.Reason : null);

    /// <inheritdoc/>
    public Task<OpsException?> FindUndoObstacleAsync(RestoreRecord record, CancellationToken cancellation) =>
        ExplainedAsync(() => _copies.FindUndoObstacleAsync(record, cancellation));

    /// <inheritdoc/>
    public Task<SwapResult> SwapBackAsync(RestoreRecord record, LoadedBackup? restored, LoadedBackup? safety, SwapLog log,
        CancellationToken cancellation) =>
        ExplainedAsync(async () =>
    {
        switch (record.Strategy)
        {
            case RestoreStrategy.Schema:
                return await new SchemaCopies(StagedRestore.Writable(address)).UndoAsync(
                    record.PreviousCopy ?? SchemaCopies.PreviousCopy(record.RestoreId),
                    restored is null ? [] : PostgresArchive.Of(restored).Schemas, log, cancellation);
            case RestoreStrategy.InPlace:
                ArtefactChecks.Require(safety!.Set, await _staged.MakeAsync(RestoreStrategy.InPlace, PostgresArchive.Of(safety),
                    WhateverCanBeMade, log, cancellation));
                log.Step(JournalStep.Staged);
                return await _staged.CommitAsync(log, cancellation);
            default:
                log.Step(JournalStep.Staged);
                return await new DatabaseSwap(address, await serverSession.OpenAsync(cancellation), settings.LockTimeout,
                    observer).RunAsync(log, cancellation);
        }
    });

    /// <inheritdoc/>
    public Task<LiveSide> FindSideAsync(RestoreJournal journal, CancellationToken cancellation) => ExplainedAsync(async () =>
    {
        await _staged.DisposeAsync();
        return journal.Server!.Strategy is RestoreStrategy.Schema or RestoreStrategy.InPlace
            ? await TransactionOutcome.FindSideAsync(address, journal, cancellation)
            : await DatabaseSwap.FindSideAsync(await serverSession.OpenAsync(cancellation), address.Database, journal,
                cancellation);
    });

    /// <inheritdoc/>
    public RestoreStrategy StrategyOf(RestoreJournal journal) =>
        journal.TargetExisted ? journal.Server!.Strategy : RestoreStrategy.New;

    /// <inheritdoc/>
    public Task RollBackAsync(RestoreJournal journal, CancellationToken cancellation) => ExplainedAsync(async () =>
    {
        await _staged.DisposeAsync();
        // The restore had done nothing on the server yet.
        if (journal.Server is null) return true;
        // A server process whose client was killed works on, and holds its locks, until its statement ends.
        if (journal.Server.Transaction is { } transaction)
            await TransactionOutcome.DetermineAsync(address, transaction, cancellation);
        var server = await serverSession.OpenAsync(cancellation);
        await WriteFreeze.LiftAsync(server, journal.Server, cancellation);
        // The name is of this restore alone; only of an undo is the stage a copy that is kept.
        if (journal.Kind == JournalKind.Restore && KeptNames.IsStage(journal.Stage))
            await ServerDatabases.DropAsync(server, journal.Stage, cancellation);
        return true;
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> RollForwardAsync(RestoreJournal journal, CancellationToken cancellation) =>
        ExplainedAsync<IReadOnlyList<string>>(async () =>
    {
        await _staged.DisposeAsync();
        if (journal.Server is { Frozen: true } frozen)
            await WriteFreeze.LiftAsync(await serverSession.OpenAsync(cancellation), frozen, cancellation);
        return [];
    });

    /// <inheritdoc/>
    public Task SweepAsync(RestoreTarget target, CancellationToken cancellation) => ExplainedAsync(async () =>
    {
        foreach (var partial in Directory.EnumerateFiles(Path.GetDirectoryName(target.JournalFile)!,
            Path.GetFileName(target.JournalFile) + ".*" + Files.PartialSuffix))
            Files.TryDelete(partial);
        await ServerDatabases.SweepStagesAsync(await serverSession.OpenAsync(cancellation), target, cancellation);
        return true;
    });

    /// <inheritdoc/>
    public Task<Check> CheckLiveAsync(BackupManifest manifest, CancellationToken cancellation) =>
        LiveCheck.RunAsync(address, PostgresArchive.Of(manifest), cancellation);

    /// <inheritdoc/>
    public Task<T> QueryAsync<T>(TimeSpan timeout, Func<IReadTransaction, Task<T>> read, CancellationToken cancellation) =>
        PostgresReadTransaction.RunAsync(address, timeout, read, cancellation);

    /// <inheritdoc/>
    public QueryProblem? Explain(Exception error) => PostgresQueryErrors.Of(error, address);

    /// <inheritdoc/>
    // The replaced database is closed to connections; only where writing had been stopped was it read after its last write.
    public Task<ComparableContents?> ReadReplacedAsync(RestoreRecord record, BackupManifest manifest, CancellationToken cancellation) =>
        Task.FromResult(_frozen);

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(CancellationToken cancellation) => ExplainedAsync(async () =>
        await ServerDatabases.OidAsync(await serverSession.OpenAsync(cancellation), address.Database, cancellation) is not null);

    /// <inheritdoc/>
    public Task<long> RemoveCopyAsync(string copy, CancellationToken cancellation) =>
        ExplainedAsync(() => _copies.RemoveAsync(copy, cancellation));

    /// <inheritdoc/>
    public Task<long> SizeOfCopyAsync(string copy, CancellationToken cancellation) =>
        ExplainedAsync(() => _copies.SizeAsync(copy, cancellation));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _staged.DisposeAsync();
        await serverSession.DisposeAsync();
    }

    private async Task FreezeAsync(NpgsqlSession server, PostgresArchive archive, RestorePlan plan, SwapLog log,
        CancellationToken cancellation)
    {
        var free = await WriteFreeze.FreezeAsync(server, address.Database, log, cancellation);
        _freeze = log.Journal.Server;
        observer.Warning(
            $"{Name} is read-only by default until the restore has ended, and its sessions were ended. A session can still switch back " +
            $"by itself.{(free.Count == 0 ? "" : $" These could not be ended: {string.Join("; ", free)}.")}");
        if (plan.Comparison is { Compared: true })
            _frozen = await new LiveContents(address, _freeze, observer).ReadAsync(archive, cancellation);
    }

    /// <summary>The cluster's own number and the database's name; where the number is a secret, the server's address takes its
    /// place.</summary>
    private async Task<string> IdentityAsync(NpgsqlSession session, CancellationToken cancellation) =>
        ((await SourceSurvey.ServerAsync(session, cancellation)).SystemIdentifier
            ?? $"{session.Connection.Host}:{session.Connection.Port}") + $"/{address.Database}";

    private async Task<T> ExplainedAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException
            && PostgresErrors.Explain(e, address) is { } explained)
        {
            throw explained;
        }
    }
}
