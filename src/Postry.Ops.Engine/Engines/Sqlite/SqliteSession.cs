using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Postry.Ops.Engine.IO;
using SQLitePCL;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>
/// A connection to a database file, used from one thread at a time. Errors are <see cref="SqliteException"/>. Waiting for locks is done
/// here, in small sleeps: the library's own busy handler sleeps whole seconds where it was built without usleep.
/// </summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly LiveFileGuard.Entry? _guard;

    private SqliteSession(sqlite3 handle, LiveFileGuard.Entry? guard)
    {
        Handle = handle;
        _guard = guard;
    }

    /// <summary>The native connection.</summary>
    public sqlite3 Handle { get; }

    /// <summary>The time limit of waiting for a lock of another process.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Opens a database that other processes may be using. The file must exist.</summary>
    public static SqliteSession OpenLive(string path, TimeSpan busyTimeout, CancellationToken cancellation)
    {
        var guard = LiveFileGuard.Enter(path, busyTimeout, cancellation);
        try
        {
            return Open(NameOf(path), raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX, guard, busyTimeout);
        }
        catch
        {
            guard.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file that nobody else uses, without locks and without side files.</summary>
    public static SqliteSession OpenPrivate(string path)
    {
        return Open(ImmutableUri(path, OperatingSystem.IsWindows()),
            raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_URI | raw.SQLITE_OPEN_NOMUTEX, null, TimeSpan.Zero);
    }

    /// <summary>Opens a database to read it in a way that writes nothing beside it either; <see cref="QuietRead"/> says when which of the
    /// parameters is right. The session disposes the guard.</summary>
    internal static SqliteSession OpenToRead(string path, string parameters, LiveFileGuard.Entry guard, TimeSpan busyTimeout) =>
        Open(UriOf(path, OperatingSystem.IsWindows(), parameters),
            (parameters.Contains("mode=rw", StringComparison.Ordinal) ? raw.SQLITE_OPEN_READWRITE : raw.SQLITE_OPEN_READONLY)
                | raw.SQLITE_OPEN_URI | raw.SQLITE_OPEN_NOMUTEX, guard, busyTimeout);

    /// <summary>The URI by which SQLite opens a file as one that nobody writes to: file:///srv/app.db, file:///C:/data/app.db,
    /// file:////server/share/app.db.</summary>
    internal static string ImmutableUri(string path, bool windows) => UriOf(path, windows, "immutable=1");

    private static string UriOf(string path, bool windows, string parameters)
    {
        // A long path is only found by its verbatim form, whose backslashes are part of it.
        if (windows && WindowsPath.Openable(path) is var name && WindowsPath.IsVerbatim(name))
            return $"file:{Uri.EscapeDataString(name)}?{parameters}";
        var parts = path.Split(windows ? '\\' : '/').Select(Uri.EscapeDataString);
        var escaped = string.Join('/', windows ? parts.Select(part => part.Replace("%3A", ":", StringComparison.Ordinal)) : parts);
        // A URI has the name of a host between the second slash and the third, and SQLite accepts none.
        return $"file://{(escaped.StartsWith('/') ? "" : "/")}{escaped}?{parameters}";
    }

    private static string NameOf(string path) => OperatingSystem.IsWindows() ? WindowsPath.Openable(path) : path;

    /// <summary>Makes a new private file to copy pages into. The file is not durable until <see cref="IO.Files.Sync"/>.</summary>
    public static SqliteSession CreatePrivate(string path)
    {
        using (Files.CreatePrivate(path)) { }
        return OpenPrivateToWrite(path);
    }

    /// <summary>Opens a file that nobody else uses to change it. A crash meanwhile can damage it, and it is not durable until <see
    /// cref="IO.Files.Sync"/>.</summary>
    public static SqliteSession OpenPrivateToWrite(string path)
    {
        var session = Open(NameOf(path), raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX, null, TimeSpan.Zero);
        session.Execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;");
        return session;
    }

    /// <summary>Runs statements and ignores their rows.</summary>
    public void Execute(string sql)
    {
        var rest = sql;
        while (rest.Trim().Length > 0)
        {
            Check(raw.sqlite3_prepare_v2(Handle, rest, out var statement, out var tail));
            rest = tail;
            using (statement)
            {
                int code;
                while ((code = raw.sqlite3_step(statement)) == raw.SQLITE_ROW) { }
                Check(code);
            }
        }
    }

    /// <summary>Runs statements, waiting while another process is in the way.</summary>
    public void ExecuteWithRetry(string sql, CancellationToken cancellation) => WithRetry(() => Execute(sql), cancellation);

    /// <summary>Repeats an action while another process is in the way, until the timeout is over.</summary>
    public void WithRetry(Action action, CancellationToken cancellation)
    {
        var waited = Stopwatch.StartNew();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                action();
                return;
            }
            catch (SqliteException e) when (e.IsBusy && waited.Elapsed < BusyTimeout)
            {
                // Quick at first, because a writer's lock mostly lasts a millisecond or two.
                if (cancellation.WaitHandle.WaitOne(Math.Min(1 + attempt / 4, 25))) cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>
    /// Makes this connection the only one that uses a database with a rollback journal, until it closes or changes back to
    /// locking_mode=NORMAL. While it waits for readers no new ones are let in, so that it gets its turn however busy they are; while it
    /// waits for a writer it holds nothing, or neither of the two could ever commit (which is why the locking mode changes last).
    /// </summary>
    public void LockExclusively(CancellationToken cancellation)
    {
        WaitWithPendingLock();
        ExecuteWithRetry("BEGIN EXCLUSIVE", cancellation);
        Execute("PRAGMA locking_mode=EXCLUSIVE; COMMIT;");
    }

    private unsafe void WaitWithPendingLock()
    {
        var set = (delegate* unmanaged<nint, delegate* unmanaged<void*, int, int>, void*, int>)SqliteLibrary.Current
            .Function("sqlite3_busy_handler");
        Check(set(Handle.DangerousGetHandle(), &WaitBriefly, null));
    }

    // Called between attempts at a lock; 0 gives up, and then WithRetry starts over.
    [UnmanagedCallersOnly]
    private static unsafe int WaitBriefly(void* _, int attempts)
    {
        const int mostAttempts = 200;
        if (attempts >= mostAttempts) return 0;
        Thread.Sleep(1);
        return 1;
    }

    /// <summary>The first column of the first row, or null where there is none.</summary>
    public string? Text(string sql) => Rows(sql, 1).Select(row => row[0]).FirstOrDefault();

    /// <summary>The first column of the first row as a number; 0 where there is none.</summary>
    public long Number(string sql) => long.TryParse(Text(sql), out var number) ? number : 0;

    /// <summary>All rows as text. Waits while another process is in the way, as the first row of any read may have to.</summary>
    public List<string?[]> Rows(string sql, int columns)
    {
        List<string?[]> rows = [];
        WithRetry(() => rows = ReadRows(sql, columns), CancellationToken.None);
        return rows;
    }

    private List<string?[]> ReadRows(string sql, int columns)
    {
        Check(raw.sqlite3_prepare_v2(Handle, sql, out var statement));
        using (statement)
        {
            var rows = new List<string?[]>();
            int code;
            while ((code = raw.sqlite3_step(statement)) == raw.SQLITE_ROW)
            {
                var row = new string?[columns];
                for (var i = 0; i < columns; i++)
                    row[i] = raw.sqlite3_column_type(statement, i) == raw.SQLITE_NULL ? null
                        : raw.sqlite3_column_text(statement, i).utf8_to_string();
                rows.Add(row);
            }

            Check(code);
            return rows;
        }
    }

    /// <summary>Prepares one statement; the caller disposes it.</summary>
    public sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v2(Handle, sql, out var statement));
        return statement;
    }

    /// <summary>Lets tables be read although other parts of the schema are beyond this library.</summary>
    public void TolerateUnknownSchema() => Execute("PRAGMA writable_schema=ON");

    /// <summary>Stops what runs on this connection when the token is cancelled.</summary>
    public CancellationTokenRegistration InterruptOn(CancellationToken cancellation) =>
        cancellation.Register(() => raw.sqlite3_interrupt(Handle));

    /// <summary>Stops what runs on this connection soon after the token is cancelled, also what starts after that.</summary>
    public void StopOn(CancellationToken cancellation)
    {
        const int instructionsBetweenLooks = 1000;
        raw.sqlite3_progress_handler(Handle, instructionsBetweenLooks, _ => cancellation.IsCancellationRequested ? 1 : 0, null);
    }

    /// <summary>Turns a result code that is an error into an exception.</summary>
    public void Check(int code)
    {
        if (code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE) return;
        if (code == raw.SQLITE_INTERRUPT) throw new OperationCanceledException();
        // Closing would move the log of a database whose header is destroyed into it, and delete the log: evidence that a restore keeps.
        if ((code & 0xFF) == raw.SQLITE_NOTADB) raw.sqlite3_db_config(Handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
        throw new SqliteException(code, raw.sqlite3_errmsg(Handle).utf8_to_string());
    }

    /// <summary>A name quoted for use in a statement.</summary>
    public static string Quote(string name) => new StringBuilder(name.Length + 2).Append('"')
        .Append(name.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"').ToString();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Handle.IsClosed) return;
        raw.sqlite3_close_v2(Handle);
        Handle.Dispose();
        _guard?.Dispose();
    }

    private static SqliteSession Open(string name, int flags, LiveFileGuard.Entry? guard, TimeSpan busyTimeout)
    {
        _ = SqliteLibrary.Current;
        var code = raw.sqlite3_open_v2(name, out var handle, flags, null);
        if (code != raw.SQLITE_OK)
        {
            var message = handle is null ? "out of memory" : raw.sqlite3_errmsg(handle).utf8_to_string();
            var extended = handle is null ? code : raw.sqlite3_extended_errcode(handle);
            handle?.Dispose();
            throw new SqliteException(extended, message);
        }

        raw.sqlite3_extended_result_codes(handle, 1);
        return new SqliteSession(handle, guard) { BusyTimeout = busyTimeout };
    }
}
