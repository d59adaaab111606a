using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Postgres.Scratch;

/// <summary>
/// A folder with a subfolder that a server's user owns. The folder lies where that user can reach it, which another user than this one
/// cannot below a private backup root. A lock marks it as in use, so that the folder of a killed process can be recognised and swept.
/// </summary>
internal sealed class ServerFolder : IDisposable
{
    private const string Prefix = "postry-pg-";
    private const string LockName = "lock";
    private const string UserFolderName = "data";
    private const UnixFileMode Passable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly FileLock _lock;
    private readonly string _outer;

    private ServerFolder(string outer, FileLock held)
    {
        _outer = outer;
        _lock = held;
    }

    /// <summary>Full path of the folder that the server's user owns; nobody else can look into it.</summary>
    public string UserFolder => Path.Combine(_outer, UserFolderName);

    /// <summary>Creates a folder in the first suitable parent. Errors: AccessDenied.</summary>
    /// <param name="parents">Folders to make it in, the best first; the system's temporary ones are tried after them.</param>
    /// <param name="user">The user who must reach it.</param>
    /// <param name="longest">The maximum length of the full path in bytes.</param>
    public static ServerFolder Create(IEnumerable<string> parents, ServerUser user, int longest)
    {
        foreach (var parent in parents.Select(Files.RealPath).Concat(Temporary()).Distinct())
        {
            var outer = Path.Combine(parent, Prefix + Guid.NewGuid().ToString("N")[..12]);
            if (System.Text.Encoding.UTF8.GetByteCount(outer) + UserFolderName.Length + 1 > longest || !CanReach(parent, user)) continue;
            if (TryMake(outer, user) is { } made) return made;
        }

        throw new AccessDeniedException("a temporary server",
            $"There is no folder for the files of a server that {user.Name ?? "this user"} can use.",
            "Set TMPDIR to a folder with room for the database that every user may pass through.");
    }

    /// <summary>The folders below some parents whose owners have died, each with the lock on it.</summary>
    public static IEnumerable<ServerFolder> Abandoned(IEnumerable<string> parents)
    {
        foreach (var outer in parents.Select(Files.RealPath).Concat(Temporary()).Distinct().Where(Directory.Exists).SelectMany(Candidates))
        {
            var lockFile = Path.Combine(outer, LockName);
            // Another user could have put a link into a folder that everybody may write to.
            if (!ServerUser.Owns(outer)) continue;
            // A folder without a lock may be one that is just being made.
            if (!File.Exists(lockFile) && DateTime.UtcNow - Directory.GetLastWriteTimeUtc(outer) < TimeSpan.FromMinutes(1)) continue;
            FileLock? held = null;
            try
            {
                held = FileLock.TryAcquire(lockFile, outer);
            }
            catch (Exception e) when (e is OpsException or DirectoryNotFoundException)
            {
                // The folder belongs to another host, or its owner has just removed it.
            }

            if (held is not null) yield return new ServerFolder(outer, held);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Files.DeleteFolder(UserFolder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next sweep tries again.
            System.Diagnostics.Debug.WriteLine(e.Message);
        }

        _lock.Dispose();
        try
        {
            Files.DeleteFolder(_outer, recursive: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            System.Diagnostics.Debug.WriteLine(e.Message);
        }
    }

    private static IEnumerable<string> Candidates(string parent)
    {
        try
        {
            return Directory.GetDirectories(parent, Prefix + "*");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static ServerFolder? TryMake(string outer, ServerUser user)
    {
        FileLock? held = null;
        try
        {
            Files.CreatePrivateFolder(outer);
            // Locked and complete before the other user can reach it.
            held = FileLock.TryAcquire(Path.Combine(outer, LockName), outer);
            if (held is null) return null;
            var made = new ServerFolder(outer, held);
            Files.CreatePrivateFolder(made.UserFolder);
            if (user.Name is null || OperatingSystem.IsWindows()) return made;
            if (UnixCalls.TryChangeOwner(made.UserFolder, user.UserId, user.GroupId))
            {
                File.SetUnixFileMode(outer, Passable);
                return made;
            }

            made.Dispose();
            return null;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or AccessDeniedException || (e is IOException && !Files.IsDiskFull(e)))
        {
            held?.Dispose();
            return null;
        }
    }

    private static bool CanReach(string parent, ServerUser user)
    {
        if (OperatingSystem.IsWindows() || !Directory.Exists(parent) || !UnixCalls.MayWrite(parent)) return false;
        if (user.Name is null) return true;
        for (var folder = parent; folder is not null; folder = Path.GetDirectoryName(folder))
            if (!File.GetUnixFileMode(folder).HasFlag(UnixFileMode.OtherExecute)) return false;
        return true;
    }

    private static IEnumerable<string> Temporary() =>
        new[] { Path.GetTempPath(), "/var/tmp", "/tmp" }.Where(Directory.Exists).Select(Files.RealPath);
}
