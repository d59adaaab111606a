using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Backup;

namespace Postry.Ops.Engine.Operations.Restore;

/// <summary>
/// The backup of the contents that a restore in place, or its undo, is about to replace. Neither keeps a copy; the undo of such a restore
/// restores the backup instead.
/// </summary>
internal sealed class SafetyBackup(OpsSettings settings, IBackupSource database, IOperationObserver observer)
{
    /// <summary>Makes it, and writes its id into the journal.</summary>
    public async Task MakeAsync(SwapLog log, CancellationToken cancellation)
    {
        observer.Detail("Restoring in place: a full backup of what is live comes first.");
        var request = new BackupRequest
        {
            Source = database.Address,
            NoRuntime = true,
            Label = $"before the {(log.Journal.Kind == JournalKind.Undo ? "undo of the " : "")}in-place restore {log.Journal.RestoreId}",
            BeforeRestore = log.Journal.RestoreId,
        };
        var made = await new BackupOperation(settings, database, observer).RunAsync(request, cancellation);
        log.Note(journal => journal with { Previous = made.Id, Server = journal.Server! with { SafetyBackup = made.Id } });
    }

    /// <summary>The one that a restore made; null where it kept a copy instead. Errors: those of a set that cannot be trusted.</summary>
    public LoadedBackup? Of(RestoreRecord record)
    {
        if (record.Strategy != RestoreStrategy.InPlace) return null;
        var backup = new BackupCatalog(settings).Load(new BackupSelector { Id = record.PreviousCopy }, null);
        if (BackupTrust.FindProblem(backup.Set, allowUnverified: false, settings.Keys) is { } distrust) throw distrust;
        return backup;
    }
}
