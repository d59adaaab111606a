using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Reporting;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Engine.Postgres;

/// <summary>What PostgreSQL archives hold: pg_dump's directory format.</summary>
internal sealed class PostgresEngine(OpsSettings settings, IReporter reporter) : IDatabaseEngine
{
    /// <inheritdoc/>
    public DatabaseMode Mode => DatabaseMode.Postgres;

    /// <inheritdoc/>
    public Task<IReadOnlyList<Check>> CheckBytesAsync(BackupManifest manifest, string artefactPath, CancellationToken cancellation) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<Check>> CheckContentsAsync(BackupManifest manifest, string artefactPath, ScratchFolder scratch, CancellationToken cancellation) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<TrialTarget> OpenTrialAsync(BackupManifest manifest, ScratchFolder scratch, DatabaseAddress? server, CancellationToken cancellation) => throw new NotImplementedException($"{settings} {reporter}");
}
