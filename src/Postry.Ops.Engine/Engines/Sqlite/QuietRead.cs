using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using SQLitePCL;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>
/// Reads a live database, and changes neither it nor the files beside it. An ordinary connection would create a -wal and a -shm file where
/// there are none, and the last one to close would move the log into the database.
/// </summary>
internal static class QuietRead
{
    private const string WhileUsed = "mode=ro&readonly_shm=1";
    private const string WhileUnused = "mode=ro&immutable=1";
    private const string WithoutIndex = "mode=rw";

    // A file system that stamps changes by the clock tick gives two writes within one the same stamp.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Reads in one transaction; starts over where the application opened or closed the database meanwhile.</summary>
    /// <param name="path">The database, all links resolved.</param>
    /// <param name="busyTimeout">The time limit of waiting for a lock of another process.</param>
    /// <param name="read">The work, which may be done several times.</param>
    /// <param name="cancellation">Stops waiting and reading.</param>
    /// <exception cref="SqliteException">SQLite's error.</exception>
    public static async Task<T> RunAsync<T>(string path, TimeSpan busyTimeout, Func<SqliteSession, Task<T>> read,
        CancellationToken cancellation)
    {
        while (true)
        {
            var before = FileFacts.Of(path);
            var (session, parameters) = Open(path, busyTimeout, cancellation);
            using (session)
            {
                if (parameters != WhileUnused || DateTime.UtcNow - before.ModifiedAt > Tick)
                {
                    Begin(session, parameters, cancellation);
                    var result = await read(session);
                    if (parameters != WhileUnused || (!HasLog(path) && FileFacts.Of(path).Stamp == before.Stamp)) return result;
                }
            }

            await Task.Delay(Pause, cancellation);
        }
    }

    private static (SqliteSession Session, string Parameters) Open(string path, TimeSpan busyTimeout, CancellationToken cancellation)
    {
        if (Directory.Exists(path))
            throw new NotADatabaseException(path, $"{path} is a folder, not a database file.", "Name the database file itself.");
        if (!File.Exists(path)) throw new SourceNotFoundException(path, $"There is no database at {path}.", "Check the path.");
        var guard = LiveFileGuard.Enter(path, busyTimeout, cancellation);
        try
        {
            // Without a log all rows are in the file, as long as nobody writes. A log without its index would need one to be made.
            var parameters = !guard.IsWal ? WhileUsed : !HasLog(path) ? WhileUnused
                : File.Exists(path + "-shm") ? WhileUsed : WithoutIndex;
            return (SqliteSession.OpenToRead(path, parameters, guard, busyTimeout), parameters);
        }
        catch
        {
            guard.Dispose();
            throw;
        }
    }

    private static void Begin(SqliteSession session, string parameters, CancellationToken cancellation)
    {
        session.StopOn(cancellation);
        raw.sqlite3_db_config(session.Handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
        // An exclusive connection keeps the index of the log in its own memory.
        if (parameters == WithoutIndex) session.Execute("PRAGMA locking_mode=EXCLUSIVE");
        session.Execute("PRAGMA query_only=ON; BEGIN");
        session.ExecuteWithRetry("PRAGMA user_version", cancellation);
    }

    private static bool HasLog(string path) => FileFacts.Of(path + "-wal").Bytes > 0;
}
