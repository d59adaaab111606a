using System.Diagnostics;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Trials;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres;

/// <summary>The reader of PostgreSQL archives, in pg_dump's directory format.</summary>
internal sealed class DirectoryArchiveReader(IOperationObserver observer) : IArtefactReader
{
    /// <inheritdoc/>
    // The archive is read as it lies there.
    public long ScratchBytes(BackupManifest manifest) => 0;

    /// <inheritdoc/>
    public Task<IReadOnlyList<Check>> CheckBytesAsync(LoadedBackup backup, CancellationToken cancellation) =>
        PostgresArchive.Of(backup).CheckBytesAsync(observer, cancellation);

    /// <inheritdoc/>
    public async Task<ArtefactReading> CheckContentsAsync(LoadedBackup backup, ScratchFolder scratch, CancellationToken cancellation) =>
        new(backup, [.. await CompareContentsAsync(backup, cancellation), .. ContentChecks.NotHeld(backup.Manifest)], []);

    private async Task<IReadOnlyList<Check>> CompareContentsAsync(LoadedBackup backup, CancellationToken cancellation)
    {
        var (manifest, artefactPath) = (backup.Manifest, backup.ArtefactPath);
        var clock = Stopwatch.StartNew();
        var description = manifest.Postgres!;
        var restore = ArchiveTool.Find(description.Dump.Major, artefactPath, observer.Warning);
        var done = 0L;
        var reading = await new ArchiveContents(artefactPath, description.Tables, manifest.Contents.Kind, Environment.ProcessorCount,
            restore,
            bytes => observer.Progress(new OperationProgress("PostgreSQL", "Reading the archive", Interlocked.Add(ref done, bytes),
                manifest.Artefact.Bytes))).ReadAsync(cancellation);
        var checks = PostgresChecks.Files(manifest.Artefact, reading.Files, clock.Elapsed).ToList();
        if (checks.Any(check => check.Status == CheckStatus.Failed)) return checks;
        checks.Add(PostgresChecks.Readable(reading, clock.Elapsed));
        // The schema of signed bytes can always be printed: so stock pg_restore confirms that it can read the archive.
        var schema = await ArchiveTool.ReadSchemaAsync(artefactPath, restore,
            new SchemaRules(Held: manifest.Contents.Schema), cancellation);
        checks.AddRange(ContentChecks.Compare(manifest.Contents, manifest.Contents with { Tables = reading.Tables, Schema = schema },
            clock.Elapsed));
        checks.AddRange(PostgresChecks.Others(description, null, reading.LargeObjects, clock.Elapsed));
        return checks;
    }

    /// <inheritdoc/>
    public Task<TrialTarget> OpenTrialAsync(BackupManifest manifest, ScratchFolder scratch, TrialPlace place,
        CancellationToken cancellation) =>
        PostgresTrial.OpenAsync(manifest, scratch.Path, place, observer, cancellation);
}
