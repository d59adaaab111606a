using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>Keeps a job from running twice at the same time in the same backup root.</summary>
internal static class JobLock
{
    /// <summary>Name of the folder of the locks.</summary>
    public const string FolderName = ".jobs";

    /// <summary>Takes the lock of a job. Errors: DatabaseBusy where the job is running, AccessDenied, NotEnoughSpace.</summary>
    /// <param name="settings">The backup root.</param>
    /// <param name="job">The name of the job.</param>
    /// <param name="mayWait">True to wait as long as the caller of the operation allows.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<IDisposable> TakeAsync(OpsSettings settings, string job, bool mayWait, CancellationToken cancellation)
    {
        var folder = Path.Combine(settings.BackupRoot, FolderName);
        try
        {
            Files.CreatePrivateFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && !Files.IsDiskFull(e))
        {
            throw new AccessDeniedException(settings.BackupRoot, $"The backup root {settings.BackupRoot} cannot be written: {e.Message}",
                $"Run as a user who may write there, or name another {OptionName.BackupRoot}.", e);
        }

        var (path, target) = (Path.Combine(folder, job + BackupKeys.LockSuffix), $"The job {job}");
        if (mayWait) return await FileLock.AcquireAsync(path, target, TimeSpan.Zero, cancellation);
        return FileLock.TryAcquire(path, target) ?? throw new DatabaseBusyException(target,
            $"{target} is in use: {FileLock.ReadOwner(path)?.ToString() ?? "another process"}.", "Wait until it has finished.");
    }
}
