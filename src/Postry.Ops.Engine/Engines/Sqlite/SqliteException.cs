using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using SQLitePCL;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>A result code of SQLite that is an error, before it is put into words an operator can act on.</summary>
internal sealed class SqliteException(int code, string message) : Exception(message)
{
    /// <summary>The extended result code.</summary>
    public int Code => code;

    /// <summary>The primary result code.</summary>
    public int Primary => code & 0xFF;

    /// <summary>Another connection is in the way for now.</summary>
    public bool IsBusy => Primary is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    /// <summary>The statement cannot be run by this library or on this schema, although the pages may be whole.</summary>
    public bool IsUnsupported => Primary is raw.SQLITE_ERROR or raw.SQLITE_SCHEMA;

    /// <summary>
    /// True if this library is too old or lacks a feature. SQLite then calls a schema that it cannot parse malformed, which says nothing
    /// about the pages.
    /// </summary>
    public bool IsBeyondLibrary => IsUnsupported || (Primary == raw.SQLITE_CORRUPT
        && Message.StartsWith("malformed database schema", StringComparison.Ordinal));

    /// <summary>True if the file is not, or no longer, a whole database.</summary>
    public bool IsDamage => !IsBeyondLibrary && Primary is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    /// <summary>Translates the failure into an error of the engine.</summary>
    public OpsException Explain(string path) => Primary switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new DatabaseBusyException(path,
            $"{path} is locked by another process.",
            $"Find the process that holds it ({Finders} names it). Wait until it has finished, or stop it, then try again.", this),
        raw.SQLITE_NOTADB => new NotADatabaseException(path,
            $"{path} is not an SQLite database: {Sentence.End(Message)}",
            "Check the path. If it was a database, restore a backup of it.", this),
        raw.SQLITE_CORRUPT => new DatabaseDamagedException(path,
            $"{path} is damaged: {Sentence.End(Message)}",
            $"Restore the newest good backup: {CommandName.RestoreDatabase} {OptionName.Latest}.", this),
        raw.SQLITE_FULL => NoSpace(path, this),
        raw.SQLITE_PERM or raw.SQLITE_AUTH or raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN when NeedsItsFolder(path) =>
            new AccessDeniedException(path,
            $"{path} is in WAL mode, and this user cannot write in its folder, or the folder is mounted read-only. " +
                "Even to read such a database, " +
                "SQLite must create its -wal and -shm files there.",
            "Mount the folder so that it can be written, or run as the user who owns it. For a snapshot or an archive that no process " +
                "writes to any more, " +
            $"copy {Path.GetFileName(path)} together with its -wal file, if there is one, to a folder that can be written, and back the " +
                $"copy up. Without a -wal file, sqlite3 \"file:{path}?immutable=1\" makes such a copy too (VACUUM INTO).", this),
        raw.SQLITE_PERM or raw.SQLITE_AUTH or raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN => new AccessDeniedException(path,
            $"{path} cannot be opened as needed: {Sentence.End(Message)}",
            "Run as the user who owns the database, and check that its folder can be written (SQLite keeps its journal there).", this),
        // A write beyond a quota or a file-size limit comes back as an I/O error.
        raw.SQLITE_IOERR when code is raw.SQLITE_IOERR_WRITE or raw.SQLITE_IOERR_TRUNCATE or raw.SQLITE_IOERR_SHMSIZE
            or raw.SQLITE_IOERR_FSYNC => NoSpace(path, this),
        _ => new DatabaseDamagedException(path, $"{path} cannot be read: {Message} (SQLite code {code}).",
            "Check the disk and the file system's log. If the file is damaged, restore the newest good backup.", this),
    };

    private static string Finders => OperatingSystem.IsWindows() ? "the Resource Monitor" : "fuser or lsof";

    private static bool NeedsItsFolder(string path) =>
        !OperatingSystem.IsWindows() && !UnixCalls.MayWrite(Path.GetDirectoryName(path)!) && LiveFileGuard.IsKnownWal(path);

    private static NotEnoughSpaceException NoSpace(string path, Exception inner) => new(path,
        $"The disk (or a quota or size limit) is full while working on {path}.", "Free space there, then try again; nothing was changed.",
        inner);

    /// <summary>Runs work on a database, and raises what SQLite says of it as an error of the engine.</summary>
    /// <param name="path">The database, which errors name.</param>
    /// <param name="work">The work.</param>
    public static T Explained<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException e)
        {
            throw e.Explain(path);
        }
    }

    /// <inheritdoc cref="Explained"/>
    public static async Task<T> ExplainedAsync<T>(string path, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (SqliteException e)
        {
            throw e.Explain(path);
        }
    }
}
