using System.Diagnostics;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using static Postry.Ops.Engine.IO.WhenAllFailFast;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>The reader of SQLite artefacts: one database file, compressed.</summary>
internal sealed class SqliteArtefactReader(IOperationObserver observer) : IArtefactReader
{
    /// <inheritdoc/>
    public long ScratchBytes(BackupManifest manifest) => manifest.Source.Bytes;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Check>> CheckBytesAsync(LoadedBackup backup, CancellationToken cancellation) =>
        await ArtefactChecks.ReadAsync(backup.Manifest.Artefact, backup.ArtefactPath, done =>
            Report("Checking the stored bytes", done, backup.Manifest.Artefact.Bytes), cancellation);

    /// <inheritdoc/>
    public async Task<ArtefactReading> CheckContentsAsync(LoadedBackup backup, ScratchFolder scratch, CancellationToken cancellation) =>
        new(backup, [.. await CompareContentsAsync(backup, scratch, cancellation), .. ContentChecks.NotHeld(backup.Manifest)], []);

    private async Task<IReadOnlyList<Check>> CompareContentsAsync(LoadedBackup backup, ScratchFolder scratch,
        CancellationToken cancellation)
    {
        var unpacked = scratch.File("contents.db");
        var bytes = await UnpackAsync(backup, unpacked, cancellation);
        if (bytes.Any(check => check.Status == CheckStatus.Failed)) return bytes;
        var contents = await CheckFileAsync(backup.Manifest, unpacked, full: true, cancellation);
        Files.Delete(unpacked);
        return [.. bytes, .. contents];
    }

    /// <inheritdoc/>
    public Task<TrialTarget> OpenTrialAsync(BackupManifest manifest, ScratchFolder scratch, TrialPlace place,
        CancellationToken cancellation) =>
        Task.FromResult<TrialTarget>(new FileTrial(scratch.File("restored.db")));

    /// <summary>Unpacks an artefact into a file, and checks the stored bytes on the way. A wrong artefact is a failed check, and leaves no
    /// file.</summary>
    public async Task<IReadOnlyList<Check>> UnpackAsync(LoadedBackup backup, string databasePath, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var manifest = backup.Manifest;
        using var file = Files.OpenToRead(backup.ArtefactPath);
        using var artefact = new HashingStream(file);
        string? problem = null;
        try
        {
            await using var database = Files.CreatePrivate(databasePath);
            if (manifest.Artefact.Compression == "none") await artefact.CopyToAsync(database, cancellation);
            else await ParallelGzip.DecompressAsync(artefact, database, manifest.Source.Bytes, done =>
                Report("Unpacking the artefact", done, manifest.Source.Bytes), cancellation);
            if (database.Length != manifest.Source.Bytes)
                problem = $"It unpacks to {database.Length} bytes instead of {manifest.Source.Bytes}.";
        }
        catch (InvalidDataException e)
        {
            problem = e.Message;
            // The rest is still read, so that the report tells a wrong file from a damaged member.
            await artefact.CopyToAsync(Stream.Null, cancellation);
        }
        catch
        {
            Files.TryDelete(databasePath);
            throw;
        }

        var checks = ArtefactChecks.Compare(manifest.Artefact, artefact.Count, artefact.Sha256(), clock.Elapsed).ToList();
        if (manifest.Artefact.Compression != "none")
            checks.Add(new Check("Decompresses", problem is null ? CheckStatus.Passed : CheckStatus.Failed, Detail: problem,
                Duration: clock.Elapsed));
        if (checks.Any(check => check.Status == CheckStatus.Failed)) Files.TryDelete(databasePath);
        return checks;
    }

    /// <summary>Checks an unpacked database's structure, and its contents against the manifest, table by table.</summary>
    /// <param name="manifest">The manifest of the backup.</param>
    /// <param name="databasePath">The unpacked database.</param>
    /// <param name="full">True to run SQLite's full check; false for the quick one, for a file that has passed the full one just
    /// before.</param>
    /// <param name="cancellation">Stops the checks.</param>
    public static async Task<IReadOnlyList<Check>> CheckFileAsync(BackupManifest manifest, string databasePath, bool full,
        CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        using var failFast = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var integrity = StopOthersOnFailure(Task.Run(() => TimedIntegrity(databasePath, full, failFast.Token), failFast.Token), failFast);
        var contents = StopOthersOnFailure(ReadWhatCanBeRead(manifest, databasePath, failFast.Token), failFast);
        await WhenAllFailFastAsync(cancellation, integrity, contents);
        var (read, damage) = await contents;
        return damage is null
            ? [await integrity, .. ContentChecks.Compare(manifest.Contents, read, clock.Elapsed)]
            : [await integrity,
                new Check("Contents", CheckStatus.Failed, "readable", damage, Duration: clock.Elapsed)];
    }

    /// <summary>SQLite's own check of a file as a check of ours.</summary>
    public static Check TimedIntegrity(string path, bool full, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var result = IntegrityCheck.Run(path, full, cancellation);
        var detail = result.IsOnlyIndexes ? IndexRepair.OnlyIndexes : result.Status == CheckStatus.Passed && result.Notes.Count > 0
            ? result.Summary : null;
        return new Check(full ? "Integrity check" : "Quick check", result.Status, "ok", result.Status == CheckStatus.Passed ? "ok"
            : result.Summary, detail, clock.Elapsed);
    }

    // A damaged file is a finding, and so is one that this library cannot read; all else, such as a failing disk, is an accident, of which
    // no check may make light.
    private static async Task<(DatabaseContents? Contents, string? Damage)> ReadWhatCanBeRead(BackupManifest manifest, string path,
        CancellationToken cancellation)
    {
        try
        {
            return (await new ContentReader(manifest.Contents.Kind, _ => { }).ReadPrivateAsync(path, cancellation), null);
        }
        catch (SqliteException e) when (e.IsBeyondLibrary || e.IsDamage)
        {
            return (null, e.IsDamage ? e.Message : null);
        }
        catch (SqliteException e)
        {
            throw e.Explain(path);
        }
    }

    private void Report(string step, long done, long total) => observer.Progress(new OperationProgress("SQLite", step, done, total));
}
