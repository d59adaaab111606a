using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Smoke;

namespace Postry.Ops.Engine.Operations.Drills;

/// <summary>The database of a drill, and the backup that is restored.</summary>
/// <param name="Database">Logical name of the database.</param>
/// <param name="Mode">The engine.</param>
/// <param name="Source">The name of the source.</param>
/// <param name="Identity">The identity of the source.</param>
/// <param name="Bytes">Size of the database in bytes.</param>
/// <param name="Address">The address of the source; null where only the backup is known.</param>
/// <param name="Backup">The backup that exists; null for a fresh one.</param>
internal sealed record DrillSubject(string Database, DatabaseMode Mode, string Source, string Identity, long Bytes,
    DatabaseAddress? Address, LoadedBackup? Backup)
{
    /// <summary>Finds both. Errors: those of reaching the database, and of choosing a backup; InvalidRequest for runtime files, and for a
    /// backup that proves nothing.</summary>
    public static async Task<DrillSubject> FindAsync(OpsSettings settings, DrillRequest request,
        Func<OpsSettings, DatabaseAddress, IDatabase> databases, CancellationToken cancellation)
    {
        if (request.Fresh is { } fresh)
        {
            await using var database = databases(settings, fresh.Source);
            var facts = await database.DescribeAsync(cancellation);
            return new(fresh.Database ?? facts.Database, database.Mode, facts.Name, facts.Identity ?? facts.Name, facts.Bytes,
                fresh.Source, null);
        }

        var target = request.Source is { } source ? await LocateAsync(settings, source, databases, cancellation) : null;
        var backup = new BackupCatalog(settings).Load(request.Backup!, target);
        var set = backup.Set;
        if (set.Mode == DatabaseMode.Runtime)
            throw new InvalidRequestException(set.Id, $"{set.Id} is an archive of runtime files, and a drill restores a database.",
                $"Test it with {CommandName.TestBackup} {OptionName.Level} Restore.");
        if (BackupTrust.FindProblem(set, allowUnverified: false, settings.Keys) is { } distrust) throw distrust;
        if (set is { Legacy: false, Tables.Count: 0 })
            throw new InvalidRequestException(set.Id, $"{set.Id} holds no table, so a drill with it would prove nothing.",
                $"Choose another backup: {CommandName.ListBackups} shows what each holds.");
        return new(set.Database, set.Mode, set.Source, set.SourceIdentity, set.SourceBytes, request.Source, backup);
    }

    /// <summary>The smoke checks that the restored copy of this database is asked.</summary>
    public SmokeRequest ChecksOf(DrillRequest request, DatabaseAddress copy) => (request.Smoke ?? new SmokeRequest()) with
    {
        Database = copy,
        // Backups of an entry have its name, and of a backup that is named nothing else is known.
        StandsFor = new CopiedDatabase(Address, request.Entry ?? (Address is null ? Database : null)),
    };

    /// <summary>Sees to it that the smoke checks that are named exist, before anything begins. Errors: SourceNotFound, InvalidRequest,
    /// ConfigurationInvalid.</summary>
    public void RequireChecks(OpsSettings settings, DrillRequest request, IOperationObserver observer)
    {
        // The copy does not exist yet, and a plan of checks opens no database.
        DatabaseAddress copy = Mode == DatabaseMode.Sqlite ? new SqliteAddress(Path.GetFullPath("copy"))
            : PostgresAddress.Parse("postgresql://localhost/copy");
        new SmokeOperation(settings, observer).Plan(ChecksOf(request, copy));
    }

    private static async Task<RestoreTarget> LocateAsync(OpsSettings settings, DatabaseAddress source,
        Func<OpsSettings, DatabaseAddress, IDatabase> databases, CancellationToken cancellation)
    {
        await using var database = databases(settings, source);
        return await database.LocateAsync(cancellation);
    }
}
