using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Data;

/// <summary>Finds the backup that a check of a database is about.</summary>
internal static class ComparedBackup
{
    /// <summary>The backup that was restored, otherwise the newest good one of the database; or the reason why there is none.</summary>
    public static async Task<(LoadedBackup? Backup, string? Problem)> FindAsync(SmokeTargets targets, DataTarget target,
        IAddressable database, CancellationToken cancellation)
    {
        if (targets.Backup is { } restored) return (restored, null);
        try
        {
            return (await NewestAsync(targets, target, database, cancellation), null);
        }
        catch (OpsException e) when (e is not (DatabaseUnreachableException or DatabaseBusyException or AuthenticationFailedException))
        {
            return (null, $"There is no backup to compare with. {e.Message} {e.Hint}");
        }
    }

    /// <summary>The newest good backup of a database. Errors: SourceNotFound, SuspiciousBackup, AmbiguousBackup, those of a set whose
    /// signature cannot be checked, and without an entry those of reaching a server.</summary>
    public static async Task<LoadedBackup> NewestAsync(SmokeTargets targets, DataTarget target, IAddressable database,
        CancellationToken cancellation)
    {
        // The name of an entry finds the backups of a server that is down; a file is known by its path.
        var name = database.Mode == DatabaseMode.Postgres ? target.Entry : null;
        var place = name is null ? await database.LocateAsync(cancellation) : null;
        return await Task.Run(() => new BackupCatalog(targets.Settings)
            .Load(new BackupSelector { Latest = true, Database = name }, place), cancellation);
    }
}
