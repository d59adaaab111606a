using SQLitePCL;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>
/// A copy of all pages of one database into another through SQLite's backup interface, in chunks that can be counted and cancelled between.
/// Disposing it before it is complete rolls back what was written.
/// </summary>
internal sealed class PageCopy : IDisposable
{
    private const int ChunkBytes = 8 << 20;

    private readonly SqliteSession _destination;
    private readonly sqlite3_backup _backup;
    private readonly int _chunkPages;

    private PageCopy(SqliteSession destination, sqlite3_backup backup, int chunkPages)
    {
        _destination = destination;
        _backup = backup;
        _chunkPages = chunkPages;
    }

    /// <summary>Prepares a copy. Nothing is locked or written yet.</summary>
    public static PageCopy Prepare(SqliteSession source, SqliteSession destination)
    {
        var pageSize = (int)Math.Max(512, source.Number("PRAGMA page_size"));
        var backup = raw.sqlite3_backup_init(destination.Handle, "main", source.Handle, "main");
        if (backup is null || backup.IsInvalid) destination.Check(raw.sqlite3_extended_errcode(destination.Handle));
        return new PageCopy(destination, backup!, Math.Max(1, ChunkBytes / pageSize));
    }

    /// <summary>Takes the destination's write lock without copying a page, waiting for other writers. Readers of a database in WAL mode
    /// still see the old contents.</summary>
    /// <exception cref="InvalidOperationException">The source has no pages: the copy would be complete, and committed, at once.</exception>
    public void LockDestination(CancellationToken cancellation) => _destination.WithRetry(
        () =>
        {
            if (Step(0)) throw new InvalidOperationException("A database without pages cannot be swapped in.");
        },
        cancellation);

    /// <summary>Copies all pages and commits. The source must be in a read transaction, or its writers could make the copy start
    /// over.</summary>
    /// <param name="progress">Called with pages done and pages in total.</param>
    /// <param name="cancellation">Stops between chunks.</param>
    public void Run(Action<long, long> progress, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var done = false;
            _destination.WithRetry(() => done = Step(_chunkPages), cancellation);
            var total = raw.sqlite3_backup_pagecount(_backup);
            progress(total - raw.sqlite3_backup_remaining(_backup), total);
            if (done) return;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => raw.sqlite3_backup_finish(_backup);

    private bool Step(int pages)
    {
        var code = raw.sqlite3_backup_step(_backup, pages);
        if (code is raw.SQLITE_OK or raw.SQLITE_DONE) return code == raw.SQLITE_DONE;
        throw new SqliteException(code, raw.sqlite3_errstr(code).utf8_to_string());
    }
}
