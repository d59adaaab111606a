using Postry.Ops.Engine.BackingUp;
using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Reporting;
using Postry.Ops.Engine.Restoring;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Engine.Postgres;

/// <summary>A PostgreSQL database on a running server.</summary>
internal sealed class PostgresDatabase(OpsSettings settings, PostgresAddress address, IReporter reporter) : IDatabase
{
    /// <inheritdoc/>
    public DatabaseMode Mode => DatabaseMode.Postgres;

    /// <inheritdoc/>
    public string Name => address.Name;

    /// <inheritdoc/>
    public string ArtefactSuffix => ".pgdump";

    public Task<SourceFacts> DescribeAsync(string operation, CancellationToken cancellation) => throw new NotImplementedException($"{settings}{reporter}");

    public Task<Capture> CaptureAsync(BackupRequest request, string artefactPath, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<DatabaseContents> ReadAsync(BackupManifest backup, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<IReadOnlyList<Check>> CheckBytesAsync(BackupManifest manifest, string artefactPath, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<IReadOnlyList<Check>> CheckRestoredAsync(BackupManifest manifest, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<RestorePlace> LocateAsync(string operation, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<TargetFacts> InspectAsync(RestoreRequest request, BackupSet set, BackupManifest? manifest, RestorePlace place, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<IAsyncDisposable> LockAsync(RestorePlace place, string operation, CancellationToken cancellation) => throw new NotImplementedException();

    public RestoreJournal NameParts(RestoreJournal journal, RestoreRecord record) => throw new NotImplementedException();

    public Task<IReadOnlyList<Check>> StageAsync(RestorePlan plan, BackupManifest manifest, SwapLog log, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<SwapResult> SwapAsync(RestorePlan plan, BackupManifest manifest, SwapLog log, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<OpsException?> WhyNotUndoAsync(RestoreRecord record, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<SwapResult> SwapBackAsync(RestoreRecord record, BackupManifest? manifest, SwapLog log, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<LiveSide> FindSideAsync(RestoreJournal journal, CancellationToken cancellation) => throw new NotImplementedException();

    public Task RollBackSwapAsync(RestoreJournal journal, CancellationToken cancellation) => throw new NotImplementedException();

    public Task RollForwardSwapAsync(RestoreJournal journal, CancellationToken cancellation) => throw new NotImplementedException();

    public Task SweepAsync(RestorePlace place, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<Check> CheckLiveAsync(BackupManifest manifest, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<DatabaseContents?> ReadReplacedAsync(RestoreRecord record, BackupManifest manifest, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<bool> ExistsAsync(CancellationToken cancellation) => throw new NotImplementedException();

    public Task<long> RemoveCopyAsync(string copy, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<long> SizeOfCopyAsync(string copy, CancellationToken cancellation) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
