using Postry.Ops.Engine.BackingUp;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.Postgres.Contents;
using Postry.Ops.Engine.Reporting;

namespace Postry.Ops.Engine.Postgres.BackingUp;

/// <summary>Backs up a PostgreSQL database into an archive folder.</summary>
/// <param name="settings">How long to wait for locks.</param>
/// <param name="address">The database.</param>
/// <param name="reporter">Hears of progress and of what should be known.</param>
internal sealed class PostgresCapture(OpsSettings settings, PostgresAddress address, IReporter reporter)
{
    /// <summary>
    /// Writes the archive into a folder that is not there yet; where this fails the folder is the caller's to remove. Errors: those of connecting and of pg_dump,
    /// InvalidRequest, AccessDenied (what could not be backed up whole), DatabaseBusy, ToolMissing, ToolTooOld, BackupCorrupt.
    /// </summary>
    public async Task<PostgresCaptureResult> RunAsync(BackupRequest request, string folder, CancellationToken cancellation)
    {
        try
        {
            return await new CaptureRun(settings, address, reporter, request, folder).RunAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OpsException)
        {
            cancellation.ThrowIfCancellationRequested();
            if (PostgresErrors.Explain(e, CaptureRun.Operation, address) is { } explained) throw explained;
            throw;
        }
    }
}

/// <summary>What a capture measured and wrote.</summary>
internal sealed record PostgresCaptureResult
{
    /// <summary>By the server's clock, in UTC.</summary>
    public required DateTime SnapshotAt { get; init; }
    public required long SourceBytes { get; init; }
    public required IReadOnlyList<ArchiveFile> Files { get; init; }

    /// <summary>gzip, zstd or lz4.</summary>
    public required string Compression { get; init; }
    public required DatabaseContents Contents { get; init; }
    public required PostgresDescription Description { get; init; }

    /// <summary>Size of all files together.</summary>
    public long ArtefactBytes => Files.Sum(file => file.Bytes);
}
