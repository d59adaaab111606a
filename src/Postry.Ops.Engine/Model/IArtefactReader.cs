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
    /// <param name="place">The place that the caller offers.</param>
    /// <param name="cancellation">Stops it.</param>
    Task<TrialTarget> OpenTrialAsync(BackupManifest manifest, ScratchFolder scratch, TrialPlace place, CancellationToken cancellation);
}

/// <summary>The place that a caller offers for a trial restore; without any, the trial makes a file or a server of its own.</summary>
/// <param name="Server">PostgreSQL: a server on which a scratch database may be made, or null.</param>
/// <param name="Disposable">PostgreSQL: an empty database that may be replaced and is emptied again, or null.</param>
internal sealed record TrialPlace(DatabaseAddress? Server = null, DatabaseAddress? Disposable = null)
{
    /// <summary>No place is offered.</summary>
    public static readonly TrialPlace OfItsOwn = new();
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

/// <summary>The place of a trial restore of a database, where a restore drill can also lose the data and find them again.</summary>
internal abstract class DatabaseTrial : TrialTarget
{
    /// <summary>The place in words, such as "a temporary server of PostgreSQL 17 on this machine".</summary>
    public abstract string Description { get; }

    /// <summary>The version of the software that holds the restored database; null where it is the backup's own.</summary>
    public virtual string? ServerVersion => null;

    /// <summary>Called right before the first restore: makes sure once more that nothing of anybody is there, and from now on disposing
    /// removes what is. Errors: RestoreRefused.</summary>
    public virtual Task ClaimAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Destroys the data of the restored database, and makes sure that they are gone. Returns what was done, as a
    /// sentence.</summary>
    public abstract Task<string> SimulateLossAsync(CancellationToken cancellation);

    /// <summary>After disposal: what is left of the trial, in words; null if nothing is left.</summary>
    public abstract Task<string?> FindLeftoversAsync();
}
