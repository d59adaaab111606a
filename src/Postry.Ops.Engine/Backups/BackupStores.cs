using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>The one place that knows which kinds of stores there are.</summary>
internal static class BackupStores
{
    /// <summary>The store that the settings name.</summary>
    public static IBackupStore Of(OpsSettings settings) => new LocalBackupStore(settings.BackupRoot);

    /// <summary>The store in a folder that gets copies.</summary>
    /// <param name="folder">Full path of the folder.</param>
    /// <param name="waitForOtherWriter">How long to wait for another writer.</param>
    public static IBackupStore At(string folder, TimeSpan waitForOtherWriter) =>
        new LocalBackupStore(folder) { WaitForOtherWriter = waitForOtherWriter };

    /// <summary>The keys in a folder of keys. Errors: AccessDenied.</summary>
    public static IReadOnlyList<string> List(IBackupStore store, string folder)
    {
        try
        {
            return store.List(folder);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Denied(store.Name, e);
        }
    }

    /// <summary>The error for a place of backups that this user may not look into.</summary>
    public static AccessDeniedException Denied(string store, UnauthorizedAccessException e) => new(store,
        $"This user may not see which backups are in {store}: {e.Message}",
        $"Run as the user who makes the backups, or name another {OptionName.BackupRoot}.", e);
}
