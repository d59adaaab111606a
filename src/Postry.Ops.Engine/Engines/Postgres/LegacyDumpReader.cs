using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Engines.Postgres.PlainDumps;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres;

/// <summary>Reads the plain dumps of the old scripts.</summary>
internal sealed class LegacyDumpReader(IOperationObserver observer) : IArtefactReader
{
    private readonly PostgresArtefactReader _engine = new(observer);

    /// <inheritdoc/>
    public IReadOnlyList<Check> Unprovable => [LegacyProofs.Fingerprints];

    /// <inheritdoc/>
    public bool NeedsArtefact => true;

    /// <inheritdoc/>
    public long ScratchBytes(BackupManifest manifest) => 0;

    /// <inheritdoc/>
    public async Task<ArtefactReading> ReadAsync(LoadedBackup backup, bool judge, CancellationToken cancellation) =>
        File.Exists(backup.ArtefactPath) ? await LegacyDump.ReadAsync(backup, observer, cancellation) : LegacyProofs.Missing(backup);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Check>> CheckBytesAsync(LoadedBackup backup, CancellationToken cancellation) =>
        _engine.CheckBytesAsync(backup, cancellation);

    /// <inheritdoc/>
    public async Task<ArtefactReading> CheckContentsAsync(LoadedBackup backup, ScratchFolder scratch, CancellationToken cancellation) =>
        LegacyProofs.Tested(await ReadAsync(backup, judge: true, cancellation));

    /// <inheritdoc/>
    public Task<TrialTarget> OpenTrialAsync(BackupManifest manifest, ScratchFolder scratch, DatabaseAddress? server,
        CancellationToken cancellation) =>
        _engine.OpenTrialAsync(manifest, scratch, server, cancellation);
}
