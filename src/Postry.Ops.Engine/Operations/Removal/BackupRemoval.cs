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
/// <param name="listed">Every set of the backup root, where the caller is the one writer and has listed them: then a removal of many does
/// not read all manifests anew for each. Null to list them when they are needed.</param>
internal sealed class BackupRemoval(OpsSettings settings, IOperationObserver observer, IReadOnlyCollection<BackupSet>? listed = null)
{
    private readonly IBackupStore _store = BackupStores.Of(settings);
    private readonly BackupCatalog _catalog = new(settings);
    private readonly BackupPins _pins = new(BackupStores.Of(settings), settings.Keys);
    private readonly HashSet<string> _removed = new(StringComparer.Ordinal);

    /// <summary>Plans the removal of a set. The method only reads. Errors: BackupPinned, and RestoreRefused if a restore still
    /// needs the set.</summary>
    public RemovalPlan Plan(BackupSet set)
    {
        Require(set);
        var named = set.Mode == DatabaseMode.Runtime ? null : set.Runtime.File;
        var foreign = named is null ? null : FindFilesObstacle(set, named);
        var runtime = foreign is null ? named : null;
        var bytes = (_store.Size(ArtefactKey(set)) ?? 0) + (runtime is null ? 0 : _store.Size(RuntimeKey(runtime)) ?? 0);
        var last = LastGood([set]).Count > 0;
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
        if (LastGood(sets) is not [{ } last, ..] all) return;
        throw new LastBackupException(last.Id, $"Nothing was removed. No good backup would be left of " +
            $"{string.Join(", ", all.Select(set => $"{set.Database} ({set.Id})"))}.",
            $"Keep the newest one, or allow the removal of the last good backup with {OptionName.AllowLast}.");
    }

    /// <summary>Removes a set. Errors: LastBackup, BackupPinned, RestoreRefused, DatabaseBusy, AccessDenied,
    /// SourceNotFound.</summary>
    public async Task<RemovalPlan> RunAsync(BackupSet set, bool allowLast, CancellationToken cancellation)
    {
        Require(set);
        using var writer = await _store.OpenForWritingAsync(cancellation);
        if (!allowLast) RequireOthers([set]);
        return Remove(writer, set);
    }

    /// <summary>Removes a set as the one writer. Errors: BackupPinned, RestoreRefused, AccessDenied, SourceNotFound.</summary>
    public RemovalPlan Remove(IStoreWriter writer, BackupSet set)
    {
        var manifest = Require(set);
        if (!_store.Exists(manifest))
            throw new SourceNotFoundException(set.ManifestFile, $"{set.Id} has been removed already.",
                $"{CommandName.ListBackups} lists what is there.");
        var plan = Plan(set);
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

        _removed.Add(set.ManifestFile);
        observer.Report(new BackupRemoved(set, plan.RuntimeFile, plan.Bytes));
        return plan;
    }

    private IEnumerable<BackupSet> All() => (listed ?? _catalog.All()).Where(set => !_removed.Contains(set.ManifestFile));

    /// <summary>The newest good set of each database that would have none any more.</summary>
    private List<BackupSet> LastGood(IReadOnlyCollection<BackupSet> removed)
    {
        var gone = removed.Select(set => set.ManifestFile).ToHashSet(StringComparer.Ordinal);
        // Not a list: of ten thousand sets the first ones mostly answer for all.
        var left = All().Where(set => !gone.Contains(set.ManifestFile) && set.BeforeRestore is null);
        return [.. removed.Where(set => set.BeforeRestore is null && Rank(set) > 0)
            .GroupBy(set => (set.SourceIdentity, set.Mode))
            .Select(group => (Best: group.OrderByDescending(Rank).ThenByDescending(set => set.SnapshotAt).First(), group.Key))
            .Where(group => !left.Any(set => (set.SourceIdentity, set.Mode) == group.Key && Rank(set) >= Rank(group.Best)))
            .Select(group => group.Best)];
    }

    // Without the key nobody can tell a good set from a forged one, so each may be the last good one.
    private static int Rank(BackupSet set) => set.Status switch
    {
        BackupStatus.Complete => 3,
        BackupStatus.Suspicious => 2,
        BackupStatus.Unverified => 1,
        _ => 0,
    };

    /// <summary>The set of a database that a runtime archive belongs to, or null.</summary>
    private BackupSet? WholeOf(BackupSet archive) => All().FirstOrDefault(other =>
        other.Mode != DatabaseMode.Runtime && Path.GetFileName(other.Runtime.File) == Path.GetFileName(archive.BackupFile));

    /// <summary>
    /// Returns the reason why a runtime archive is not removed with the set that names it, or null. A manifest may be forged, and must not
    /// reach files that do not belong to its set.
    /// </summary>
    private string? FindFilesObstacle(BackupSet set, string archive)
    {
        // The sets are compared by name, because this one may have been found through a link.
        if (All().FirstOrDefault(other => other.Mode != DatabaseMode.Runtime
            && !SameName(other.ManifestFile, set.ManifestFile) && SameName(other.Runtime.File, archive)) is { } other)
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

    private static bool SameName(string? one, string? other) => Path.GetFileName(one) == Path.GetFileName(other);

    private static string RuntimeKey(string archive) => $"{BackupKeys.RuntimeFolder}/{Path.GetFileName(archive)}";

    private string ArtefactKey(BackupSet set) => ManifestReader.ArtefactOf(_store.KeyOf(set.ManifestFile)!);

    /// <summary>Key of a set's manifest. Errors: InvalidRequest where it is not in the backup root, or belongs to another set;
    /// BackupPinned, RestoreRefused.</summary>
    private string Require(BackupSet set)
    {
        if (_store.KeyOf(set.ManifestFile) is not { } manifest || BackupKeys.FolderOf(manifest) != BackupLayout.FolderOf(set.Mode))
            throw new InvalidRequestException(set.BackupFile,
                $"{set.BackupFile} is not in the backup root {settings.BackupRoot}.",
                $"Name its backup root with {OptionName.BackupRoot}.");
        if (set.Mode == DatabaseMode.Runtime && WholeOf(set) is { } whole)
        {
            throw new InvalidRequestException(set.BackupFile,
                $"{set.BackupFile} holds the runtime files of the backup {whole.Id} of {whole.Database}: the two are removed together.",
                $"Remove the backup by its id: {CommandName.RemoveBackup} {OptionName.Id} {whole.Id}.");
        }

        if (FindNeed(set, set.Mode == DatabaseMode.Runtime || set.Runtime.File is not { } file ? null : RuntimeKey(file)) is { } need)
            throw need;
        // A restore in place keeps no other copy of what it replaced than the full backup that it made first.
        if (new RestoreRecords(settings).All().FirstOrDefault(record => record.PreviousCopy == set.Id
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
