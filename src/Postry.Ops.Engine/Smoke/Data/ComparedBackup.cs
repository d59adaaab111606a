using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Data;

/// <summary>Finds the backup that a check of a database is about.</summary>
internal static class ComparedBackup
{
    /// <summary>The backup that was restored, otherwise the newest good one of the database; or the reason why there is none.</summary>
    public static async Task<(LoadedBackup? Backup, string? Problem)> FindAsync(SmokeTargets targets, DataTarget database,
        DatabaseAddress address, CancellationToken cancellation)
    {
        if (targets.Backup is { } restored) return (restored, null);
        try
        {
            return (await NewestAsync(targets, database, address, cancellation), null);
        }
        catch (OpsException e) when (e is not (DatabaseUnreachableException or DatabaseBusyException or AuthenticationFailedException))
        {
            return (null, $"There is no backup to compare with. {e.Message} {e.Hint}");
        }
    }

    /// <summary>The newest good backup of a database. Errors: SourceNotFound, SuspiciousBackup, AmbiguousBackup, those of a set whose
    /// signature cannot be checked, and without an entry those of reaching a server.</summary>
    public static async Task<LoadedBackup> NewestAsync(SmokeTargets targets, DataTarget database, DatabaseAddress address,
        CancellationToken cancellation)
    {
        // The name of an entry finds the backups of a server that is down; a file is known by its path.
        var name = address is PostgresAddress ? database.Entry : null;
        var target = name is null ? await LocateAsync(targets, address, cancellation) : null;
        return await Task.Run(() => new BackupCatalog(targets.Settings)
            .Load(new BackupSelector { Latest = true, Database = name }, target), cancellation);
    }

    private static async Task<RestoreTarget> LocateAsync(SmokeTargets targets, DatabaseAddress address, CancellationToken cancellation)
    {
        if (address is not PostgresAddress server) return RestoreTarget.OfFile(address.Name);
        await using var live = new PostgresDatabase(targets.Settings, server, SilentObserver.Instance);
        return await live.LocateAsync(cancellation);
    }
}
