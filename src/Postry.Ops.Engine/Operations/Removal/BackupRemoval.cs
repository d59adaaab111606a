using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Operations.Removal;

/// <summary>Removes recovery sets whole: a database's artefact with the runtime files that belong to it, and both manifests.</summary>
/// <param name="settings">The backup root.</param>
/// <param name="observer">Hears of what was removed.</param>
/// <param name="listed">Every set of the backup root, where the caller only plans, or is the one writer, and has listed them: then a
/// removal of many does not read all manifests anew for each. Null to list them when they are needed.</param>
internal sealed class BackupRemoval(OpsSettings settings, IOperationObserver observer, IReadOnlyCollection<BackupSet>? listed = null)
{
    private readonly IBackupStore _store = BackupStores.Of(settings);
    private readonly BackupCatalog _catalog = new(settings);
    private readonly BackupPins _pins = new(BackupStores.Of(settings), settings.Keys);
    private RemovableSets? _sets = listed is null ? null : new RemovableSets(listed);
    private IReadOnlyList<RestoreRecord>? _restores;

    private RemovableSets Sets => _sets ??= new RemovableSets(_catalog.All());

    /// <summary>Plans the removal of a set. The method only reads. Errors: BackupPinned, and RestoreRefused if a restore still
    /// needs the set.</summary>
    public RemovalPlan Plan(BackupSet set)
    {
        Require(set);
        return Describe(set);
    }

    private RemovalPlan Describe(BackupSet set)
    {
        var named = set.Mode == DatabaseMode.Runtime ? null : set.Runtime.File;
        var foreign = named is null ? null : FindFilesObstacle(set, named);
        var runtime = foreign is null ? named : null;
        var bytes = (_store.Size(ArtefactKey(set)) ?? 0) + (runtime is null ? 0 : _store.Size(RuntimeKey(runtime)) ?? 0);
        var last = Sets.LastGood([set]).Count > 0;
        var when = set.Status == BackupStatus.Invalid ? ""
            : FormattableString.Invariant($", taken {set.SnapshotAt:yyyy-MM-dd HH:mm:ss} UTC");
        return new RemovalPlan(set, runtime, bytes, last,
            FormattableString
                .Invariant(
                $"Remove the backup {set.Id} of {set.Database}{when} ({bytes:N0} bytes")
            + $"{(runtime is null ? "" : $", with the runtime files: {set.Runtime}")}): {set.BackupFile}. Nothing can bring it back."
            + (foreign is null ? "" : $" {named} stays: {foreign}.")
            + (last ? $" It is the only good backup of {set.Database} here." : ""));
    }

    /// <summary>
    /// Refuses to remove sets that would leave a database without a good backup. The method comes before the first removal, because the
    /// last of several sets cannot bring back those before it. Errors: LastBackup.
    /// </summary>
    public void RequireOthers(IReadOnlyCollection<BackupSet> sets)
    {
        if (Sets.LastGood(sets) is not [{ } last, ..] all) return;
        throw new LastBackupException(last.Id, $"Nothing was removed. No good backup would be left of " +
            $"{string.Join(", ", all.Select(set => $"{set.Database} ({set.Id})"))}.",
            $"Keep the newest one, or allow the removal of the last good backup with {OptionName.AllowLast}.");
    }

    /// <summary>Removes a set. Errors: LastBackup, BackupPinned, RestoreRefused, DatabaseBusy, AccessDenied,
    /// SourceNotFound.</summary>
    public async Task<RemovalPlan> RunAsync(BackupSet set, bool allowLast, CancellationToken cancellation)
    {
        Require(set);
        using var writer = await OpenAsync(cancellation);
        if (!allowLast) RequireOthers([set]);
        return Remove(writer, set);
    }

    /// <summary>Removes sets one by one. One that cannot be removed does not keep the others. Errors: LastBackup before the first,
    /// DatabaseBusy, AccessDenied.</summary>
    /// <param name="sets">The sets.</param>
    /// <param name="allowLast">True where databases may be left without a good backup.</param>
    /// <param name="done">Hears of each set, with what was done or with what was in the way.</param>
    /// <param name="cancellation">Stops it between two sets.</param>
    public async Task RunAsync(IReadOnlyList<BackupSet> sets, bool allowLast, Action<BackupSet, RemovalPlan?, OpsException?> done,
        CancellationToken cancellation)
    {
        using var writer = await OpenAsync(cancellation);
        if (!allowLast) RequireOthers(sets);
        foreach (var set in sets)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                done(set, Remove(writer, set), null);
            }
            catch (OpsException e)
            {
                done(set, null, e);
            }
        }
    }

    /// <summary>Removes a set as the one writer. Errors: BackupPinned, RestoreRefused, AccessDenied, SourceNotFound.</summary>
    public RemovalPlan Remove(IStoreWriter writer, BackupSet set)
    {
        var manifest = Require(set);
        if (!_store.Exists(manifest))
            throw new SourceNotFoundException(set.ManifestFile, $"{set.Id} has been removed already.",
                $"{CommandName.ListBackups} lists what is there.");
        var plan = Describe(set);
        try
        {
            var archive = plan.RuntimeFile is { } runtime ? RuntimeKey(runtime) : null;
            var (artefact, pin) = (ArtefactKey(set), BackupPins.KeyOf(ArtefactKey(set)));
            var isGone = writer.Delete(manifest, archive is null ? [pin, artefact]
                : [archive, archive + BackupKeys.ManifestSuffix, pin, artefact], () => FindNeed(set, archive) is not null);
            if (!isGone) throw FindNeed(set, archive) ?? InUse(set, "a process that has just ended");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new AccessDeniedException(set.BackupFile, $"{set.BackupFile} cannot be removed: {e.Message}",
                "Run as the user who made the backup.", e);
        }

        Sets.Remove(set);
        observer.Report(new BackupRemoved(set, plan.RuntimeFile, plan.Bytes));
        return plan;
    }

    // The sets that were listed before the lock was taken may have changed.
    private async Task<IStoreWriter> OpenAsync(CancellationToken cancellation)
    {
        var writer = await _store.OpenForWritingAsync(cancellation);
        (_sets, _restores) = (null, null);
        return writer;
    }

    /// <summary>
    /// Returns the reason why a runtime archive is not removed with the set that names it, or null. A manifest may be forged, and must not
    /// reach files that do not belong to its set.
    /// </summary>
    private string? FindFilesObstacle(BackupSet set, string archive)
    {
        if (Sets.WithArchive(archive).FirstOrDefault(other => !RemovableSets.IsSame(other, set)) is { } other)
            return $"{other.Id} names this archive as well";
        var manifest = RuntimeKey(archive) + BackupKeys.ManifestSuffix;
        if (_store.Exists(manifest)
            && ManifestReader.Read(_store, manifest, settings.Keys).ReadableManifest is { Runtime: { } description })
            return description.Set == set.Id ? null
                : $"by its own manifest it {(description.Set is { } owner ? $"belongs to {owner}" : "was made alone")}";
        // If the archive does not name its set, only a signed manifest is trusted.
        return set.DatabaseStatus is BackupStatus.Complete or BackupStatus.Damaged ? null
            : $"{set.ManifestFile} is not verified, and the archive does not name its backup";
    }

    /// <summary>The error for a set that is pinned, or that somebody reads now; null for any other. Read anew each time.</summary>
    private OpsException? FindNeed(BackupSet set, string? archive)
    {
        var marked = _pins.Mark(set, ArtefactKey(set));
        if (marked.Pinned) return Pinned(marked);
        var reader = _store.ReaderOf(_store.KeyOf(set.ManifestFile)!)
            ?? (archive is null ? null : _store.ReaderOf(archive + BackupKeys.ManifestSuffix));
        return reader is null ? null : InUse(set, reader);
    }

    private static DatabaseBusyException InUse(BackupSet set, string reader) => new(set.BackupFile,
        $"{set.Id} is in use: {reader}.", "Wait until that has finished, then run the command again.");

    private static BackupPinnedException Pinned(BackupSet set) => new(set.BackupFile,
        $"{set.Id} is {PinText.Of(set) ?? "pinned"}{(set.PinnedBy is { } by ? $" (by {by})" : "")}. A pinned backup is not removed.",
        $"Unpin it first, if nobody needs it any more: {CommandName.UnpinBackup} {set.Id}");

    private static string RuntimeKey(string archive) => $"{BackupKeys.RuntimeFolder}/{Path.GetFileName(archive)}";

    private string ArtefactKey(BackupSet set) => ManifestReader.ArtefactOf(_store.KeyOf(set.ManifestFile)!);

    // A restore notes the backup that it made of what it replaces after it has made it, so its record may be newer than what was read.
    private IReadOnlyList<RestoreRecord> Restores(BackupSet set) => set.BeforeRestore is not null ? new RestoreRecords(settings).All()
        : _restores ??= new RestoreRecords(settings).All();

    /// <summary>Key of a set's manifest. Errors: InvalidRequest where it is not in the backup root, or belongs to another set;
    /// BackupPinned, RestoreRefused.</summary>
    private string Require(BackupSet set)
    {
        if (_store.KeyOf(set.ManifestFile) is not { } manifest || BackupKeys.FolderOf(manifest) != BackupLayout.FolderOf(set.Mode))
            throw new InvalidRequestException(set.BackupFile,
                $"{set.BackupFile} is not in the backup root {settings.BackupRoot}.",
                $"Name its backup root with {OptionName.BackupRoot}.");
        if (set.Mode == DatabaseMode.Runtime && Sets.WithArchive(set.BackupFile).FirstOrDefault() is { } whole)
        {
            throw new InvalidRequestException(set.BackupFile,
                $"{set.BackupFile} holds the runtime files of the backup {whole.Id} of {whole.Database}: the two are removed together.",
                $"Remove the backup by its id: {CommandName.RemoveBackup} {OptionName.Id} {whole.Id}.");
        }

        if (FindNeed(set, set.Mode == DatabaseMode.Runtime || set.Runtime.File is not { } file ? null : RuntimeKey(file)) is { } need)
            throw need;
        // A restore in place keeps no other copy of what it replaced than the full backup that it made first.
        if (Restores(set).FirstOrDefault(record => record.PreviousCopy == set.Id
            && record.Status is RestoreStatus.Committed or RestoreStatus.AwaitingVerdict or RestoreStatus.InProgress) is not { } record)
            return manifest;
        throw new RestoreRefusedException(set.Id,
            $"{set.Id} holds what the restore {record.RestoreId} of {record.Target} replaced: without it that restore cannot be undone.",
            $"Give up that undo first: {CommandName.RemovePreviousCopy} {OptionName.RestoreId} {record.RestoreId}.");
    }
}

/// <summary>The result of planning a removal.</summary>
/// <param name="Backup">The set.</param>
/// <param name="RuntimeFile">The runtime archive that is removed with it, or null.</param>
/// <param name="Bytes">The space in bytes that becomes free.</param>
/// <param name="IsLastGood">True if the backup root has no other good backup of the same database.</param>
/// <param name="Summary">The text of the question.</param>
public sealed record RemovalPlan(BackupSet Backup, string? RuntimeFile, long Bytes, bool IsLastGood, string Summary)
{
    /// <inheritdoc/>
    public override string ToString() => Summary;
}
