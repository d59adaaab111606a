using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Restoring;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Engine.Databases;

/// <summary>What a kind of database must be able to do to be backed up, proven and restored. The operations above know nothing else of it.</summary>
internal interface IDatabaseEngine
{
    /// <summary>Which kind it is.</summary>
    DatabaseMode Mode { get; }

    /// <summary>Ending of its artefacts' file names, with the dot.</summary>
    string ArtefactSuffix { get; }

    /// <summary>What can be told of a database without opening it. Errors: SourceNotFound, NotADatabase (a folder), AccessDenied.</summary>
    SourceFacts Describe(string path, string operation);

    /// <summary>Writes the artefact of a consistent snapshot, and measures the snapshot on the way.</summary>
    Task<Capture> CaptureAsync(string path, string artefactPath, FingerprintKind fingerprint, CancellationToken cancellation);

    /// <summary>Unpacks an artefact into a file, and checks the stored bytes on the way. A wrong artefact is a failed check, and leaves no file.</summary>
    Task<IReadOnlyList<Check>> UnpackAsync(BackupManifest manifest, string artefactPath, string databasePath, CancellationToken cancellation);

    /// <summary>Checks an unpacked database's structure, and its contents against the manifest, table by table.</summary>
    /// <param name="manifest">What it should hold.</param>
    /// <param name="databasePath">The unpacked database.</param>
    /// <param name="full">True to run the database's full check; false for the quick one that the backup passed, which every backup must pass again.</param>
    /// <param name="cancellation">Stops the checks.</param>
    Task<IReadOnlyList<Check>> CheckContentsAsync(BackupManifest manifest, string databasePath, bool full, CancellationToken cancellation);

    /// <summary>Reads the contents of a database that others may be using, in one snapshot.</summary>
    Task<DatabaseContents> ReadLiveAsync(string path, FingerprintKind fingerprint, CancellationToken cancellation);

    /// <summary>Reads the contents of a file that nobody else uses, such as a kept copy.</summary>
    Task<DatabaseContents> ReadPrivateAsync(string path, FingerprintKind fingerprint, CancellationToken cancellation);

    /// <summary>Makes a staged database live, keeping a copy of what it replaces. The one place where live data changes.</summary>
    Task<SwapResult> SwapAsync(SwapRequest request, CancellationToken cancellation);

    /// <summary>After a crash: which side of the swap the live name is on.</summary>
    Task<LiveSide> FindSideAsync(RestoreJournal journal, string scratchFolder, CancellationToken cancellation);

    /// <summary>After a crash before the swap: puts back what the preparation of the swap moved, and removes the copy that it made.</summary>
    void RollBackSwap(RestoreJournal journal);

    /// <summary>After a crash that came after the swap: finishes what belongs to it.</summary>
    void RollForwardSwap(RestoreJournal journal);

    /// <summary>Whether the database that has just gone live opens and is the one that was swapped in.</summary>
    Check CheckLive(BackupManifest? manifest, string path);

    /// <summary>Removes a kept copy with its side files. Returns the bytes that became free.</summary>
    long RemoveCopy(string path);

    /// <summary>Size of a database or a kept copy with its side files; 0 where there is none.</summary>
    long SizeOf(string path);

    /// <summary>Most bytes that a swap writes beside the target, over the stage itself.</summary>
    long SwapSpace(long liveBytes, long stageBytes);
}

/// <summary>What can be told of a database file without opening it.</summary>
internal sealed record SourceFacts(string Path, long Bytes, string? UnixMode, uint? UserId, uint? GroupId);

/// <summary>What a backup measured and wrote.</summary>
internal sealed record Capture
{
    public required DateTime SnapshotAt { get; init; }
    public required long SourceBytes { get; init; }
    public required long ArtefactBytes { get; init; }
    public required string ArtefactSha256 { get; init; }
    public required string Compression { get; init; }
    public required DatabaseContents Contents { get; init; }
    public SqliteDescription? Sqlite { get; init; }
}

/// <summary>What to swap.</summary>
internal sealed record SwapRequest
{
    public required string Target { get; init; }

    /// <summary>The database that goes live. Moved into place where the file is replaced.</summary>
    public required string Stage { get; init; }

    /// <summary>Where the copy of what is live now goes.</summary>
    public required string Previous { get; init; }

    /// <summary>Permissions and owner for a file that did not exist before, or null.</summary>
    public SourceIdentity? Source { get; init; }

    /// <summary>True where the stage is a kept copy, which must be there afterwards as it was.</summary>
    public bool KeepStage { get; init; }

    /// <summary>True to put the stage's bytes back as they are even where they are no readable database (an undo of a restore over a damaged file).</summary>
    public bool AsBytes { get; init; }

    /// <summary>True to take the live database away and put nothing in its place (an undo of a restore onto an empty path).</summary>
    public bool Remove { get; init; }

    /// <summary>Hears of the live database's schema version under the lock of the swap, before the step <see cref="JournalStep.PreviousCopyTaken"/>.</summary>
    public required Action<long> Mark { get; init; }

    /// <summary>Makes a step durable before the next begins; the flag says whether the file itself is replaced.</summary>
    public required Action<JournalStep, bool> Step { get; init; }
}

/// <summary>How a swap went.</summary>
/// <param name="Strategy">Contents, File or New.</param>
/// <param name="PreviousTaken">True where there is a copy of what was live.</param>
/// <param name="Unavailable">How long other processes were locked out.</param>
internal sealed record SwapResult(string Strategy, bool PreviousTaken, TimeSpan Unavailable);

/// <summary>Which database the live name holds.</summary>
internal enum LiveSide
{
    Previous,
    Restored,
    Unknown,
}
