using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Status;
using Postry.Ops.Engine.Storage;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Backup;

/// <summary>Compares the room in the backup root with the room that a backup is expected to need, before it writes anything.</summary>
/// <param name="settings">The backup root.</param>
/// <param name="source">The source of the backup.</param>
/// <param name="observer">Hears of a backup that may not fit.</param>
internal sealed class BackupSpace(OpsSettings settings, IBackupSource source, IOperationObserver observer)
{
    // A new backup is expected to be a tenth larger than the old ones say.
    private const double Margin = 1.1;

    // Rows of texts become a fifth, and images stay as they are.
    private const double FirstRatio = 0.7;

    private readonly IBackupStore _store = BackupStores.Of(settings);

    /// <summary>Refuses a backup for which there will not be enough room, unless the request says to go on. Of a first backup nobody knows
    /// how large it will be, so that only a warning is possible. Errors: NotEnoughSpace.</summary>
    public void Require(BackupRequest request, SourceFacts facts)
    {
        var snapshot = source.SnapshotBytes(facts);
        if (_store.FreeBytes is not { } free) return;
        if (free < snapshot)
        {
            Refuse(request, facts, Invariant($"{Free(free)}; the snapshot of {facts.Name} alone needs {snapshot:N0}."));
            return;
        }

        // A restore in place backs up what it replaces, and is not stopped by a guess.
        if (request.BeforeRestore is not null) return;
        if (Expected(request, facts) is not { } expected)
        {
            if (free < snapshot + (long)(facts.Bytes * FirstRatio))
                observer.Warning(Invariant($"{Free(free)}; {facts.Name} has {facts.Bytes:N0}, so its first backup may not fit."));
            return;
        }

        var needed = snapshot + (long)(expected.Bytes * Margin);
        if (free >= needed) return;
        Refuse(request, facts, Invariant($"{Free(free)}; the backup of {facts.Name} is expected to need {needed:N0}")
            + (snapshot == 0 ? "" : Invariant($", of them {snapshot:N0} for its snapshot while it runs"))
            + Invariant($". The backup {expected.Newest.Id} took {Growth.BytesOf(expected.Newest):N0}, and the database has ")
            + Invariant($"{facts.Bytes:N0} bytes now instead of {expected.Newest.SourceBytes:N0}."));
    }

    private string Free(long free) => Invariant($"{settings.BackupRoot} has {free:N0} bytes free");

    private void Refuse(BackupRequest request, SourceFacts facts, string problem)
    {
        if (!request.SkipSpaceCheck)
            throw new NotEnoughSpaceException(settings.BackupRoot, problem,
                $"Free space there: {CommandName.Prune} removes the backups that no rule keeps. Or name another {OptionName.BackupRoot}. "
                + $"If it will fit all the same, go on with {OptionName.SkipSpaceCheck}.");
        observer.Warning($"{problem} The backup of {facts.Database} goes on, as {OptionName.SkipSpaceCheck} says.");
    }

    /// <summary>The size that the good backups before it let expect, with the newest of them; null where there is none that was made in the
    /// same way. The database and its part of the backup are taken to have grown or shrunk alike.</summary>
    private (long Bytes, BackupSet Newest)? Expected(BackupRequest request, SourceFacts facts)
    {
        var identity = facts.Identity ?? facts.Name;
        var isPart = request.Postgres is not { Schemas.Count: 0, ExcludeSchemas.Count: 0, ExcludeTableData.Count: 0 };
        var good = new BackupCatalog(settings).All().Where(set => set.Mode == source.Mode && set.SourceIdentity == identity
                && set is { Status: BackupStatus.Complete, BeforeRestore: null, Legacy: false } && (set.Scope is not null) == isPart)
            .OrderByDescending(set => set.SnapshotAt).ToList();
        if (good.Count == 0) return null;
        var newest = good[0];
        var growth = newest.SourceBytes > 0 ? (double)facts.Bytes / newest.SourceBytes : 1;
        var artefact = (long)(newest.SizeBytes * growth);
        // Data that does not compress becomes hardly larger than it is.
        if (newest.Mode == DatabaseMode.Sqlite) artefact = Math.Min(artefact, facts.Bytes);
        // Runtime files do not grow with the database.
        var hasRuntime = newest.Mode != DatabaseMode.Runtime && !request.NoRuntime && newest.Runtime.File is not null;
        var runtime = hasRuntime ? newest.Runtime.SizeBytes : 0;
        return (artefact + runtime, newest);
    }
}
