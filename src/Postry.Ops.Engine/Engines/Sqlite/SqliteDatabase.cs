using System.Diagnostics;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>A SQLite database file that other processes may be using.</summary>
internal sealed class SqliteDatabase(OpsSettings settings, SqliteAddress address, IOperationObserver observer)
    : IDatabase, ILiveDatabase, IRestoreParticipant
{
    private static readonly TimeSpan WaitForOtherRestore = TimeSpan.FromSeconds(5);
    private readonly string _path = address.Name;

    /// <inheritdoc/>
    public DatabaseMode Mode => DatabaseMode.Sqlite;

    /// <inheritdoc/>
    public string Name => _path;

    /// <inheritdoc/>
    public DatabaseAddress Address => address;

    /// <inheritdoc/>
    public ILiveDatabase Live => this;

    /// <inheritdoc/>
    public IRestoreParticipant Part => this;

    /// <inheritdoc/>
    public string ArtefactSuffix => ".db.gz";

    /// <inheritdoc/>
    public bool IsReadUnderLock => true;

    /// <inheritdoc/>
    // A whole copy of the file is made first; a server's database is stored compressed at once.
    public long SnapshotBytes(SourceFacts facts) => facts.Bytes;

    /// <inheritdoc/>
    public OpsException? FindRequestProblem(BackupRequest request) => request.Fingerprint != FingerprintKind.Live ? null
        : new InvalidRequestException(_path,
            $"{OptionName.Fingerprint} Live is for PostgreSQL: a SQLite backup is always read from the snapshot itself.",
            $"Use {OptionName.Fingerprint} Content, which proves as much here.");

    /// <inheritdoc/>
    public Task<SourceFacts> DescribeAsync(CancellationToken cancellation)
    {
        if (Directory.Exists(_path))
            throw new NotADatabaseException(_path, $"{_path} is a folder, not a database file.",
                "Name the database file itself.");
        if (!File.Exists(_path))
            throw new SourceNotFoundException(_path, $"There is no database at {_path}.",
                $"Check the path. A database that was lost comes back with {CommandName.RestoreDatabase} {OptionName.Latest} " +
                    $"{OptionName.Path}.");
        var (mode, user, group) = SqliteFiles.Ownership(_path);
        return Task.FromResult(new SourceFacts(_path, Path.GetFileNameWithoutExtension(_path), SqliteFiles.Size(_path), mode, user, group));
    }

    /// <inheritdoc/>
    public Task<CaptureResult> CaptureAsync(BackupRequest request, string artefactPath, CancellationToken cancellation) =>
        new SqliteCapture(settings, _path, observer).RunAsync(request.Fingerprint, artefactPath, cancellation);

    /// <inheritdoc/>
    public Task<ComparableContents> ReadAsync(BackupManifest backup, string? artefactPath, CancellationToken cancellation) => Task.Run(
        () => SqliteException.Explained(_path, () =>
        {
            var total = SqliteFiles.Size(_path);
            var done = 0L;
            using var live = SqliteSession.OpenLive(_path, settings.LockTimeout, cancellation);
            live.Execute("BEGIN");
            live.ExecuteWithRetry("PRAGMA user_version", cancellation);
            var contents = new ContentReader(backup.Contents.Kind, bytes => Report("Reading the live database", done += bytes, total))
                .Read(live, cancellation);
            return SqliteProperties.Beside(backup, contents, SqliteProperties.Read(live));
        }), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Check>> CheckRestoredAsync(LoadedBackup backup, CancellationToken cancellation) =>
        SqliteArtefactReader.CheckFileAsync(backup.Manifest, _path, full: false, cancellation);

    /// <inheritdoc/>
    public Task<RestoreTarget> LocateAsync(CancellationToken cancellation) =>
        Task.FromResult(RestoreTarget.OfFile(_path));

    /// <inheritdoc/>
    public Task<TargetFacts> InspectAsync(RestoreRequest request, LoadedBackup backup, RestoreTarget target,
        CancellationToken cancellation) => Task.FromResult(new SqliteTarget(_path).Inspect(request, backup));

    /// <inheritdoc/>
    public async Task<IAsyncDisposable> LockAsync(RestoreTarget target, CancellationToken cancellation)
    {
        if (!Directory.Exists(Path.GetDirectoryName(_path)))
            throw new SourceNotFoundException(_path, $"The folder of {_path} does not exist.", "Check the path.");
        return await FileLock.AcquireAsync(target.LockFile, _path, WaitForOtherRestore, cancellation);
    }

    /// <inheritdoc/>
    public RestoreJournal AllocateNames(RestoreJournal journal, RestoreRecord record) => journal with
    {
        Stage = journal.Kind == JournalKind.Restore || IsByteCopy(record) ? RestoreJournal.StageFor(_path, record.RestoreId)
            : record.Strategy == RestoreStrategy.New ? "" : record.PreviousCopy!,
        Previous = RestoreJournal.PreviousFor(_path, journal.StartedAt, record.RestoreId, journal.Kind),
    };

    /// <inheritdoc/>
    public async Task<StagedPart> StageAsync(RestorePlan plan, LoadedBackup backup, SwapLog log, CancellationToken cancellation)
    {
        var bytes = await new SqliteArtefactReader(observer).UnpackAsync(backup, log.Journal.Stage, cancellation);
        if (bytes.Any(check => check.Status == CheckStatus.Failed)) return new StagedPart(bytes);
        // After a power cut the stage tells on which side of the swap the live database is, so it must be durable by then.
        var durable = Task.Run(() => Files.Sync(log.Journal.Stage), CancellationToken.None);
        IReadOnlyList<Check> contents;
        try
        {
            // A backup makes the quick check, which does not compare indexes with their tables; what goes live has passed the full one.
            contents = await SqliteArtefactReader.CheckFileAsync(backup.Manifest, log.Journal.Stage, full: true, cancellation);
        }
        finally
        {
            await durable;
        }

        var mended = await IndexRepair.RunAsync(backup.Manifest, log.Journal.Stage, contents, observer, cancellation);
        if (mended != contents) Files.Sync(log.Journal.Stage);
        return new StagedPart([.. bytes, .. mended]);
    }

    /// <inheritdoc/>
    public DatabaseAddress? StagedAddress(RestoreJournal journal) => new SqliteAddress(journal.Stage);

    /// <inheritdoc/>
    public Task<SwapResult> SwapAsync(RestorePlan plan, LoadedBackup backup, SwapLog log, CancellationToken cancellation) =>
        SwapAsync(Request(log, backup.Manifest.Source), log, cancellation);

    /// <inheritdoc/>
    public Task<string?> FindPreviousDamageAsync(RestorePlan plan, RestoreRecord record, CancellationToken cancellation) => Task.Run(
        () => record switch
        {
            // Only a file that is no readable database is replaced as a whole.
            { Strategy: RestoreStrategy.File } => "the file was no readable database",
            { Strategy: RestoreStrategy.Contents, PreviousCopy: { } copy } =>
                SqliteException.Explained(copy, () => IntegrityCheck.Run(copy, full: false, cancellation))
                    is { Status: CheckStatus.Failed } found ? found.Summary : null,
            _ => null,
        }, cancellation);

    /// <inheritdoc/>
    public Task<OpsException?> FindUndoObstacleAsync(RestoreRecord record, CancellationToken cancellation)
    {
        if (record.Strategy != RestoreStrategy.New && (record.PreviousCopy is null || SqliteFiles.Size(record.PreviousCopy) == 0))
        {
            return Task.FromResult<OpsException?>(new SourceNotFoundException(record.RestoreId,
                $"The copy of the database from before the restore {record.RestoreId} is " +
                    $"missing{(record.PreviousCopy is null ? "" : $": {record.PreviousCopy}")}.",
                $"Restore an older backup instead: {CommandName.RestoreDatabase} {OptionName.Before}."));
        }

        if (File.Exists(_path) && new SqliteTarget(_path).FindOtherUse(usersAreStopped: false) is { } problem)
            return Task.FromResult<OpsException?>(problem);
        var needed = record.Strategy == RestoreStrategy.Contents
            ? SqliteTarget.SwapSpace(SqliteFiles.Size(_path), record.PreviousCopyBytes ?? 0)
            : record.PreviousCopyBytes ?? 0;
        var free = Files.FreeSpace(_path);
        return Task.FromResult<OpsException?>(free >= needed ? null : new NotEnoughSpaceException(_path,
            Invariant($"The undo needs {needed:N0} bytes beside {_path}, and {free:N0} are free."),
            $"Free space there; {CommandName.RemovePreviousCopy} removes older copies."));
    }

    /// <inheritdoc/>
    public async Task<SwapResult> SwapBackAsync(RestoreRecord record, LoadedBackup? restored, LoadedBackup? safety, SwapLog log,
        CancellationToken cancellation)
    {
        if (IsByteCopy(record)) CopyBytes(record.PreviousCopy!, log.Journal.Stage);
        log.Step(JournalStep.Staged);
        return await SwapAsync(
            Request(log, restored?.Manifest.Source) with { KeepStage = !IsByteCopy(record), AsBytes = IsByteCopy(record), Remove =
                record.Strategy == RestoreStrategy.New },
            log, cancellation);
    }

    /// <inheritdoc/>
    public Task<LiveSide> FindSideAsync(RestoreJournal journal, CancellationToken cancellation) => Task.Run(
        () =>
        {
            using var scratch = ScratchFolder.Create(settings.BackupRoot);
            return SqliteException.Explained(_path, () =>
                SwapRecovery.FindSide(journal, scratch.Path, settings.LockTimeout, cancellation));
        }, cancellation);

    /// <inheritdoc/>
    public RestoreStrategy StrategyOf(RestoreJournal journal) => !journal.ReplacesFile ? RestoreStrategy.Contents
        : journal.TargetExisted ? RestoreStrategy.File : RestoreStrategy.New;

    /// <inheritdoc/>
    public Task RollBackAsync(RestoreJournal journal, CancellationToken cancellation)
    {
        SwapRecovery.RollBack(journal);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> RollForwardAsync(RestoreJournal journal, CancellationToken cancellation)
    {
        SwapRecovery.RollForward(journal);
        return Task.FromResult<IReadOnlyList<string>>([]);
    }

    /// <inheritdoc/>
    public Task SweepAsync(RestoreTarget target, CancellationToken cancellation)
    {
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(_path)!))
            if (RestoreJournal.IsUnfinished(_path, file)) Files.TryDelete(file);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<Check> CheckLiveAsync(BackupManifest manifest, CancellationToken cancellation) =>
        Task.Run(() => CheckLive(manifest), cancellation);

    private Check CheckLive(BackupManifest manifest)
    {
        var clock = Stopwatch.StartNew();
        const string name = "Live database opens";
        try
        {
            using var live = SqliteSession.OpenLive(_path, settings.LockTimeout, CancellationToken.None);
            live.Execute("BEGIN");
            live.ExecuteWithRetry("PRAGMA user_version", CancellationToken.None);
            var found = new ContentReader(FingerprintKind.None, _ => { }).Read(live, CancellationToken.None);
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
    public Task<T> QueryAsync<T>(TimeSpan timeout, Func<IReadTransaction, Task<T>> read, CancellationToken cancellation) =>
        SqliteReadTransaction.RunAsync(_path, timeout, read, cancellation);

    /// <inheritdoc/>
    public QueryProblem? Explain(Exception error) => error is SqliteException e ? SqliteQueryErrors.Of(e, _path) : null;

    /// <inheritdoc/>
    public async Task<ComparableContents?> ReadReplacedAsync(RestoreRecord record, BackupManifest manifest, CancellationToken cancellation)
    {
        if (record is not { PreviousCopy: { } copy, Strategy: RestoreStrategy.Contents }) return null;
        var contents = await SqliteException.ExplainedAsync(copy, () =>
            new ContentReader(manifest.Contents.Kind, _ => { }).ReadPrivateAsync(copy, cancellation));
        return SqliteException.Explained(copy, () =>
        {
            using var session = SqliteSession.OpenPrivate(copy);
            return SqliteProperties.Beside(manifest, contents, SqliteProperties.Read(session));
        });
    }

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(CancellationToken cancellation) => Task.FromResult(File.Exists(_path));

    /// <inheritdoc/>
    public Task<long> RemoveCopyAsync(string copy, CancellationToken cancellation) => Task.FromResult(SqliteFiles.Remove(copy));

    /// <inheritdoc/>
    public Task<long> SizeOfCopyAsync(string copy, CancellationToken cancellation) => Task.FromResult(SqliteFiles.Size(copy));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static bool IsByteCopy(RestoreRecord record) => record.Strategy == RestoreStrategy.File && record.PreviousCopy is not null;

    private static void CopyBytes(string kept, string stage)
    {
        // The kept bytes stay: what goes live is a copy of them, side files included.
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(kept)!, Path.GetFileName(kept) + "*"))
            File.Copy(file, stage + file[kept.Length..]);
    }

    private SwapRequest Request(SwapLog log, SourceIdentity? source) => new()
    {
        Target = _path,
        Stage = log.Journal.Stage,
        Previous = log.Journal.Previous,
        Source = source,
        Mark = version => log.Remember(journal => journal with { SchemaVersion = version }),
        Step = (step, replaces) => log.Step(step, journal => journal with { ReplacesFile = replaces }),
    };

    private Task<SwapResult> SwapAsync(SwapRequest request, SwapLog log, CancellationToken cancellation) => Task.Run(
        () => SqliteException.Explained(_path, () =>
        {
            var done = new SqliteSwap(request, observer, settings.LockTimeout, cancellation).Run();
            return done.PreviousTaken
                ? new SwapResult(done.Strategy, log.Journal.Previous, SqliteFiles.Size(log.Journal.Previous), done.Unavailable)
                : new SwapResult(done.Strategy, null, null, done.Unavailable);
        }),
        CancellationToken.None);

    private void Report(string step, long done, long total) => observer.Progress(new OperationProgress("SQLite", step, done, total));
}
