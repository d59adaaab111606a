using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;

namespace Postry.Ops.Engine.Backups;

/// <summary>Decides whether a backup may be used, by its signature and its stored bytes.</summary>
internal static class BackupTrust
{
    /// <summary>Returns the reason why the database of a set must not be restored, as far as the catalogue knows.</summary>
    public static OpsException? FindProblem(BackupSet set, bool allowUnverified, Keyring keys) =>
        set.DatabaseStatus switch
    {
        BackupStatus.Complete => null,
        BackupStatus.Unverified when allowUnverified => null,
        BackupStatus.Unverified => NewestBackup.Unverified(set, keys),
        BackupStatus.Tampered => new SignatureMismatchException(set.ManifestFile,
            $"The manifest of {set.Id} was changed after it was signed.", "Use another backup, and find out who changed this one."),
        BackupStatus.Invalid => new ManifestInvalidException(set.ManifestFile, $"{set.ManifestFile}: {set.DatabaseStatusDetail}",
            "Use another backup."),
        _ => new BackupCorruptException(set.BackupFile, $"{set.BackupFile}: {set.DatabaseStatusDetail}",
            "Use another backup, or bring back this file from a copy."),
    };

    /// <summary>Warns of a suspicious set. A test and a comparison change nothing, so they go on with one, which a restore uses only if it
    /// is named by its id.</summary>
    public static void WarnIfSuspicious(BackupSet set, IOperationObserver observer)
    {
        if (set.IsSuspicious)
            observer.Warning(
                $"{set.Id} is Suspicious: {set.Plausibility} A restore does not choose it unless it is named with {OptionName.Id} " +
                    $"{set.Id}.");
    }
}
