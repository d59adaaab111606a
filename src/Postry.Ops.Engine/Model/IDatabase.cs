using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Model;

/// <summary>A database at its address: what must be possible with it for it to be backed up, proven and restored. The operations above know
/// nothing else of it.</summary>
internal interface IDatabase : IAsyncDisposable
{
    /// <summary>Which kind it is.</summary>
    DatabaseMode Mode { get; }

    /// <summary>What plans and records call it.</summary>
    string Name { get; }

    /// <summary>Where it is.</summary>
    DatabaseAddress Address { get; }

    /// <summary>Ending of its artefacts' file names, with the dot.</summary>
    string ArtefactSuffix { get; }

    /// <summary>What can be told of it before a backup. Errors: SourceNotFound, NotADatabase, AccessDenied, DatabaseUnreachable,
    /// AuthenticationFailed, PoolerNotSupported.</summary>
    Task<SourceFacts> DescribeAsync(string operation, CancellationToken cancellation);

    /// <summary>Writes the artefact of a consistent snapshot (a file, or a folder with the files in it), and measures the snapshot on the
    /// way.</summary>
    Task<Capture> CaptureAsync(BackupRequest request, string artefactPath, CancellationToken cancellation);

    /// <summary>Reads what it holds in one snapshot, as far as a backup of it tells, and puts what the backup holds beside it.</summary>
    /// <param name="backup">The manifest of the backup.</param>
    /// <param name="artefactPath">The artefact, for the little that the manifest leaves out; null where it is gone.</param>
    /// <param name="cancellation">Stops it.</param>
    Task<BothSides> ReadAsync(BackupManifest backup, string? artefactPath, CancellationToken cancellation);

    /// <summary>Compares a restored database, which nobody else uses, with the manifest and the artefact that it came from: all that can be
    /// compared.</summary>
    Task<IReadOnlyList<Check>> CheckRestoredAsync(BackupManifest manifest, string artefactPath, CancellationToken cancellation);

    /// <summary>Where the journal and the lock of this target lie, and which database it is. Errors: those of reaching it.</summary>
    Task<RestoreTarget> LocateAsync(string operation, CancellationToken cancellation);

    /// <summary>Everything that a plan has to know of the target, with all that stands in a restore's way. Reads only.</summary>
    Task<TargetFacts> InspectAsync(RestoreRequest request, BackupSet set, BackupManifest? manifest, RestoreTarget place,
        CancellationToken cancellation);

    /// <summary>Takes the lock of the target's one writer. Errors: DatabaseBusy, SourceNotFound.</summary>
    Task<IAsyncDisposable> LockAsync(RestoreTarget place, string operation, CancellationToken cancellation);

    /// <summary>Names the stage and the kept copy of a restore or an undo, before its journal is written.</summary>
    RestoreJournal AllocateNames(RestoreJournal journal, RestoreRecord record);

    /// <summary>Checks the stored bytes once more, and makes the target ready for a stage (read-only, where that was asked for). Nothing of
    /// what it holds changes; wrong bytes are a failed check.</summary>
    Task<IReadOnlyList<Check>> PrepareAsync(RestorePlan plan, BackupManifest manifest, SwapLog log, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<Check>>([]);

    /// <summary>True where a restore would leave no copy of what it replaces, so that a backup of that must come first: an undo restores
    /// it.</summary>
    bool NeedsSafetyBackup(RestorePlan plan) => false;

    /// <summary>Prepares the database that goes live, beside the target, and checks all of it; a wrong backup is a failed check.</summary>
    Task<IReadOnlyList<Check>> StageAsync(RestorePlan plan, BackupManifest manifest, SwapLog log, CancellationToken cancellation);

    /// <summary>Makes the staged database live, keeping what it replaces. The one place where live data changes.</summary>
    Task<SwapResult> SwapAsync(RestorePlan plan, BackupManifest manifest, SwapLog log, CancellationToken cancellation);

    /// <summary>Why a restore cannot be taken back (its kept copy is gone, there is no room), or null.</summary>
    Task<OpsException?> FindUndoObstacleAsync(RestoreRecord record, CancellationToken cancellation);

    /// <summary>Puts back what was live before a restore, keeping what is live now.</summary>
    /// <param name="record">The restore.</param>
    /// <param name="manifest">That of the backup that was restored; null where it is gone.</param>
    /// <param name="safety">The backup that was made of what the restore replaced; null where it kept a copy instead.</param>
    /// <param name="log">Receives the steps.</param>
    /// <param name="cancellation">Stops it before the swap.</param>
    Task<SwapResult> SwapBackAsync(RestoreRecord record, BackupManifest? manifest, LoadedBackup? safety, SwapLog log,
        CancellationToken cancellation);

    /// <summary>After a crash: which side of the swap the live name is on.</summary>
    Task<LiveSide> FindSideAsync(RestoreJournal journal, CancellationToken cancellation);

    /// <summary>After a crash before the swap: takes the preparations back, and removes the copy that they made.</summary>
    Task RollBackSwapAsync(RestoreJournal journal, CancellationToken cancellation);

    /// <summary>After a crash that came after the swap: finishes what belongs to it.</summary>
    Task RollForwardSwapAsync(RestoreJournal journal, CancellationToken cancellation);

    /// <summary>Removes what stages and half-written journals are left of the target. Only for a holder of its lock.</summary>
    Task SweepAsync(RestoreTarget place, CancellationToken cancellation);

    /// <summary>Whether the database that has just gone live opens and is the one that was swapped in.</summary>
    Task<Check> CheckLiveAsync(BackupManifest manifest, CancellationToken cancellation);

    /// <summary>What the swap replaced, read from the copy that it kept; null where that cannot be read or the plan's own comparison is as
    /// good.</summary>
    Task<BothSides?> ReadReplacedAsync(RestoreRecord record, BackupManifest manifest, CancellationToken cancellation);

    /// <summary>True where there is a database at the address.</summary>
    Task<bool> ExistsAsync(CancellationToken cancellation);

    /// <summary>Removes a kept copy. Returns the bytes that became free.</summary>
    Task<long> RemoveCopyAsync(string copy, CancellationToken cancellation);

    /// <summary>Size of a kept copy in bytes; 0 where there is none.</summary>
    Task<long> SizeOfCopyAsync(string copy, CancellationToken cancellation);
}

/// <summary>What can be told of a database before a backup.</summary>
/// <param name="Name">What plans and manifests call it.</param>
/// <param name="Database">Its own name: the file's without the extension, or the server's name for it.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="UnixMode">Permission bits of a file in octal, or null.</param>
/// <param name="UserId">Owner of a file, or null.</param>
/// <param name="GroupId">Group of a file, or null.</param>
/// <param name="Identity">What tells it from all others where the name does not, or null.</param>
internal sealed record SourceFacts(string Name, string Database, long Bytes, string? UnixMode = null, uint? UserId = null, uint? GroupId =
    null, string? Identity = null);

/// <summary>What a backup measured and wrote.</summary>
internal sealed record Capture
{
    public required DateTime SnapshotAt { get; init; }
    public required long SourceBytes { get; init; }
    public required long ArtefactBytes { get; init; }

    /// <summary>SHA-256 of the artefact; of a folder, that of its list of files (see <see cref="FolderFile"/>).</summary>
    public required string ArtefactSha256 { get; init; }
    public required string Compression { get; init; }

    /// <summary>The files of an artefact that is a folder; null where it is a file.</summary>
    public IReadOnlyList<FolderFile>? Files { get; init; }
    public required DatabaseContents Contents { get; init; }
    public SqliteDescription? Sqlite { get; init; }
    public PostgresDescription? Postgres { get; init; }

    /// <summary>Of runtime files: what the archive holds.</summary>
    public RuntimeDescription? Runtime { get; init; }
}

/// <summary>What a plan has to know of the target.</summary>
internal sealed record TargetFacts
{
    public required bool Exists { get; init; }

    /// <summary>Its size in bytes; 0 where there is none.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bytes that the restore needs free where the target lies.</summary>
    public required long SpaceNeeded { get; init; }

    /// <summary>Bytes free there; null where that cannot be known.</summary>
    public required long? SpaceFree { get; init; }

    /// <summary>All that stands in the way.</summary>
    public IReadOnlyList<OpsException> Problems { get; init; } = [];

    /// <summary>What an operator should know before agreeing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>How the backup would come in; null where the swap itself finds out.</summary>
    public RestoreStrategy? Strategy { get; init; }

    /// <summary>Why that way.</summary>
    public string? StrategyReason { get; init; }
}

/// <summary>How a swap went.</summary>
/// <param name="Strategy">SQLite: Contents, File or New. PostgreSQL: Swap, Schema, InPlace or New.</param>
/// <param name="PreviousCopy">The copy of what was live; null where there is none.</param>
/// <param name="PreviousBytes">Its size.</param>
/// <param name="Unavailable">How long others were locked out.</param>
internal sealed record SwapResult(string Strategy, string? PreviousCopy, long? PreviousBytes, TimeSpan Unavailable)
{
    /// <summary>Objects of the backup that were left out, because they could not be made.</summary>
    public IReadOnlyList<BrokenObject> Broken { get; init; } = [];
}

/// <summary>Which database the live name holds.</summary>
internal enum LiveSide
{
    Previous,
    Restored,
    Unknown,
}
