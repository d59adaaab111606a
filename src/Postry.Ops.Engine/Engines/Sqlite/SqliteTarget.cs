using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>The file that a restore or an undo replaces, as it is before that.</summary>
/// <param name="path">Full path of the file, which need not exist.</param>
internal sealed class SqliteTarget(string path)
{
    /// <summary>The state of the target, the space that a restore needs there, and what forbids the restore.</summary>
    public TargetFacts Inspect(RestoreRequest request, LoadedBackup backup)
    {
        var exists = File.Exists(path);
        var bytes = exists ? SqliteFiles.Size(path) : 0;
        var hasFolder = Directory.Exists(Path.GetDirectoryName(path));
        var otherUse = exists ? FindOtherUse(request.Hooks.BeforeSwap is not null) : null;
        return new TargetFacts
        {
            Exists = exists,
            Bytes = bytes,
            SpaceNeeded = backup.Set.SourceBytes + SwapSpace(bytes, backup.Set.SourceBytes),
            SpaceFree = hasFolder ? Files.FreeSpace(path) : null,
            Problems = [.. new[] { FindAccessObstacle(), FindRequestProblem(request), otherUse }.OfType<OpsException>()],
        };
    }

    /// <summary>The bytes that a swap of the contents needs: the copy of what is live, and a log (of the new pages in WAL mode, of the old
    /// ones in rollback mode).</summary>
    public static long SwapSpace(long liveBytes, long stageBytes) => liveBytes == 0 ? 0 : liveBytes + Math.Max(liveBytes, stageBytes);

    private OpsException? FindAccessObstacle()
    {
        var folder = Path.GetDirectoryName(path)!;
        if (Directory.Exists(path))
            return new NotADatabaseException(path, $"{path} is a folder.", "Name the database file itself.");
        if (!Directory.Exists(folder))
            return new SourceNotFoundException(folder, $"The folder {folder} does not exist.",
                "Make it first, with the owner that the application needs.");
        return !OperatingSystem.IsWindows() && !UnixCalls.MayWrite(folder)
            ? new AccessDeniedException(folder, $"The folder {folder} cannot be written by this user.",
                "Run as the user who owns the database.")
            : null;
    }

    /// <summary>Returns the error for a file that is in use under another name as well, or null.</summary>
    /// <param name="usersAreStopped">True where a command before the swap stops those who use the file now; its other names stay.</param>
    public UsedUnderOtherNameException? FindOtherUse(bool usersAreStopped) =>
        usersAreStopped ? FileAliases.Find(path)
            : LiveFileGuard.FindObstacle(path, TimeSpan.Zero) as UsedUnderOtherNameException;

    private InvalidRequestException? FindRequestProblem(RestoreRequest request) =>
        request.Postgres == new PostgresRestoreOptions() ? null
        : new InvalidRequestException(path,
            $"A strategy, {OptionName.NoOwner}, {OptionName.FreezeWrites} and {OptionName.AllowReplicationBreak} are for PostgreSQL; " +
                "the target is a SQLite file.",
            "Leave them out.");
}
