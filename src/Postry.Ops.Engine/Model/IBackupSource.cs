namespace Postry.Ops.Engine.Model;

/// <summary>What a backup is made of.</summary>
internal interface IBackupSource : IAddressable
{
    /// <summary>Ending of its artefacts' file names, with the dot.</summary>
    string ArtefactSuffix { get; }

    /// <summary>What can be told of it before a backup. Errors: SourceNotFound, NotADatabase, AccessDenied, DatabaseUnreachable,
    /// AuthenticationFailed, PoolerNotSupported.</summary>
    Task<SourceFacts> DescribeAsync(string operation, CancellationToken cancellation);

    /// <summary>Writes the artefact of a consistent snapshot (a file, or a folder with the files in it), and measures the snapshot on the
    /// way.</summary>
    Task<Capture> CaptureAsync(BackupRequest request, string artefactPath, CancellationToken cancellation);
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
