using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>
/// Looks at the locks that other processes hold on a database file, and whether the side files that such a lock needs are beside the name
/// that is about to be opened. If they are not, the others use the database under another name, or its log was deleted under them. The
/// class works on Linux only.
/// </summary>
/// <param name="path">The database; no connection of this process has it open while this looks.</param>
/// <param name="busyTimeout">The time limit of waiting for a transaction of another process.</param>
internal sealed class OtherProcesses(string path, TimeSpan busyTimeout)
{
    // SQLite's lock bytes, as os.h and wal.c define them: PENDING, RESERVED and 510 bytes of SHARED; of the -shm file the one that says "in
    // use".
    private const long PendingByte = 0x40000000;
    private const long SharedFirst = PendingByte + 2;
    private const long SharedCount = 510;
    private const long InUseByte = 128;

    // Other processes open and close the database all the time. For an instant such a process holds the lock before its side files exist,
    // or when they have just been removed.
    private static readonly TimeSpan LongestInstant = TimeSpan.FromSeconds(1);

    private readonly Stopwatch _waited = Stopwatch.StartNew();
    private int _writer;

    /// <summary>True where the file can be opened; false where that may be so in an instant. Errors: UsedUnderOtherName,
    /// DatabaseBusy.</summary>
    public bool IsClear()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess) return true;
        using var file = TryOpen(path);
        // SQLite itself says what is wrong with a file that cannot be opened.
        if (file is null) return true;
        return SqliteHeader.Read(file) is { IsWal: true } ? IsLogHere(file) : IsJournalHere(file);
    }

    /// <summary>Every user of a database in WAL mode holds SHARED on the file and, unless it is the only one, a lock on the -shm
    /// file.</summary>
    private bool IsLogHere(SafeFileHandle file)
    {
        if (UnixCalls.LockOfAnother(file, SharedFirst, SharedCount) is not { } user) return true;
        var missing = !File.Exists(path + "-wal") ? "-wal" : !user.IsExclusive && !IsIndexUsedBy(user.Process) ? "-shm" : null;
        if (missing is null) return true;
        if (_waited.Elapsed < LongestInstant) return false;
        throw new UsedUnderOtherNameException(path,
            $"{Describe(user.Process)} has {path} open in WAL mode, but does not use the log beside this name ({path}{missing} " +
                $"{(File.Exists(path + missing) ? "is not its own" : "is missing")}): {Reason(user.Process)}. " +
            "Rows in the log of that process would be missing in the result.",
            $"Run the command with the name that " +
                $"{(user.Process > 0 ? $"the process uses (ls -l /proc/{Text(user.Process)}/fd)" : "the process uses")}, or end the " +
                $"process normally " +
            "(not with kill -9): when the last one closes the database, SQLite moves the log into it. Then run the command again.");
    }

    // A user's log may lie elsewhere while the logs of the others lie here.
    private bool IsIndexUsedBy(int user)
    {
        if (!File.Exists(path + "-shm")) return false;
        using var index = TryOpen(path + "-shm");
        if (index is null) return true;
        if (UnixCalls.LockOfAnother(index, InUseByte, 1) is not { } known) return false;
        // Processes that cannot be seen from here cannot be distinguished.
        if (user <= 0 || known.Process <= 0) return true;
        var users = LockTable.Holders(FileFacts.Of(path).Number, user, SharedFirst, SharedFirst + SharedCount - 1);
        return users.IsSubsetOf(LockTable.Holders(FileFacts.Of(path + "-shm").Number, known.Process, InUseByte, InUseByte));
    }

    /// <summary>
    /// With a rollback journal only the exclusive lock means that pages in the file may be uncommitted, and no process reads meanwhile. The
    /// danger is that the writer dies during the wait while its journal lies beside another name. A reserved lock without a journal is a
    /// transaction that has written nothing.
    /// </summary>
    private bool IsJournalHere(SafeFileHandle file)
    {
        var writer = new[] { UnixCalls.LockOfAnother(file, PendingByte, 1),
            UnixCalls.LockOfAnother(file, SharedFirst, SharedCount) }.FirstOrDefault(held => held is { IsExclusive: true });
        if (writer is null || File.Exists(path + "-journal"))
        {
            if (writer is null && _writer > 0 && !Directory.Exists($"/proc/{Text(_writer)}")) throw Died(_writer);
            return true;
        }

        _writer = writer.Value.Process;
        if (_waited.Elapsed < busyTimeout) return false;
        throw new DatabaseBusyException(path,
            $"{path} is locked by another process: {Describe(_writer).ToLowerInvariant()} has locked it exclusively for " +
            $"{busyTimeout.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s.",
            "Wait until the process has finished, or stop it, then try again (fuser or lsof names every process that has the file open).");
    }

    private UsedUnderOtherNameException Died(int process) => new(path,
        $"Process {Text(process)} was writing to {path} and has ended, and there is no journal of its transaction beside this " +
            "name: if the process was killed, part of the transaction may be in the file.",
        $"Look whether {path} has another name with a file -journal beside that, and open it once by that name (sqlite3 rolls the " +
            $"transaction back). If there is none, run the command again.");

    private static string Reason(int process) => LogsOf(process) is { Count: > 0 } logs
        ? $"it uses {string.Join(", ", logs)}"
        : "the process opened the database under another name, or the log was deleted while it was in use";

    // Another user's processes do not show their files.
    private static List<string> LogsOf(int process)
    {
        try
        {
            return process <= 0 ? [] :
            [
                .. OpenFiles.Of(Text(process)).Where(file => file.EndsWith("-wal", StringComparison.Ordinal)
                    || file.EndsWith("-wal (deleted)", StringComparison.Ordinal)),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Describe(int process)
    {
        if (process <= 0) return "A process that cannot be seen from here (in another container, or on another host)";
        try
        {
            return $"Process {Text(process)} ({File.ReadAllText($"/proc/{Text(process)}/comm").Trim()})";
        }
        catch (IOException)
        {
            return $"Process {Text(process)}";
        }
    }

    private static SafeFileHandle? TryOpen(string file)
    {
        try
        {
            return UnixCalls.OpenUnlocked(file);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
