namespace Postry.Ops.Engine.Model;

/// <summary>
/// The object at an address: a database, or the runtime files of a repo root. Operations take only the role that they need.
/// </summary>
internal interface IDatabase : IBackupSource, IRestorable;

/// <summary>An object with an address.</summary>
internal interface IAddressable : IAsyncDisposable
{
    /// <summary>The kind of database.</summary>
    DatabaseMode Mode { get; }

    /// <summary>The name of the database in plans and records.</summary>
    string Name { get; }

    /// <summary>The address of the database.</summary>
    DatabaseAddress Address { get; }

    /// <summary>Returns the identity of this target and the paths of its journal and lock. Errors: those of reaching it.</summary>
    Task<RestoreTarget> LocateAsync(CancellationToken cancellation);
}

/// <summary>A database that can be read while others use it, and compared with a backup. Runtime files are none: they have no
/// tables.</summary>
internal interface ILiveDatabase
{
    /// <summary>The name in comparisons.</summary>
    string Name { get; }

    /// <summary>True where a swap reads it once more under its own lock, so that a comparison made before misses nothing.</summary>
    bool IsReadUnderLock { get; }

    /// <summary>Reads what it holds in one snapshot, as far as a backup of it tells, and puts what the backup holds beside it.</summary>
    /// <param name="backup">The manifest of the backup.</param>
    /// <param name="artefactPath">The artefact, for the little that the manifest leaves out; null where it is gone.</param>
    /// <param name="cancellation">Stops it.</param>
    Task<ComparableContents> ReadAsync(BackupManifest backup, string? artefactPath, CancellationToken cancellation);

    /// <summary>Reads in one transaction that changes nothing. Errors: those of the engine's library too, which <see cref="Explain"/>
    /// understands.</summary>
    /// <param name="timeout">How long a statement, and the wait for a lock, may take.</param>
    /// <param name="read">The work; it may be done again where the application opened or closed the database meanwhile.</param>
    /// <param name="cancellation">Stops all of it.</param>
    Task<T> QueryAsync<T>(TimeSpan timeout, Func<IReadTransaction, Task<T>> read, CancellationToken cancellation);

    /// <summary>Says what an error of <see cref="QueryAsync"/> means; null where it is not the database's.</summary>
    QueryProblem? Explain(Exception error);

    /// <summary>
    /// Reads the replaced database from the copy that the swap kept; null if the copy cannot be read or the plan's own comparison is as
    /// good.
    /// </summary>
    Task<ComparableContents?> ReadReplacedAsync(RestoreRecord record, BackupManifest manifest, CancellationToken cancellation);
}
