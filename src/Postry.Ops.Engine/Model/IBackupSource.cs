using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Model;

/// <summary>The source of a backup.</summary>
internal interface IBackupSource : IAddressable
{
    /// <summary>Ending of its artefacts' file names, with the dot.</summary>
    string ArtefactSuffix { get; }

    /// <summary>True where the runtime files of the repo root belong to its sets; false for runtime files, which are the set
    /// themselves.</summary>
    bool TakesRuntimeFiles => true;

    /// <summary>True where the journal of a restore lies beside it; false where it lies among the records of the backup root.</summary>
    bool KeepsJournalBeside => true;

    /// <summary>Bytes that a snapshot needs free in the backup root before it is compressed.</summary>
    long SnapshotBytes(SourceFacts facts) => 0;

    /// <summary>The error for a request that this source cannot fulfil, or null.</summary>
    OpsException? FindRequestProblem(BackupRequest request) => null;

    /// <summary>
    /// Returns the facts of the database before a backup. Errors: SourceNotFound, NotADatabase, AccessDenied, DatabaseUnreachable,
    /// AuthenticationFailed, PoolerNotSupported.
    /// </summary>
    Task<SourceFacts> DescribeAsync(CancellationToken cancellation);

    /// <summary>Writes the artefact of a consistent snapshot (a file, or a folder with the files in it), and measures the snapshot on the
    /// way.</summary>
    Task<CaptureResult> CaptureAsync(BackupRequest request, string artefactPath, CancellationToken cancellation);
}

/// <summary>The facts of a database before a backup.</summary>
/// <param name="Name">The name in plans and manifests.</param>
/// <param name="Database">The database's own name: that of the file without the extension, or that on the server.</param>
/// <param name="Bytes">The size in bytes.</param>
/// <param name="UnixMode">Permission bits of a file in octal, or null.</param>
/// <param name="UserId">Owner of a file, or null.</param>
/// <param name="GroupId">Group of a file, or null.</param>
/// <param name="Identity">The identity, if the name does not give it; otherwise null.</param>
internal sealed record SourceFacts(string Name, string Database, long Bytes, string? UnixMode = null, uint? UserId = null, uint? GroupId =
    null, string? Identity = null);

/// <summary>The measurements and the artefact of a backup.</summary>
internal sealed record CaptureResult
{
    public required DateTime SnapshotAt { get; init; }
    public required long SourceBytes { get; init; }
    public required long ArtefactBytes { get; init; }

    /// <summary>SHA-256 of the artefact; of a folder, that of its list of files (see <see cref="FolderFile"/>).</summary>
    public required string ArtefactSha256 { get; init; }
    public required string Compression { get; init; }

    /// <summary>The files of an artefact that is a folder; null where it is a file.</summary>
    public IReadOnlyList<FolderFile>? Files { get; init => field = value is null ? null : Indexable.Of(value); }
    public required DatabaseContents Contents { get; init; }
    public SqliteDescription? Sqlite { get; init; }
    public PostgresDescription? Postgres { get; init; }

    /// <summary>The contents of an archive of runtime files.</summary>
    public RuntimeDescription? Runtime { get; init; }
}
