using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Model;

/// <summary>Reads the artefacts of one kind of backup: those of an engine's own sets, or what the old scripts left.</summary>
internal interface IArtefactReader
{
    /// <summary>Checks that no backup of this kind can pass: they stay Inconclusive, however good the backup is.</summary>
    IReadOnlyList<Check> Unprovable => [];

    /// <summary>True where only the artefact tells what a backup holds, and its manifest does not.</summary>
    bool NeedsArtefact => false;

    /// <summary>Bytes that <see cref="CheckContentsAsync"/> needs free in its scratch folder.</summary>
    long ScratchBytes(BackupManifest manifest);

    /// <summary>
    /// Completes a manifest with the facts that only its artefact tells. A complete manifest is returned as it is, without checks.
    /// </summary>
    /// <param name="backup">The backup.</param>
    /// <param name="check">True to check everything that is read; false if a restore that follows does so.</param>
    /// <param name="cancellation">Stops the reading.</param>
    Task<ArtefactReading> ReadAsync(LoadedBackup backup, bool check, CancellationToken cancellation) =>
        Task.FromResult(new ArtefactReading(backup, [], []));

    /// <summary>Compares the stored bytes with the manifest. A wrong artefact is a failed check.</summary>
    Task<IReadOnlyList<Check>> CheckBytesAsync(LoadedBackup backup, CancellationToken cancellation);

    /// <summary>Checks the bytes and, where these are right, reads all that the artefact holds and compares it with the manifest, table by
    /// table.</summary>
    Task<ArtefactReading> CheckContentsAsync(LoadedBackup backup, ScratchFolder scratch, CancellationToken cancellation);

    /// <summary>
    /// Opens a place where a trial restore disturbs nobody. A failure says nothing about the backup, and leaves the test inconclusive.
    /// </summary>
    /// <param name="manifest">The manifest of the backup to restore.</param>
    /// <param name="scratch">A folder for the trial.</param>
    /// <param name="server">A server that the caller offers, or null.</param>
    /// <param name="cancellation">Stops it.</param>
    Task<TrialTarget> OpenTrialAsync(BackupManifest manifest, ScratchFolder scratch, DatabaseAddress? server,
        CancellationToken cancellation);
}

/// <summary>The place of a trial restore; disposing removes it.</summary>
internal abstract class TrialTarget : IAsyncDisposable
{
    /// <summary>The database that the trial makes.</summary>
    public abstract DatabaseAddress Address { get; }

    /// <summary>True where the trial may do everything there, so that a right which is missing says something of the backup.</summary>
    public virtual bool HasEveryRight => false;

    /// <summary>PostgreSQL: how the trial's restore goes.</summary>
    public virtual PostgresRestoreOptions Options { get; } = new();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
