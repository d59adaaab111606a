using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>The lock of the one process that replaces the runtime files of a repo root.</summary>
internal static class RuntimeLock
{
    private static readonly TimeSpan WaitForOtherRestore = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Takes the lock; returns null if no runtime files are touched, or if the target's own lock is the same. Errors: DatabaseBusy,
    /// AccessDenied.
    /// </summary>
    /// <param name="root">Full path of the repo root, or null.</param>
    /// <param name="target">The target whose lock is held already.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<FileLock?> TakeAsync(string? root, RestoreTarget target, CancellationToken cancellation) =>
        root is null || target.IsRuntime ? null
        : await FileLock.AcquireAsync(RestoreTarget.OfRuntime(root).LockFile, root, WaitForOtherRestore, cancellation);
}
