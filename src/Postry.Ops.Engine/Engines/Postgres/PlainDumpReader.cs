using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.PlainDumps;
using Postry.Ops.Engine.Engines.Postgres.Trials;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres;

/// <summary>The reader of the plain dumps that the old scripts left.</summary>
internal sealed class PlainDumpReader(IOperationObserver observer) : IArtefactReader
{
    /// <inheritdoc/>
    public IReadOnlyList<Check> Unprovable => [LegacyProofs.Fingerprints];

    /// <inheritdoc/>
    public bool NeedsArtefact => true;

    /// <inheritdoc/>
    public long ScratchBytes(BackupManifest manifest) => 0;

    /// <inheritdoc/>
    public async Task<ArtefactReading> ReadAsync(LoadedBackup backup, bool check, CancellationToken cancellation) =>
        File.Exists(backup.ArtefactPath) ? await DumpFile.ReadAsync(backup, observer, cancellation) : LegacyProofs.Missing(backup);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Check>> CheckBytesAsync(LoadedBackup backup, CancellationToken cancellation) =>
        PostgresArchive.Of(backup).CheckBytesAsync(observer, cancellation);

    /// <inheritdoc/>
    public async Task<ArtefactReading> CheckContentsAsync(LoadedBackup backup, ScratchFolder scratch, CancellationToken cancellation) =>
        LegacyProofs.Tested(await ReadAsync(backup, check: true, cancellation));

    /// <inheritdoc/>
    public Task<TrialTarget> OpenTrialAsync(BackupManifest manifest, ScratchFolder scratch, TrialPlace place,
        CancellationToken cancellation) =>
        PostgresTrial.OpenAsync(manifest, scratch.Path, place, observer, cancellation);
}
