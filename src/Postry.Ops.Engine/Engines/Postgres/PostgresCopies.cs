using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres;

/// <summary>The previous copies of a database: each is a database, some schemas, or the safety backup of a restore in place.</summary>
/// <param name="settings">The settings, with the backup root.</param>
/// <param name="address">The live database.</param>
/// <param name="server">The session on its server.</param>
internal sealed class PostgresCopies(OpsSettings settings, PostgresAddress address, TargetSession server)
{
    private readonly SchemaCopies _schemas = new(StagedRestore.Writable(address));

    /// <summary>Size of a copy in bytes; 0 where there is none.</summary>
    public async Task<long> SizeAsync(string copy, CancellationToken cancellation)
    {
        if (SchemaCopies.IsSchemaCopy(copy)) return await _schemas.SizeAsync(copy, cancellation);
        if (!KeptNames.IsKept(copy)) return new BackupCatalog(settings).All().FirstOrDefault(set => set.Id == copy)?.SizeBytes ?? 0;
        var session = await server.OpenAsync(cancellation);
        // Some may see that there is a database, and not how large it is.
        return await ServerDatabases.OidAsync(session, copy, cancellation) is null ? 0
            : Math.Max(1, await ServerDatabases.SizeAsync(session, copy, cancellation));
    }

    /// <summary>Removes a copy and returns its bytes. A safety backup stays, because it is a backup like all others.</summary>
    public async Task<long> RemoveAsync(string copy, CancellationToken cancellation)
    {
        var bytes = await SizeAsync(copy, cancellation);
        if (SchemaCopies.IsSchemaCopy(copy)) await _schemas.DropAsync(copy, cancellation);
        else if (KeptNames.IsKept(copy))
            await ServerDatabases.DropAsync(await server.OpenAsync(cancellation), copy, cancellation);
        return bytes;
    }

    /// <summary>Returns the error for a restore whose copy is gone; null if the restore can be undone.</summary>
    public async Task<OpsException?> FindUndoObstacleAsync(RestoreRecord record, CancellationToken cancellation) =>
        record.Strategy == RestoreStrategy.New || (record.PreviousCopy is { } copy && await SizeAsync(copy, cancellation) > 0) ? null
        : new SourceNotFoundException(record.RestoreId,
            $"The copy of the database from before the restore {record.RestoreId} is " +
                $"missing{(record.PreviousCopy is null ? "" : $": {record.PreviousCopy}")}.",
            $"Restore an older backup instead: {CommandName.RestoreDatabase} {OptionName.Before}.");
}
