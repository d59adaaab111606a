using System.Diagnostics;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>
/// Makes a staged database live. If the live file is a database, its contents are replaced through SQLite itself, in one transaction of the
/// live file: other processes see the old database or the new one, whole, and no old log can be replayed into the new one. The file itself
/// is replaced only if the header of the live file is destroyed, or no process can have it open.
/// </summary>
internal sealed class SqliteSwap(SwapRequest request, IOperationObserver observer, TimeSpan busyTimeout, CancellationToken cancellation)
{
    private const string OtherFile = "the file itself is replaced";
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Swaps, and says how.</summary>
    public FileSwapResult Run()
    {
        if (request.Remove) return RemoveTarget();
        if (!File.Exists(request.Target)) return PlaceNew();
        if (request.AsBytes) return ReplaceFileExclusively();
        // SQLite would take a file of one byte for an empty database, and the byte would be lost.
        if (new FileInfo(request.Target).Length == 1)
        {
            using (LiveFileGuard.Enter(request.Target, busyTimeout, cancellation)) return ReplaceUnreadableFile();
        }

        try
        {
            return ReplaceContents();
        }
        catch (SqliteException e) when (e.Primary == SQLitePCL.raw.SQLITE_NOTADB)
        {
            observer.Detail(
                $"The header of {request.Target} is unreadable ({e.Message}): the file itself is replaced, and kept byte for byte.");
            return ReplaceUnreadableFile();
        }
    }

    private FileSwapResult ReplaceContents()
    {
        using var live = SqliteSession.OpenLive(request.Target, busyTimeout, cancellation);
        live.TolerateUnknownSchema();
        live.ExecuteWithRetry("PRAGMA user_version", cancellation);
        var isWal = string.Equals(live.Text("PRAGMA journal_mode"), "wal", StringComparison.OrdinalIgnoreCase);
        // The running processes keep the journal mode they know; the mode is how a file is used, not what it holds.
        var stage = StageWithJournalMode(isWal);
        var samePageSize = live.Number("PRAGMA page_size") == SqliteHeader.Read(stage)!.PageSize;
        live.ExecuteWithRetry("PRAGMA synchronous=FULL", cancellation);
        if (isWal && samePageSize) return ReplaceBesideReaders(live, stage);
        if (isWal) LeaveWal(live, "the backup has another page size");
        return ReplaceUnderExclusiveLock(live, stage);
    }

    /// <summary>WAL: the copy's first step takes the write lock; readers go on with the old contents until the commit.</summary>
    private FileSwapResult ReplaceBesideReaders(SqliteSession live, string stage)
    {
        using var source = SqliteSession.OpenPrivate(stage);
        var locked = new Stopwatch();
        using (var pages = PageCopy.Prepare(source, live))
        {
            pages.LockDestination(cancellation);
            locked.Start();
            request.Step(JournalStep.Locked, false);
            using (var reader = SqliteSession.OpenLive(request.Target, busyTimeout, cancellation)) KeepPrevious(reader);
            request.Step(JournalStep.Swapping, false);
            pages.Run(Progress("Replacing the live contents"), cancellation);
        }

        locked.Stop();
        observer.Detail(Invariant($"Writers waited {locked.Elapsed.TotalSeconds:F2} s; readers were not blocked."));
        Checkpoint(live);
        return new FileSwapResult(RestoreStrategy.Contents, true, locked.Elapsed);
    }

    /// <summary>Rollback journal: one connection keeps the exclusive lock from before the copy until after the commit.</summary>
    private FileSwapResult ReplaceUnderExclusiveLock(SqliteSession live, string stage)
    {
        live.LockExclusively(cancellation);
        var locked = Stopwatch.StartNew();
        try
        {
            request.Step(JournalStep.Locked, false);
            KeepPrevious(live);
            request.Step(JournalStep.Swapping, false);
            using (var source = SqliteSession.OpenPrivate(stage))
            using (var pages = PageCopy.Prepare(source, live))
            {
                pages.Run(Progress("Replacing the live contents"), cancellation);
            }
        }
        finally
        {
            Unlock(live);
            locked.Stop();
        }

        observer.Detail(Invariant($"Other processes waited {locked.Elapsed.TotalSeconds:F2} s."));
        return new FileSwapResult(RestoreStrategy.Contents, true, locked.Elapsed);
    }

    /// <summary>A database whose page size changes cannot stay in WAL mode meanwhile, and only a sole user may leave it.</summary>
    private void LeaveWal(SqliteSession live, string why)
    {
        live.Execute("PRAGMA locking_mode=EXCLUSIVE");
        try
        {
            live.ExecuteWithRetry("PRAGMA wal_checkpoint(TRUNCATE)", cancellation);
            live.Execute("PRAGMA journal_mode=DELETE");
        }
        catch (SqliteException e) when (e.IsBusy)
        {
            throw NotExclusive(why, e);
        }

        if (live.Text("PRAGMA journal_mode") != "delete") throw NotExclusive(why, null);
    }

    private DatabaseBusyException NotExclusive(string why, Exception? inner) => new(request.Target,
        $"{request.Target} is open in another process, and {why}: this restore needs the database for itself.",
        "Stop the application, then restore again.", inner);

    private void KeepPrevious(SqliteSession live)
    {
        request.Mark(live.Number("PRAGMA schema_version"));
        LiveSnapshot.Take(live, request.Previous, Progress("Keeping a copy of the live database"), cancellation);
        Files.Sync(request.Previous);
        Files.SyncFolder(Path.GetDirectoryName(request.Previous)!);
        request.Step(JournalStep.PreviousCopyTaken, false);
    }

    private string StageWithJournalMode(bool wal)
    {
        if (new FileInfo(request.Stage).Length == 0) return EmptyStage(wal);
        if (SqliteHeader.Read(request.Stage) is not { } header || header.IsWal == wal) return request.Stage;
        var stage = CopyKeptStage();
        SqliteHeader.SetWal(stage, wal);
        return stage;
    }

    // A kept copy must not change or move, so the swap works on a copy of it.
    private string CopyKeptStage()
    {
        if (!request.KeepStage) return request.Stage;
        var stage = RestoreJournal.StageFor(request.Target, RestoreJournal.KeptCopy);
        File.Copy(request.Stage, stage, overwrite: true);
        return stage;
    }

    // An empty file is an empty database, but has no first page to copy.
    private string EmptyStage(bool wal)
    {
        var stage = RestoreJournal.StageFor(request.Target, "empty");
        Files.Delete(stage);
        using (var session = SqliteSession.CreatePrivate(stage)) session.Execute("PRAGMA user_version=1; PRAGMA user_version=0;");
        SqliteHeader.SetWal(stage, wal);
        return stage;
    }

    private static void Checkpoint(SqliteSession live)
    {
        try
        {
            // The whole database went through the log: move it into the file and give the space back, if nobody minds.
            live.Execute("PRAGMA wal_checkpoint(PASSIVE)");
            live.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqliteException)
        {
            // Readers are busy with the log: the application's own next checkpoint does it.
        }
    }

    private static void Unlock(SqliteSession live)
    {
        try
        {
            // The mode changes with the next access.
            live.Execute("PRAGMA locking_mode=NORMAL; PRAGMA user_version;");
        }
        catch (SqliteException)
        {
            // Closing the connection unlocks as well.
        }
    }

    private FileSwapResult PlaceNew()
    {
        var stage = CopyKeptStage();
        request.Step(JournalStep.Locked, true);
        // A log left behind by a database that is gone would be replayed into the new one.
        var kept = SqliteFiles.MoveSideFiles(request.Target, request.Previous);
        request.Step(JournalStep.PreviousCopyTaken, true);
        SqliteFiles.ApplyOwnership(stage, request.Source);
        Files.Sync(stage);
        request.Step(JournalStep.Swapping, true);
        Files.Publish(stage, request.Target);
        return new FileSwapResult(RestoreStrategy.New, kept, TimeSpan.Zero);
    }

    private FileSwapResult ReplaceUnreadableFile()
    {
        var stage = CopyKeptStage();
        if (OperatingSystem.IsWindows()) TakeAlone().Dispose();
        request.Step(JournalStep.Locked, true);
        var locked = Stopwatch.StartNew();
        SqliteFiles.KeepBytes(request.Target, request.Previous);
        request.Step(JournalStep.PreviousCopyTaken, true);
        SqliteFiles.CopyOwnership(request.Target, stage);
        Files.Sync(stage);
        request.Step(JournalStep.Swapping, true);
        SqliteFiles.RemoveSideFiles(request.Target);
        Files.Publish(stage, request.Target, replace: true);
        return new FileSwapResult(RestoreStrategy.File, true, locked.Elapsed);
    }

    /// <summary>Puts bytes back that are no readable database, which only works while nobody else uses the file.</summary>
    private FileSwapResult ReplaceFileExclusively() => WithExclusiveLock(alone =>
    {
        SqliteFiles.CopyOwnership(request.Target, request.Stage);
        Files.Sync(request.Stage);
        request.Step(JournalStep.Swapping, true);
        // The side files are no longer needed: the live database is whole without them, and locked.
        SqliteFiles.RemoveSideFiles(request.Target);
        alone?.Dispose();
        Files.Publish(request.Stage, request.Target, replace: true);
        SqliteFiles.MoveSideFiles(request.Stage, request.Target);
    });

    private FileSwapResult RemoveTarget() => WithExclusiveLock(alone =>
    {
        request.Step(JournalStep.Swapping, true);
        SqliteFiles.RemoveSideFiles(request.Target);
        alone?.Dispose();
        Files.Delete(request.Target);
        Files.SyncFolder(Path.GetDirectoryName(request.Target)!);
    });

    /// <param name="replace">Replaces or removes the file. Windows does this with no file that anybody has open, this process included: the
    /// one that keeps others out there is handed on, to be closed just before.</param>
    private FileSwapResult WithExclusiveLock(Action<FileStream?> replace)
    {
        using var live = SqliteSession.OpenLive(request.Target, busyTimeout, cancellation);
        live.TolerateUnknownSchema();
        live.ExecuteWithRetry("PRAGMA user_version", cancellation);
        if (live.Text("PRAGMA journal_mode") == "wal") LeaveWal(live, OtherFile);
        live.LockExclusively(cancellation);
        var locked = Stopwatch.StartNew();
        request.Step(JournalStep.Locked, true);
        if (OperatingSystem.IsWindows()) live.Dispose();
        using var alone = OperatingSystem.IsWindows() ? TakeAlone() : null;
        if (alone is null) SqliteFiles.Link(request.Target, request.Previous);
        else CopyPrevious(alone);
        request.Step(JournalStep.PreviousCopyTaken, true);
        replace(alone);
        return new FileSwapResult(RestoreStrategy.File, true, locked.Elapsed);
    }

    // Transactions of others since the lock was let go are in the file or in its log, and so in the copy.
    private void CopyPrevious(FileStream live)
    {
        using (var previous = Files.CreatePrivate(request.Previous))
        {
            live.CopyTo(previous);
            previous.Flush(flushToDisk: true);
        }

        SqliteFiles.CopyOwnership(request.Target, request.Previous);
        foreach (var side in SqliteFiles.SideFiles(request.Target).Where(side => !IsSpent(side)))
            SqliteFiles.Link(side, request.Previous + side[request.Target.Length..]);
    }

    // A killed process leaves its journal with a header of zeros where the transaction had ended.
    private static bool IsSpent(string side)
    {
        using var file = Files.OpenToRead(side);
        return file.ReadByte() is 0 or -1;
    }

    // While this stream is open nobody else can open the file, and only those who have it open already are in the way.
    private FileStream TakeAlone()
    {
        for (var waited = Stopwatch.StartNew(); ; cancellation.WaitHandle.WaitOne(PollInterval))
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(request.Target, FileMode.Open, FileAccess.Read, FileShare.Delete);
            }
            catch (IOException e) when (HeldFile.IsReason(e))
            {
                if (waited.Elapsed > busyTimeout) throw NotExclusive(OtherFile, e);
            }
        }
    }

    private Action<long, long> Progress(string step) => (done, total) =>
        observer.Progress(new OperationProgress($"Restoring {request.Target}", step, done, total));
}
