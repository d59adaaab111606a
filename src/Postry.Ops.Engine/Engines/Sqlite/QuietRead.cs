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

    // SQLITE_READONLY_CANTINIT, which the wrapper does not name: the index is just being made.
    private const int IndexNotReady = raw.SQLITE_READONLY | (5 << 8);

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
            var (session, isWal, parameters) = Open(path, busyTimeout, cancellation);
            using (session)
            {
                try
                {
                    if (parameters != WhileUnused || DateTime.UtcNow - before.ModifiedAt > Tick)
                    {
                        Begin(session, parameters, cancellation);
                        var result = await read(session);
                        if (parameters != WhileUnused || !IsStale()) return result;
                    }
                }
                catch (SqliteException e) when (e.Code is raw.SQLITE_READONLY_RECOVERY or IndexNotReady || IsStale())
                {
                    // A page that was replaced during the reading looks like damage, and a log that comes or goes like a missing file.
                }
            }

            await Task.Delay(Pause, cancellation);

            bool IsStale() => Parameters(path, isWal) != parameters
                || (parameters == WhileUnused && FileFacts.Of(path).Stamp != before.Stamp);
        }
    }

    private static (SqliteSession Session, bool IsWal, string Parameters) Open(string path, TimeSpan busyTimeout,
        CancellationToken cancellation)
    {
        if (Directory.Exists(path))
            throw new NotADatabaseException(path, $"{path} is a folder, not a database file.", "Name the database file itself.");
        if (!File.Exists(path)) throw new SourceNotFoundException(path, $"There is no database at {path}.", "Check the path.");
        var guard = LiveFileGuard.Enter(path, busyTimeout, cancellation);
        try
        {
            var parameters = Parameters(path, guard.IsWal);
            return (SqliteSession.OpenToRead(path, parameters, guard, busyTimeout), guard.IsWal, parameters);
        }
        catch
        {
            guard.Dispose();
            throw;
        }
    }

    // Without a log all rows are in the file, as long as nobody writes. A log without its index would need one to be made.
    private static string Parameters(string path, bool isWal) => !isWal ? WhileUsed : !HasLog(path) ? WhileUnused
        : File.Exists(path + "-shm") ? WhileUsed : WithoutIndex;

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
