using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>
/// Prevents the engine from opening a database that another library in this very process has open. On POSIX systems closing any descriptor
/// of a file drops all of the process's locks on it: the other library would go on as if it still held them, and the database could be
/// torn. Connections of the engine's own library know of each other and are counted here.
/// </summary>
internal static class LiveFileGuard
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, (int Count, bool IsWal)> OwnConnections = [];

    /// <summary>Registers a connection that is about to be made. Every method that opens a live database calls this one.</summary>
    /// <param name="path">The database, all links resolved.</param>
    /// <param name="busyTimeout">The time limit of waiting for a transaction of another process.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="DatabaseBusyException">Another library has the file open in this process, or another process keeps it to
    /// itself.</exception>
    /// <exception cref="UsedUnderOtherNameException">The log or the journal of the database is beside another name.</exception>
    public static Entry Enter(string path, TimeSpan busyTimeout, CancellationToken cancellation)
    {
        var others = new OtherProcesses(path, busyTimeout);
        while (true)
        {
            lock (Gate)
            {
                var own = OwnConnections.GetValueOrDefault(path);
                // Looking at the file again would drop the locks of the connections that there are; the first of them has been through
                // this.
                if (own.Count > 0 || IsFree(path, others))
                {
                    var isWal = own.Count > 0 ? own.IsWal : HasWalHeader(path);
                    OwnConnections[path] = (own.Count + 1, isWal);
                    return new Entry(path, isWal);
                }
            }

            if (cancellation.WaitHandle.WaitOne(PollInterval)) cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Returns the reason why a database cannot be opened now, or null.</summary>
    public static OpsException? FindObstacle(string path, TimeSpan busyTimeout)
    {
        try
        {
            using (Enter(path, busyTimeout, CancellationToken.None)) return null;
        }
        catch (OpsException e)
        {
            return e;
        }
    }

    private static bool IsFree(string path, OtherProcesses others)
    {
        if (IsOpenInThisProcess(path))
        {
            throw new DatabaseBusyException(path, $"This process already has {path} open through another library.",
                "Close that connection first, or run the command in a process of its own (pwsh -Command ..., or postry): opening the " +
                    "file here would drop the other library's locks.");
        }

        return FileAliases.Find(path) is { } problem ? throw problem : others.IsClear();
    }

    /// <summary>True where the file begins as a database does; a file that this process has open is taken for one unread, because closing
    /// it again would cost the locks.</summary>
    public static bool LooksLikeDatabase(string path)
    {
        lock (Gate)
        {
            return OwnConnections.ContainsKey(path) || IsOpenInThisProcess(path) || SqliteHeader.Read(path) is not null;
        }
    }

    /// <summary>True where the file's header says WAL mode; false where that cannot be looked at without harm, or at all.</summary>
    public static bool IsKnownWal(string path)
    {
        lock (Gate) return !OwnConnections.ContainsKey(path) && !IsOpenInThisProcess(path) && HasWalHeader(path);
    }

    private static bool HasWalHeader(string path)
    {
        try
        {
            return SqliteHeader.Read(path) is { IsWal: true };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Only Linux tells a process which files it has open by name; docs/platforms.md says what that means elsewhere.
    private static bool IsOpenInThisProcess(string path) => OperatingSystem.IsLinux() && OpenFiles.Of("self").Contains(path);

    /// <summary>A connection; disposing the entry means that the connection is closed.</summary>
    internal sealed class Entry(string path, bool isWal) : IDisposable
    {
        /// <summary>True where the header said WAL mode before the first connection of this process was made.</summary>
        public bool IsWal => isWal;

        private bool _left;

        public void Dispose()
        {
            lock (Gate)
            {
                if (_left) return;
                _left = true;
                var own = OwnConnections[path];
                if (own.Count == 1) OwnConnections.Remove(path);
                else OwnConnections[path] = (own.Count - 1, own.IsWal);
            }
        }
    }
}
