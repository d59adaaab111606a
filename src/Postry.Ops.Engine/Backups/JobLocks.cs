using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>The locks that keep a job from running twice at the same time in the same backup root.</summary>
internal sealed class JobLocks(OpsSettings settings)
{
    /// <summary>Name of the folder of the locks.</summary>
    public const string FolderName = ".jobs";

    private string Folder => Path.Combine(settings.BackupRoot, FolderName);

    /// <summary>Takes the lock of a job, waiting as long as the caller of the operation allows. Errors: DatabaseBusy where the job is
    /// running, AccessDenied, NotEnoughSpace.</summary>
    public async Task<IDisposable> TakeAsync(string job, CancellationToken cancellation)
    {
        MakeFolder();
        return await FileLock.AcquireAsync(PathOf(job), TargetOf(job), TimeSpan.Zero, cancellation, Release);
    }

    /// <summary>Takes the lock of a job; null where another process of this host is running it. Errors: DatabaseBusy for a lock of another
    /// host, whose process nobody here can see; AccessDenied, NotEnoughSpace.</summary>
    public IDisposable? TryTake(string job)
    {
        MakeFolder();
        return FileLock.TryAcquire(PathOf(job), TargetOf(job), Release);
    }

    /// <summary>True where a living process of this host runs the job.</summary>
    public bool IsRunning(string job) => FileLock.IsHeld(PathOf(job));

    /// <summary>The process that holds the lock of a job, in words.</summary>
    public string HolderOf(string job) => FileLock.ReadOwner(PathOf(job))?.ToString() ?? "another process";

    /// <summary>Full paths of the locks that processes of other hosts have left, or hold.</summary>
    public IReadOnlyList<string> Foreign() => Directory.Exists(Folder)
        ? [.. Directory.EnumerateFiles(Folder, "*" + BackupKeys.LockSuffix).Where(path => FileLock.ForeignOwner(path) is not null)] : [];

    /// <summary>Removes the locks that processes of other hosts have left. Returns the owners. Locks of this host end with their
    /// processes.</summary>
    public IReadOnlyList<string> Unlock() => [.. Foreign().Select(FileLock.RemoveForeign).OfType<string>()];

    private string Release => LocalBackupStore.ReleaseCommand(settings.BackupRoot);

    private string PathOf(string job) => Path.Combine(Folder, job + BackupKeys.LockSuffix);

    private static string TargetOf(string job) => $"The job {job}";

    private void MakeFolder()
    {
        try
        {
            Files.CreatePrivateFolder(Folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && !Files.IsDiskFull(e))
        {
            throw new AccessDeniedException(settings.BackupRoot, $"The backup root {settings.BackupRoot} cannot be written: {e.Message}",
                $"Run as a user who may write there, or name another {OptionName.BackupRoot}.", e);
        }
    }
}
