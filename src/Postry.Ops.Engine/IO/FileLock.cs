using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Postry.Ops.Engine.Diagnostics;
using static System.FormattableString;

namespace Postry.Ops.Engine.IO;

/// <summary>The holder of a lock, as the lock file names it.</summary>
internal sealed record LockOwner(string Token, string Host, int ProcessId, string Operation, DateTime Since)
{
    public static LockOwner ForThisProcess() =>
        new(Guid.NewGuid().ToString("N"), Environment.MachineName, Environment.ProcessId, CurrentOperation.Name, DateTime.UtcNow);

    public override string ToString() => Invariant($"{Operation} by process {ProcessId} on {Host} since {Since:yyyy-MM-dd HH:mm:ss} UTC");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LockOwner))]
internal sealed partial class LockOwnerJson : JsonSerializerContext;

/// <summary>
/// An exclusive lock that ends with its process: an operating-system lock on a file whose text says who holds it.
/// A lock left by a dead process of this host is taken over; one of another host stays until somebody removes it, because this host cannot
/// know. Where the file system cannot make one more file, the folder is locked instead, because the commands that free space need locks,
/// too.
/// </summary>
internal sealed class FileLock : IDisposable, IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private const int LongestText = 4096;

    private static readonly ConcurrentDictionary<string, FileLock> Own = new(StringComparer.FromComparison(Files.NameComparison));

    // On Windows the mode of sharing is the lock, and whoever only reads who holds it does no harm; elsewhere it decides whether .NET locks
    // the file for one or for many.
    private static readonly FileShare Alone = OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None;

    private readonly FileStream? _stream;
    private readonly FolderLock _folder;
    private readonly string _path;
    private bool _isLeft;

    private FileLock(FileStream? stream, FolderLock folder, string path)
    {
        _stream = stream;
        _folder = folder;
        _path = path;
    }

    /// <summary>Takes the lock, waiting for its holder: for as long as the caller of the operation says, or else for the usual time, in
    /// which only a living holder of this host is waited for.</summary>
    /// <param name="path">Full path of the lock file.</param>
    /// <param name="target">The target, for errors.</param>
    /// <param name="usual">The usual time limit.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <param name="release">The command that removes the lock of a process on another host; null where only the file can be
    /// removed.</param>
    /// <exception cref="DatabaseBusyException">Another process holds it, or the file system does not keep locks.</exception>
    public static async Task<FileLock> AcquireAsync(string path, string target, TimeSpan usual, CancellationToken cancellation,
        string? release = null)
    {
        var wait = new LockWait(usual);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryAcquire(path, target, wait, release) is { } taken) return taken;
            var problem = InUse(path, target);
            if (wait.IsDue) wait.Report(problem);
            if (wait.IsOver)
                throw new DatabaseBusyException(target, problem,
                    $"Wait until it has finished, then run the command again. {LockWait.Longer}");
            await Task.Delay(PollInterval, cancellation);
        }
    }

    /// <summary>Waits while another process of this host holds the lock, if the caller of the operation has asked for that; then or at the
    /// deadline whoever goes on says what is in the way.</summary>
    /// <param name="path">Full path of the lock file.</param>
    /// <param name="target">The target, for the operator.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task WaitWhileHeldAsync(string path, string target, CancellationToken cancellation)
    {
        var wait = new LockWait(TimeSpan.Zero);
        while (wait is { IsAskedFor: true, IsOver: false } && IsHeldByAnother(path))
        {
            if (wait.IsDue) wait.Report(InUse(path, target));
            await Task.Delay(PollInterval, cancellation);
        }
    }

    private static string InUse(string path, string target) => $"{target} is in use: {ReadOwner(path)?.ToString() ?? "another process"}.";

    private static FileLock? TryAcquire(string path, string target, LockWait wait, string? release)
    {
        try
        {
            return TryAcquire(path, target, release);
        }
        catch (DatabaseBusyException) when (wait is { IsAskedFor: true, IsOver: false } && ForeignOwner(path) is not null)
        {
            return null;
        }
    }

    /// <summary>Takes the lock if nobody alive holds it.</summary>
    public static FileLock? TryAcquire(string path, string target, string? release = null)
    {
        // Another thread holds it without a file.
        if (Own.TryGetValue(path, out var own) && own._stream is null) return null;
        FileStream? stream;
        try
        {
            stream = OpenExclusive(path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new AccessDeniedException(target, $"The lock file {path} cannot be written: {e.Message}",
                "Run as a user who may write to this folder, or name another one.", e);
        }
        catch (IOException e) when (Files.IsDiskFull(e))
        {
            return TryAcquireFolder(path, target, e);
        }
        catch (IOException e) when (Files.IsUnwritable(e))
        {
            throw new AccessDeniedException(target, $"The lock file {path} cannot be written: {e.Message}",
                "Mend the file system, or name another folder.", e);
        }

        if (stream is null) return null;
        FolderLock? folder = null;
        try
        {
            RefuseForeign(stream, path, target, release);
            var owner = LockOwner.ForThisProcess();
            var isNamed = TryWrite(stream, owner);
            // The holder before us may have removed the file after we opened it: then ours is a lock on nothing.
            if ((!OperatingSystem.IsWindows() && !(isNamed ? ReadOwner(path)?.Token == owner.Token : IsSameFile(stream, path)))
                || (folder = FolderLock.TryShare(path)) is null)
            {
                stream.Dispose();
                return null;
            }

            RefuseBrokenLocks(path, target);
            return Own[path] = new FileLock(stream, folder, path);
        }
        catch (Exception e)
        {
            folder?.Dispose();
            var full = Files.IsDiskFull(e);
            // An empty lock file is nobody's.
            if (full && !OperatingSystem.IsWindows()) Files.TryDelete(path);
            stream.Dispose();
            if (!full) throw;
            throw Full(path, target, e);
        }
    }

    // The file cannot be made, so another holder of it could only be one without a file, too.
    private static FileLock? TryAcquireFolder(string path, string target, IOException full)
    {
        var folder = FolderLock.TryHoldAlone(path, out var isPossible);
        if (!isPossible) throw Full(path, target, full);
        if (folder is null) return null;
        var taken = new FileLock(null, folder, path);
        if (Own.TryAdd(path, taken)) return taken;
        folder.Dispose();
        return null;
    }

    /// <summary>True where a living process of this host holds the lock.</summary>
    public static bool IsHeld(string path)
    {
        if (!File.Exists(path)) return Own.ContainsKey(path) || FolderLock.IsHeldAlone(path);
        // Where nothing can be written, a lock that others may share shows as well whether somebody holds the file alone.
        return !CanLock(path, FileAccess.ReadWrite, Alone) && !CanLock(path, FileAccess.Read, FileShare.Read);
    }

    // Where this user may not even read the file, to assume a living holder is the careful guess.
    private static bool CanLock(string path, FileAccess access, FileShare share)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, access, share);
            return true;
        }
        catch (FileNotFoundException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>True where another process holds the lock.</summary>
    public static bool IsHeldByAnother(string path) => !Own.ContainsKey(path) && IsHeld(path);

    /// <summary>The holder that the lock file names; null if there is none or the file cannot be read.</summary>
    public static LockOwner? ReadOwner(string path)
    {
        try
        {
            var text = new byte[LongestText];
            using var handle = OperatingSystem.IsWindows() ? File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete)
                : UnixCalls.OpenUnlocked(path);
            return Parse(new MemoryStream(text, 0, RandomAccess.Read(handle, text, 0)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The holder that the lock file names, if it is a process of another host; else null.</summary>
    public static LockOwner? ForeignOwner(string path) => ReadOwner(path) is { } owner && owner.Host != Environment.MachineName ? owner
        : null;

    /// <summary>Removes the lock that a process of another host has left. Returns the owner; null where there is no such lock, or a living
    /// process of this host holds it.</summary>
    public static string? RemoveForeign(string path)
    {
        if (ForeignOwner(path) is not { } owner || IsHeld(path)) return null;
        Files.Delete(path);
        return owner.ToString();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isLeft) return;
        _isLeft = true;
        // The file is removed while the lock is still held, so that the next one finds either nothing or a free file.
        if (_stream is not null)
        {
            if (OperatingSystem.IsWindows()) _stream.SetLength(0);
            else Files.TryDelete(_path);
            _stream.Dispose();
        }

        _folder.Dispose();
        // Another thread may have taken it meanwhile.
        Own.TryRemove(new KeyValuePair<string, FileLock>(_path, this));
    }

    private static NotEnoughSpaceException Full(string path, string target, Exception e) => new(target,
        $"The disk is full: not even the lock file {path} could be written.", "Free space there, then try again.", e);

    private static FileStream? OpenExclusive(string path)
    {
        // An unbuffered stream has nothing left to write when the file is closed, so that closing cannot fail.
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = Alone,
            BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            var stream = new FileStream(path, options);
            Files.OnAppeared?.Invoke(path, null);
            return stream;
        }
        catch (Exception e) when (e is DirectoryNotFoundException || Files.IsDiskFull(e) || Files.IsUnwritable(e))
        {
            throw;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void RefuseForeign(FileStream stream, string path, string target, string? release)
    {
        if (Parse(stream) is { } owner && owner.Host != Environment.MachineName)
        {
            throw new DatabaseBusyException(target, $"{target} was locked from another host: {owner}.",
                $"If it still runs there, wait for it: {LockWait.Longer} If nothing runs there any more, " +
                $"{(release is null ? "" : $"run {release}, or ")}remove {path}.");
        }
    }

    private static void RefuseBrokenLocks(string path, string target)
    {
        if (!IsHeld(path) && File.Exists(path))
        {
            throw new DatabaseBusyException(target, $"The file system of {path} does not keep locks.",
                "Two commands could write at once there. Use a folder on a file system with working locks.");
        }
    }

    // On a full disk the lock holds without a name, because the commands that free space need it too.
    private static bool TryWrite(FileStream stream, LockOwner owner)
    {
        stream.SetLength(0);
        stream.Position = 0;
        try
        {
            JsonSerializer.Serialize(stream, owner, LockOwnerJson.Default.LockOwner);
            stream.Flush();
            return true;
        }
        catch (IOException e) when (Files.IsDiskFull(e) && !OperatingSystem.IsWindows())
        {
            stream.SetLength(0);
            return false;
        }
    }

    // A time is the only mark that a file can take without space. A random one belongs to no other file, even where the file system keeps
    // whole seconds.
    private static bool IsSameFile(FileStream stream, string path)
    {
        File.SetLastWriteTimeUtc(stream.SafeFileHandle, DateTime.UnixEpoch.AddSeconds(Random.Shared.Next(1_000_000_000)));
        return File.Exists(path) && File.GetLastWriteTimeUtc(path) == File.GetLastWriteTimeUtc(stream.SafeFileHandle);
    }

    private static LockOwner? Parse(Stream stream)
    {
        try
        {
            return stream.Length == 0 ? null : JsonSerializer.Deserialize(stream, LockOwnerJson.Default.LockOwner);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
