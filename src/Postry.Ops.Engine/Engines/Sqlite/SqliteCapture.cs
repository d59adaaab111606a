using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using static System.FormattableString;
using static Postry.Ops.Engine.IO.WhenAllFailFast;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>Backs one SQLite database up: a snapshot of the file, its check, its contents and its artefact.</summary>
/// <param name="settings">Timeouts, and the backup root, in which the snapshot lies until it is compressed.</param>
/// <param name="path">Full path of the database.</param>
/// <param name="observer">Receives progress, details and warnings.</param>
internal sealed class SqliteCapture(OpsSettings settings, string path, IOperationObserver observer)
{
    /// <summary>Runs the backup. Errors: DatabaseDamaged, DatabaseBusy, NotADatabase, UsedUnderOtherName.</summary>
    /// <param name="fingerprint">How the contents are measured.</param>
    /// <param name="artefactPath">Full path of the artefact, which must not exist.</param>
    /// <param name="cancellation">Stops the backup.</param>
    public async Task<CaptureResult> RunAsync(FingerprintKind fingerprint, string artefactPath, CancellationToken cancellation)
    {
        observer.Detail($"Reading {path} with {SqliteLibrary.Current}.");
        using var scratch = ScratchFolder.Create(settings.BackupRoot);
        var copy = scratch.File("snapshot.db");
        var snapshot = await Task.Run(() => TakeSnapshot(copy, cancellation), cancellation);
        observer.Detail(snapshot.IsWal
            ? Invariant($"Snapshot of {path} at {snapshot.At:o}: writers were not blocked (WAL mode).")
            : Invariant(
                $"Snapshot of {path} at {snapshot.At:o}: writers were blocked for ")
                + Invariant($"{snapshot.WritersBlocked.TotalMilliseconds:F0} ms (rollback-journal mode)."));

        // Checking, measuring and compressing all read the same copy, at the same time; the first to fail stops the others.
        using var failFast = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var check = StopOthersOnFailure(Task.Run(() => RequireIntegrity(copy, failFast.Token), failFast.Token), failFast);
        // Either task may be the first to meet damage: the error must name the database, not its copy.
        var contents = StopOthersOnFailure(SqliteException.ExplainedAsync(path, () =>
            new ContentReader(fingerprint, _ => { }).ReadPrivateAsync(copy, failFast.Token)), failFast);
        var artefact = StopOthersOnFailure(CompressAsync(copy, artefactPath, failFast.Token), failFast);
        await WhenAllFailFastAsync(cancellation, check, contents, artefact);

        var integrity = await check;
        var (bytes, sha256) = await artefact;
        return new CaptureResult
        {
            SnapshotAt = snapshot.At,
            SourceBytes = snapshot.Bytes,
            ArtefactBytes = bytes,
            ArtefactSha256 = sha256,
            Compression = "gzip",
            Contents = WarnOfUnread(await contents),
            Sqlite = Describe(copy, snapshot, integrity),
        };
    }

    private LiveSnapshot TakeSnapshot(string copy, CancellationToken cancellation) => SqliteException.Explained(path, () =>
    {
        try
        {
            // SQLite itself takes a file of one byte for an empty one; whoever has such a file has lost a database.
            if (new FileInfo(path).Length == 1) throw RefusedFile.Explain(path, null);
            using var live = SqliteSession.OpenLive(path, settings.LockTimeout, cancellation);
            return LiveSnapshot.Take(live, copy, (done, total) => Report("Copying the snapshot", done, total), cancellation);
        }
        catch (SqliteException e) when (e.Primary == SQLitePCL.raw.SQLITE_NOTADB)
        {
            throw RefusedFile.Explain(path, e);
        }
    });

    private IntegrityResult RequireIntegrity(string copy, CancellationToken cancellation)
    {
        var result = SqliteException.Explained(path, () => IntegrityCheck.Run(copy, full: false, cancellation));
        if (result.Status == CheckStatus.Failed)
        {
            throw new DatabaseDamagedException(path, $"{path} is damaged, so it was not backed up: {result.Summary}",
                result.IsOnlyIndexes
                    ? $"Where \"PRAGMA integrity_check\" of sqlite3 says \"row ... missing from index\", only the index lacks rows: " +
                        $"sqlite3 '{path}' REINDEX repairs it, then back up again. " +
                      "Where it does not, the table has lost rows that the index still knows: restore the newest good backup " +
                          $"({CommandName.RestoreDatabase} {OptionName.Latest}). Older backups were not touched."
                    : $"Restore the newest good backup ({CommandName.RestoreDatabase} {OptionName.Latest}), or save what can be saved " +
                        "with sqlite3's .recover command. Older backups were not touched.");
        }

        foreach (var note in result.Notes.Take(5)) observer.Warning($"{path}: {note} (the row is backed up as it is).");
        if (result.Unchecked.Count == 0)
            observer.Detail(
                $"{path}: {IntegrityCheck.Quick} passed, which does not compare indexes with their tables; {CommandName.TestBackup} " +
                    $"{OptionName.Level} Contents does, and so does every restore before it changes anything.");
        if (result.Unchecked.Count > 0)
            observer.Warning($"{path}: its structure could not be checked in full by {SqliteLibrary.Current}: {result.Unchecked[0]}");
        return result;
    }

    private async Task<(long Bytes, string Sha256)> CompressAsync(string copy, string artefactPath, CancellationToken cancellation)
    {
        await using var source = new FileStream(copy, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0,
            FileOptions.Asynchronous);
        await using var file = Files.CreatePrivate(artefactPath);
        using var artefact = new HashingStream(file);
        await ParallelGzip.CompressAsync(source, artefact, done => Report("Compressing", done, source.Length), cancellation);
        file.Flush(flushToDisk: true);
        return (artefact.Count, artefact.Sha256());
    }

    private DatabaseContents WarnOfUnread(DatabaseContents contents)
    {
        foreach (var table in contents.Tables.Where(table => table.Inconclusive is not null))
            observer.Warning($"Table {table.Name} is in the backup, but its contents cannot be proven: {table.Inconclusive}");
        return contents;
    }

    private static SqliteDescription Describe(string copy, LiveSnapshot snapshot, IntegrityResult integrity) =>
        SqliteProperties.Describe(copy, snapshot.Bytes, snapshot.IsWal, [.. integrity.Unchecked, .. integrity.Notes])
            with { IntegrityCheck = IntegrityCheck.Quick };

    private void Report(string step, long done, long total) => observer.Progress(new OperationProgress("SQLite", step, done, total));
}
