using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Trials;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres;

/// <summary>The reader of PostgreSQL archives, in pg_dump's directory format.</summary>
internal sealed class PostgresArtefactReader(IOperationObserver observer) : IArtefactReader
{
    /// <inheritdoc/>
    // The archive is read as it lies there.
    public long ScratchBytes(BackupManifest manifest) => 0;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Check>> CheckBytesAsync(LoadedBackup backup, CancellationToken cancellation)
    {
        var (manifest, artefactPath) = (backup.Manifest, backup.ArtefactPath);
        if (manifest.Artefact.Files is null)
            return await ArtefactChecks.ReadAsync(manifest.Artefact, artefactPath, read =>
                observer.Progress(new OperationProgress("PostgreSQL", "Checking the stored bytes", read, manifest.Artefact.Bytes)),
                cancellation);
        var clock = Stopwatch.StartNew();
        var done = 0L;
        var found = new System.Collections.Concurrent.ConcurrentBag<FolderFile>();
        await Parallel.ForEachAsync(new DirectoryInfo(artefactPath).EnumerateFiles("*", SearchOption.AllDirectories), cancellation,
            async (file, token) =>
        {
            await using var stream = file.OpenRead();
            var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, token));
            found.Add(new FolderFile(Path.GetRelativePath(artefactPath, file.FullName).Replace('\\', '/'), file.Length, sha256));
            observer.Progress(new OperationProgress("PostgreSQL", "Checking the stored bytes", Interlocked.Add(ref done, file.Length),
                manifest.Artefact.Bytes));
        });
        return [.. PostgresChecks.Files(manifest.Artefact, [.. found], clock.Elapsed)];
    }

    /// <inheritdoc/>
    public async Task<ArtefactReading> CheckContentsAsync(LoadedBackup backup, ScratchFolder scratch, CancellationToken cancellation) =>
        new(backup, [.. await CompareContentsAsync(backup, cancellation), .. ContentChecks.NotHeld(backup.Manifest)], []);

    private async Task<IReadOnlyList<Check>> CompareContentsAsync(LoadedBackup backup, CancellationToken cancellation)
    {
        var (manifest, artefactPath) = (backup.Manifest, backup.ArtefactPath);
        var clock = Stopwatch.StartNew();
        var description = manifest.Postgres!;
        var restore = ArchiveTool.Find(description.Dump.VersionNumber / 10000, artefactPath, observer.Warning);
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
    public async Task<TrialTarget> OpenTrialAsync(BackupManifest manifest, ScratchFolder scratch, DatabaseAddress? server,
        CancellationToken cancellation)
    {
        try
        {
            return server is PostgresAddress offered
                ? await TrialDatabase.OpenAsync(offered, manifest, cancellation)
                : await TrialCluster.OpenAsync(scratch.Path, manifest, observer, cancellation);
        }
        catch (NpgsqlException e)
        {
            var place = server?.Name ?? "the throw-away server";
            throw PostgresErrors.Explain(e, place, (server as PostgresAddress)?.Password)
                ?? new TrialNotPossibleException(place,
                    $"{place} could not be prepared for the trial: " +
                    $"{PostgresErrors.Redact(e.Message, (server as PostgresAddress)?.Password)}",
                    $"Name a server for the trial with {OptionName.ScratchUrl} that has what the message says.", e);
        }
    }
}
