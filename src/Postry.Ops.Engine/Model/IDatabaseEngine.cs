using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Model;

/// <summary>What a kind of database can tell of its artefacts, wherever the databases themselves are.</summary>
internal interface IDatabaseEngine
{
    /// <summary>Which kind it is.</summary>
    DatabaseMode Mode { get; }

    /// <summary>Compares the stored bytes with the manifest. A wrong artefact is a failed check.</summary>
    Task<IReadOnlyList<Check>> CheckBytesAsync(BackupManifest manifest, string artefactPath, CancellationToken cancellation);

    /// <summary>Checks the bytes and, where these are right, reads all that the artefact holds and compares it with the manifest, table by
    /// table.</summary>
    Task<IReadOnlyList<Check>> CheckContentsAsync(BackupManifest manifest, string artefactPath, ScratchFolder scratch,
        CancellationToken cancellation);

    /// <summary>
    /// Opens a place where a trial restore hurts nobody. Whatever goes wrong with that says nothing of the backup, and leaves the test
    /// inconclusive.
    /// </summary>
    /// <param name="manifest">What is to be restored there.</param>
    /// <param name="scratch">A folder for it.</param>
    /// <param name="server">A server that the caller offers for it, or null.</param>
    /// <param name="cancellation">Stops it.</param>
    Task<TrialTarget> OpenTrialAsync(BackupManifest manifest, ScratchFolder scratch, DatabaseAddress? server,
        CancellationToken cancellation);
}

/// <summary>Where a trial restore goes; disposing takes it away.</summary>
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
