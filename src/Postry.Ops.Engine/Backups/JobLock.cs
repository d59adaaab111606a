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
    public static async Task<IDisposable> TakeAsync(OpsSettings settings, string job, TimeSpan wait, CancellationToken cancellation)
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

        return await FileLock.AcquireAsync(Path.Combine(folder, job + BackupKeys.LockSuffix), $"The job {job}", wait, cancellation);
    }
}
