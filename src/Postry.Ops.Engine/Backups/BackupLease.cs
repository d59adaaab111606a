using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Backups;

/// <summary>Keeps a set from being removed while it is read.</summary>
internal static class BackupLease
{
    /// <summary>Takes the lease; null for a set outside of the backup root, and where this user cannot write. Errors: SourceNotFound where
    /// the set has been removed since it was found.</summary>
    public static IDisposable? Take(OpsSettings settings, BackupSet set)
    {
        var store = BackupStores.Of(settings);
        if (store.KeyOf(set.ManifestFile) is not { } manifest) return null;
        var lease = store.TryLease(manifest);
        // A removal hides the manifest before it looks for leases: one of the two sees the other.
        if (store.Exists(manifest)) return lease;
        lease?.Dispose();
        throw new SourceNotFoundException(set.ManifestFile, $"{set.Id} has been removed meanwhile.",
            $"{CommandName.ListBackups} lists what is there.");
    }
}
