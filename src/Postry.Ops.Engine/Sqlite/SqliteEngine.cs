using System.Diagnostics;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Reporting;
using Postry.Ops.Engine.Restoring;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Engine.Sqlite;

/// <summary>SQLite databases: one file, read and replaced through SQLite itself while others use it.</summary>
internal sealed class SqliteEngine(OpsSettings settings, IReporter reporter) : IDatabaseEngine
{
    private const string Backup = "Backup";

    /// <inheritdoc/>
    public DatabaseMode Mode => DatabaseMode.Sqlite;

    /// <inheritdoc/>
    public string ArtefactSuffix => ".db.gz";

    /// <inheritdoc/>
    public SourceFacts Describe(string path, string operation)
    {
        if (Directory.Exists(path))
            throw new NotADatabaseException(operation, path, $"{path} is a folder, not a database file.", "Name the database file itself.");
        if (!File.Exists(path))
            throw new SourceNotFoundException(operation, path, $"There is no database at {path}.", "Check the path. A database that was lost comes back with Restore-PostryDatabase -Latest -Path.");
        var (mode, user, group) = SqliteFiles.Ownership(path);
        return new SourceFacts(path, SqliteFiles.Size(path), mode, user, group);
    }

    /// <inheritdoc/>
    public async Task<Capture> CaptureAsync(string path, string artefactPath, FingerprintKind fingerprint, CancellationToken cancellation)
    {
        reporter.Verbose($"Reading {path} with {SqliteLibrary.Current}.");
        using var scratch = ScratchFolder.Create(settings.BackupRoot, Backup);
        var copy = scratch.File("snapshot.db");
        var snapshot = await Task.Run(() => TakeSnapshot(path, copy, cancellation), cancellation).ConfigureAwait(false);
        reporter.Verbose(snapshot.IsWal
            ? $"Snapshot of {path} at {snapshot.At:o}: writers were not blocked (WAL mode)."
            : $"Snapshot of {path} at {snapshot.At:o}: writers were blocked for {snapshot.WritersBlocked.TotalMilliseconds:F0} ms (rollback-journal mode).");

        // Checking, measuring and compressing all read the same copy, at the same time; the first to fail stops the others.
        using var failFast = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var check = StopOthersOnFailure(Task.Run(() => RequireIntegrity(path, copy, failFast.Token), failFast.Token), failFast);
        // Whoever runs into damage first says so of the database, not of its copy.
        var contents = StopOthersOnFailure(ExplainedAsync(Backup, path, () => new ContentReader(fingerprint, _ => { }).ReadPrivateAsync(copy, failFast.Token)), failFast);
        var artefact = StopOthersOnFailure(CompressAsync(path, copy, artefactPath, failFast.Token), failFast);
        await WhenAllOrFirstCauseAsync(cancellation, check, contents, artefact).ConfigureAwait(false);

        var integrity = await check.ConfigureAwait(false);
        var (bytes, sha256) = await artefact.ConfigureAwait(false);
        return new Capture
        {
            SnapshotAt = snapshot.At,
            SourceBytes = snapshot.Bytes,
            ArtefactBytes = bytes,
            ArtefactSha256 = sha256,
            Compression = "gzip",
            Contents = WarnOfUnread(await contents.ConfigureAwait(false)),
            Sqlite = Describe(copy, snapshot, integrity),
        };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Check>> UnpackAsync(BackupManifest manifest, string artefactPath, string databasePath, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var expected = manifest.Artefact;
        using var file = File.OpenRead(artefactPath);
        using var artefact = new HashingStream(file);
        string? problem = null;
        try
        {
            await using var database = Files.CreatePrivate(databasePath);
            await ParallelGzip.DecompressAsync(artefact, database, manifest.Source.Bytes,
                done => Report("Unpacking the artefact", done, manifest.Source.Bytes), cancellation).ConfigureAwait(false);
            if (database.Length != manifest.Source.Bytes) problem = $"It unpacks to {database.Length} bytes instead of {manifest.Source.Bytes}.";
        }
        catch (InvalidDataException e)
        {
            problem = e.Message;
            // The rest is still read, so that the report tells a wrong file from a damaged member.
            await artefact.CopyToAsync(Stream.Null, cancellation).ConfigureAwait(false);
        }
        catch
        {
            Files.TryDelete(databasePath);
            throw;
        }

        var checks = ArtefactChecks.Compare(expected, artefact.Count, artefact.Sha256(), clock.Elapsed).ToList();
        checks.Add(new Check("Decompresses", problem is null ? CheckStatus.Passed : CheckStatus.Failed, Detail: problem, Duration: clock.Elapsed));
        if (checks.Any(check => check.Status == CheckStatus.Failed)) Files.TryDelete(databasePath);
        return checks;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Check>> CheckContentsAsync(BackupManifest manifest, string databasePath, bool full, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        using var failFast = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var integrity = StopOthersOnFailure(Task.Run(() => TimedIntegrity(databasePath, full, failFast.Token), failFast.Token), failFast);
        var contents = StopOthersOnFailure(ReadWhatCanBeRead(manifest, databasePath, failFast.Token), failFast);
        await WhenAllOrFirstCauseAsync(cancellation, integrity, contents).ConfigureAwait(false);
        return [await integrity.ConfigureAwait(false), .. ContentChecks.Compare(manifest.Contents, await contents.ConfigureAwait(false), clock.Elapsed)];
    }

    /// <inheritdoc/>
    public Task<DatabaseContents> ReadLiveAsync(string path, FingerprintKind fingerprint, CancellationToken cancellation) => Task.Run(
        () => Explained("Compare", path, () =>
        {
            var total = SqliteFiles.Size(path);
            var done = 0L;
            using var live = SqliteSession.OpenLive(path, settings.Patience);
            live.Execute("BEGIN");
            live.ExecutePatiently("PRAGMA user_version", cancellation);
            return new ContentReader(fingerprint, bytes => Report("Reading the live database", done += bytes, total)).Read(live, cancellation);
        }),
        cancellation);

    /// <inheritdoc/>
    public Task<DatabaseContents> ReadPrivateAsync(string path, FingerprintKind fingerprint, CancellationToken cancellation) =>
        ExplainedAsync("Compare", path, () => new ContentReader(fingerprint, _ => { }).ReadPrivateAsync(path, cancellation));

    /// <inheritdoc/>
    public Task<SwapResult> SwapAsync(SwapRequest request, CancellationToken cancellation) => Task.Run(
        () => Explained("Restore", request.Target, () => new SqliteSwap(request, reporter, settings.Patience, cancellation).Run()),
        CancellationToken.None);

    /// <inheritdoc/>
    public Task<LiveSide> FindSideAsync(RestoreJournal journal, string scratchFolder, CancellationToken cancellation) =>
        Task.Run(() => Explained("Recover", journal.Target, () => SwapRecovery.FindSide(journal, scratchFolder, settings.Patience, cancellation)), cancellation);

    /// <inheritdoc/>
    public void RollBackSwap(RestoreJournal journal) => SwapRecovery.RollBack(journal);

    /// <inheritdoc/>
    public void RollForwardSwap(RestoreJournal journal) => SwapRecovery.RollForward(journal);

    /// <inheritdoc/>
    public Check CheckLive(BackupManifest? manifest, string path)
    {
        var clock = Stopwatch.StartNew();
        const string name = "Live database opens";
        try
        {
            using var live = SqliteSession.OpenLive(path, settings.Patience);
            live.Execute("BEGIN");
            live.ExecutePatiently("PRAGMA user_version", CancellationToken.None);
            var found = new ContentReader(FingerprintKind.None, _ => { }).Read(live, CancellationToken.None);
            if (manifest is null) return new Check(name, CheckStatus.Passed, Duration: clock.Elapsed);
            var differences = ContentChecks.SchemaDifferences(manifest.Contents, found).Count();
            return differences == 0
                ? new Check(name, CheckStatus.Passed, "the backup's schema", "the backup's schema", Duration: clock.Elapsed)
                : new Check(name, CheckStatus.Inconclusive, "the backup's schema", $"{differences} objects differ",
                    "Another process has changed the schema since the swap.", clock.Elapsed);
        }
        catch (SqliteException e)
        {
            return new Check(name, e.IsBusy ? CheckStatus.Inconclusive : CheckStatus.Failed, "opens", e.Message, Duration: clock.Elapsed);
        }
        catch (OpsException e)
        {
            return new Check(name, CheckStatus.Inconclusive, "opens", e.Message, Duration: clock.Elapsed);
        }
    }

    /// <inheritdoc/>
    public long RemoveCopy(string path) => SqliteFiles.Remove(path);

    /// <inheritdoc/>
    public long SizeOf(string path) => SqliteFiles.Size(path);

    /// <inheritdoc/>
    // The copy of what is live, and a log: of the new pages in WAL mode, of the old ones in rollback mode.
    public long SwapSpace(long liveBytes, long stageBytes) => liveBytes == 0 ? 0 : liveBytes + Math.Max(liveBytes, stageBytes);

    private LiveSnapshot TakeSnapshot(string path, string copy, CancellationToken cancellation) => Explained(Backup, path, () =>
    {
        try
        {
            // SQLite itself takes a file of one byte for an empty one; whoever has such a file has lost a database.
            if (new FileInfo(path).Length == 1) throw ForeignFile.Explain(path, null);
            using var live = SqliteSession.OpenLive(path, settings.Patience);
            return LiveSnapshot.Take(live, copy, (done, total) => Report("Copying the snapshot", done, total), cancellation);
        }
        catch (SqliteException e) when (e.Primary == SQLitePCL.raw.SQLITE_NOTADB)
        {
            throw ForeignFile.Explain(path, e);
        }
    });

    private IntegrityResult RequireIntegrity(string path, string copy, CancellationToken cancellation)
    {
        var result = Explained(Backup, path, () => IntegrityCheck.Run(copy, full: false, cancellation));
        if (result.Status == CheckStatus.Failed)
        {
            throw new DatabaseDamagedException(Backup, path, $"{path} is damaged, so it was not backed up: {result.Summary}",
                "Restore the newest good backup (Restore-PostryDatabase -Latest), or save what can be saved with sqlite3's .recover command. Older backups were not touched.");
        }

        foreach (var note in result.Notes.Take(5)) reporter.Warning($"{path}: {note} (the row is backed up as it is).");
        if (result.Unchecked.Count > 0) reporter.Warning($"{path}: its structure could not be checked in full by {SqliteLibrary.Current}: {result.Unchecked[0]}");
        return result;
    }

    private async Task<(long Bytes, string Sha256)> CompressAsync(string path, string copy, string artefactPath, CancellationToken cancellation)
    {
        await using var source = new FileStream(copy, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
        await using var file = Files.CreatePrivate(artefactPath);
        using var artefact = new HashingStream(file);
        await ParallelGzip.CompressAsync(source, artefact, done => Report("Compressing", done, source.Length), cancellation).ConfigureAwait(false);
        file.Flush(flushToDisk: true);
        return (artefact.Count, artefact.Sha256());
    }

    private DatabaseContents WarnOfUnread(DatabaseContents contents)
    {
        foreach (var table in contents.Tables.Where(table => table.Inconclusive is not null))
            reporter.Warning($"Table {table.Name} is in the backup, but its contents cannot be proven: {table.Inconclusive}");
        return contents;
    }

    private static SqliteDescription Describe(string copy, LiveSnapshot snapshot, IntegrityResult integrity)
    {
        var header = SqliteHeader.Read(copy) ?? new SqliteHeader(0, false, 0, 0, 1);
        return new SqliteDescription(
            SqliteLibrary.Current.Version, SqliteLibrary.Current.Origin, header.PageSize, header.PageSize == 0 ? 0 : snapshot.Bytes / header.PageSize,
            snapshot.IsWal ? "wal" : "rollback", header.EncodingName, (int)header.UserVersion, header.ApplicationId,
            [.. integrity.Unchecked, .. integrity.Notes]);
    }

    private static Check TimedIntegrity(string path, bool full, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var result = IntegrityCheck.Run(path, full, cancellation);
        return new Check(full ? "Integrity check" : "Quick check", result.Status, "ok", result.Status == CheckStatus.Passed ? "ok" : result.Summary,
            result.Status == CheckStatus.Passed && result.Notes.Count > 0 ? result.Summary : null, clock.Elapsed);
    }

    // A damaged file is a finding, not an accident: what cannot be read has no fingerprint to compare.
    private static async Task<DatabaseContents?> ReadWhatCanBeRead(BackupManifest manifest, string path, CancellationToken cancellation)
    {
        try
        {
            return await new ContentReader(manifest.Contents.Kind, _ => { }).ReadPrivateAsync(path, cancellation).ConfigureAwait(false);
        }
        catch (SqliteException)
        {
            return null;
        }
    }

    private static async Task<T> StopOthersOnFailure<T>(Task<T> task, CancellationTokenSource others)
    {
        try
        {
            return await task.ConfigureAwait(false);
        }
        catch
        {
            await others.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    // Waits for all of them, so that nothing is still writing when the caller cleans up; then raises the cause rather than the cancellations it led to.
    private static async Task WhenAllOrFirstCauseAsync(CancellationToken cancellation, params Task[] tasks)
    {
        try
        {
            await Task.WhenAll(tasks).ConfigureAwait(false);
        }
        catch
        {
            cancellation.ThrowIfCancellationRequested();
            var cause = tasks.Select(task => task.Exception?.InnerException).FirstOrDefault(e => e is not null and not OperationCanceledException);
            if (cause is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
            throw;
        }
    }

    private static T Explained<T>(string operation, string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException e)
        {
            throw e.Explain(operation, path);
        }
    }

    private static async Task<T> ExplainedAsync<T>(string operation, string path, Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (SqliteException e)
        {
            throw e.Explain(operation, path);
        }
    }

    private void Report(string step, long done, long total) => reporter.Progress(new OperationProgress("SQLite", step, done, total));
}
