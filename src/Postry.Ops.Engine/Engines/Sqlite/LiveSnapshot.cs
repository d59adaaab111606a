using System.Diagnostics;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>A consistent copy of a live database's pages.</summary>
/// <param name="At">The moment whose committed data the copy holds, in UTC.</param>
/// <param name="Bytes">Size of the copy.</param>
/// <param name="IsWal">True where the database is in WAL mode.</param>
/// <param name="WritersBlocked">The time during which writers could not commit; zero in WAL mode.</param>
internal sealed record LiveSnapshot(DateTime At, long Bytes, bool IsWal, TimeSpan WritersBlocked)
{
    /// <summary>
    /// Copies a live database while other processes read and write it. One read transaction is held over all chunks of the copy: in WAL
    /// mode writers go on meanwhile, in rollback mode they wait, and in neither does the copy ever have to start over.
    /// </summary>
    public static LiveSnapshot Take(SqliteSession live, string copyPath, Action<long, long> progress, CancellationToken cancellation)
    {
        using var interrupt = live.InterruptOn(cancellation);
        // user_version is in the header: reading it starts the transaction without parsing a schema that may be beyond this library.
        live.Execute("BEGIN");
        try
        {
            live.ExecuteWithRetry("PRAGMA user_version", cancellation);
            var at = DateTime.UtcNow;
            var held = Stopwatch.StartNew();
            using (var copy = SqliteSession.CreatePrivate(copyPath))
            using (var pages = PageCopy.Prepare(live, copy))
            {
                pages.Run(progress, cancellation);
            }

            held.Stop();
            var isWal = SqliteHeader.Read(copyPath) is { IsWal: true };
            return new LiveSnapshot(at, new FileInfo(copyPath).Length, isWal, isWal ? TimeSpan.Zero : held.Elapsed);
        }
        finally
        {
            EndTransaction(live);
        }
    }

    private static void EndTransaction(SqliteSession live)
    {
        try
        {
            live.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // Closing the connection ends the transaction too.
        }
        catch (OperationCanceledException)
        {
            // The files stay the same.
        }
    }
}
