using System.Collections.Concurrent;
using System.IO.Enumeration;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>Finds the sets of a backup root and says what each is worth. Reads only.</summary>
internal sealed class BackupCatalog(OpsSettings settings)
{
    private readonly IBackupStore _store = BackupStores.Of(settings);
    private readonly BackupPins _pins = new(BackupStores.Of(settings), settings.Keys);

    /// <summary>The sets that fit, newest first; with Latest the newest good one. Errors with Latest: SourceNotFound, AmbiguousBackup,
    /// SuspiciousBackup, and those of a set whose signature cannot be checked.</summary>
    public IReadOnlyList<BackupSet> List(BackupQuery query)
    {
        var now = DateTime.UtcNow;
        var sets = All();
        var before = query.BeforeTag is { } tag
            ? new TagBeginnings(sets.Where(set => IsOf(set, query)), tag, query.Database, settings.BackupRoot) : null;
        var all = query.Statuses?.Contains(ListedStatus.Orphan) == true ? sets.Concat(OrphanedArtefacts.Of(settings)) : sets;
        var fitting = all.Where(set => Fits(set, query, now) && before?.IsOlder(set) != false).OrderByDescending(set => set.SnapshotAt)
            .ThenBy(set => set.Id, StringComparer.Ordinal).ToList();
        if (!query.Latest) return fitting;
        before?.RequireCertain(sets);
        // A backup of the old scripts does not name its database, so it is never the newest of a database that the caller has not named.
        // -Latest never selects a runtime-only archive unless the caller asks for one.
        var candidates = fitting.Where(set => (!set.Legacy || query.Database is not null || query.Ids is not null)
            && (query.Mode is not null || set.Mode != DatabaseMode.Runtime)).ToList();
        var good = candidates.Where(set => set.BeforeRestore is null && set.Status is BackupStatus.Complete or BackupStatus.Suspicious)
            .ToList();
        NewestBackup.RequireOneDatabase(good);
        NewestBackup.RequireNoDoubt(good);
        // A drill that passes the newest backup on to a test must not succeed because there is nothing to test.
        return good.Count > 0 ? [good[0]] : throw new NewestBackup(settings).NoneGood(candidates);
    }

    /// <summary>Every set, in no order: databases with the runtime files that belong to them, and runtime archives that were made
    /// alone.</summary>
    public IReadOnlyCollection<BackupSet> All() => [.. LoadAll().Select(new BackupProofs(settings).Mark)];

    /// <summary>Every runtime archive, whether it belongs to the set of a database or was made alone.</summary>
    public IReadOnlyCollection<BackupSet> RuntimeArchives() => [.. LoadArchives().Select(backup => backup.Set)];

    private List<LoadedBackup> LoadAll()
    {
        var databases = LoadDatabases();
        var bound = databases.Select(backup => backup.Set.Runtime.File).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return [.. databases, .. LoadFolder(BackupKeys.RuntimeFolder,
            manifest => !bound.Contains(_store.NameOf(ManifestReader.ArtefactOf(manifest))))];
    }

    private ConcurrentBag<LoadedBackup> LoadDatabases() => LoadFolder(BackupKeys.DatabaseFolder, _ => true);

    private ConcurrentBag<LoadedBackup> LoadArchives() => LoadFolder(BackupKeys.RuntimeFolder, _ => true);

    private ConcurrentBag<LoadedBackup> LoadFolder(string folder, Func<string, bool> wanted)
    {
        var backups = new ConcurrentBag<LoadedBackup>();
        var keys = BackupStores.List(_store, folder);
        var pins = keys.Where(key => key.EndsWith(BackupKeys.PinSuffix, StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        var manifests = keys.Where(key => ManifestReader.IsManifest(key)
            && (!LegacyMetadata.IsAt(key) || ManifestReader.ManifestOf(_store, ManifestReader.ArtefactOf(key)) == key));
        Parallel.ForEach(manifests.Where(wanted), key =>
        {
            if (TryLoad(key) is { } backup)
                backups.Add(pins.Contains(BackupPins.KeyOf(backup.ArtefactKey))
                    ? backup with { Set = _pins.Mark(backup.Set, backup.ArtefactKey) } : backup);
        });
        return backups;
    }

    /// <summary>A selector with a time in the place of a tag: the moment of the first set of the target's database that has it. Errors:
    /// SourceNotFound where none has it, AmbiguousBackup.</summary>
    public BackupSelector Timed(BackupSelector selector, RestoreTarget? target) =>
        selector.BeforeTag is null ? selector : Timed(selector, target, Pool(target));

    private BackupSelector Timed(BackupSelector selector, RestoreTarget? target, IReadOnlyCollection<LoadedBackup> pool)
    {
        if (selector.BeforeTag is not { } tag) return selector;
        var sets = pool.Select(backup => backup.Set).Where(set => (set.Mode == DatabaseMode.Runtime) == (target is { IsRuntime: true })
            && (selector.Database is { } name ? set.Database == name
                : target is null || set.SourceIdentity == (target.Identity ?? target.Name)));
        var beginnings = new TagBeginnings(sets, tag, selector.Database ?? target?.Name, settings.BackupRoot);
        beginnings.RequireCertain(pool.Select(backup => backup.Set));
        var first = beginnings.First;
        return selector with
        {
            Latest = false,
            Before = first.SnapshotAt,
            BeforeTag = null,
            Database = selector.Database ?? (target is null ? first.Database : null),
        };
    }

    /// <summary>Finds the backup that a selector means, and reads it once.</summary>
    /// <param name="selector">The caller's selector.</param>
    /// <param name="target">The database whose sets Latest and Before select; null for any.</param>
    /// <param name="allowUnverified">True if Latest and Before may select a set whose signature cannot be checked.</param>
    /// <param name="allowSuspicious">True if Latest and Before may select a set that is Suspicious, because the operation changes
    /// nothing.</param>
    public LoadedBackup Load(
        BackupSelector selector, RestoreTarget? target, bool allowUnverified = false, bool allowSuspicious = false)
    {
        if (selector.BackupFile is { } file) return ByFile(file);
        if (selector.Id is { } id) return ById(id, target);
        if (selector is { Latest: false, Before: null })
            throw new InvalidRequestException(target?.Name ?? settings.BackupRoot, "No backup is named.",
                $"Name one by {OptionName.Id}, {OptionName.BackupFile}, {OptionName.Latest} or {OptionName.Before}, or pipe it in from " +
                    $"{CommandName.ListBackups}.");
        var pool = Pool(target);
        selector = Timed(selector, target, pool);
        var newest = new NewestBackup(settings)
            .Choose([.. pool.Select(backup => backup.Set)], selector, target, allowUnverified, allowSuspicious);
        return pool.First(backup => backup.Set.ManifestFile == newest.ManifestFile);
    }

    /// <summary>
    /// Returns the manifest that a new set of a database is compared with: the newest good one that was made in the same way, or else in
    /// another way, a whole one rather than a part. If no good one is left, it is the newest whose files are damaged or gone, because its
    /// signed manifest still names its contents, or the newest that is Suspicious.
    /// </summary>
    public BackupManifest? ComparableTo(BackupManifest manifest)
    {
        var loaded = OfSameDatabase(manifest).ToList();
        var all = loaded.Select(backup => backup.Set).OrderByDescending(set => set.SnapshotAt).ToList();
        var sets = all.FindAll(set => set.Scope == manifest.Postgres?.Scope.Summary);
        var chosen = sets.Find(set => set.Status == BackupStatus.Complete)
            ?? all.Find(set => set.Status == BackupStatus.Complete && set.Scope is null)
            ?? all.Find(set => set.Status == BackupStatus.Complete)
            ?? sets.Find(set => set.Status == BackupStatus.Damaged && set.Plausibility is not { IsSuspicious: true })
            ?? sets.Find(set => set.Status is BackupStatus.Suspicious or BackupStatus.Damaged);
        return loaded.Find(backup => backup.Set == chosen) is { Signature.Verdict: SignatureVerdict.Valid } backup ? backup.Manifest : null;
    }

    /// <summary>True where there are older sets of a database whose signature cannot be checked, so that nothing is compared with
    /// them.</summary>
    public bool HasUnverifiedOf(BackupManifest manifest) => OfSameDatabase(manifest)
        .Any(backup => backup.Set.Status == BackupStatus.Unverified);

    /// <summary>The number of a new set of a database or of a folder's runtime files: one more than the highest that a signature
    /// proves.</summary>
    public long NextSequence(BackupManifest manifest) =>
        (manifest.Mode == DatabaseMode.Runtime ? LoadArchives() : LoadDatabases())
            .Where(backup => backup.Signature.Verdict == SignatureVerdict.Valid && backup.Set.Mode == manifest.Mode
                && backup.Set.SourceIdentity == (manifest.Source.Identity ?? manifest.Source.Path))
            .Max(backup => backup.Set.Sequence) + 1 ?? 1;

    // A restore replaced these contents because they were bad: later sets must not be compared with them.
    private IEnumerable<LoadedBackup> OfSameDatabase(BackupManifest manifest) => LoadDatabases()
        .Where(backup => backup.Set is { Legacy: false, BeforeRestore: null } set && set.Mode == manifest.Mode
            && set.SourceIdentity == (manifest.Source.Identity ?? manifest.Source.Path));

    // A restore of runtime files looks for them wherever they belong; everything else looks for sets.
    private IReadOnlyCollection<LoadedBackup> Pool(RestoreTarget? target) => target is { IsRuntime: true } ? LoadArchives() : LoadAll();

    private LoadedBackup ById(string id, RestoreTarget? target)
    {
        var found = Pool(target).Where(backup => backup.Set.Id == id).ToList();
        return found.Count switch
        {
            1 => found[0],
            0 when target is { IsRuntime: true } && All().FirstOrDefault(set => set.Id == id) is { } bare =>
                throw WithoutFiles(bare),
            0 => throw Choices.BackupNotFound(id, settings.BackupRoot),
            _ => throw new AmbiguousBackupException(id,
                $"{found.Count} backups have the id {id}: {string.Join(", ", found.Select(backup => backup.ArtefactPath))}.",
                $"Name the file with {OptionName.BackupFile}."),
        };
    }

    // Either it was made without them, or their archive has been lost.
    private static InvalidRequestException WithoutFiles(BackupSet set) => new(set.Id,
        $"{set.Id} has no runtime files: {set.Runtime.Absent ?? set.StatusDetail ?? "their archive cannot be read."}",
        $"Choose another backup: {CommandName.ListBackups} shows which have any.");

    private LoadedBackup ByFile(string file)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(file));
        if (Path.GetFileName(path).Length == 0)
            throw new SourceNotFoundException(path, $"There is no backup at {path}.", "Name the file of a backup.");
        var (store, key) = LocalBackupStore.Containing(path);
        var manifest = ManifestReader.IsManifest(key) ? key : ManifestReader.ManifestOf(store, key);
        try
        {
            if (store.Exists(manifest))
            {
                var backup = Load(store.NameOf(manifest));
                return backup with { Set = new BackupPins(store, settings.Keys).Mark(backup.Set, backup.ArtefactKey) };
            }
        }
        catch (UnauthorizedAccessException e)
        {
            throw BackupStores.Denied(Path.GetDirectoryName(path)!, e);
        }

        var artefact = ManifestReader.IsManifest(key) ? ManifestReader.ArtefactOf(key) : key;
        var isThere = store.Size(artefact) is not null;
        throw new SourceNotFoundException(path,
            isThere ? $"{store.NameOf(artefact)} has no manifest beside it, so it is no complete backup."
                : $"There is no backup at {path}.",
            $"A backup is an artefact with its manifest ({Path.GetFileName(manifest)}) in the same " +
                $"folder.{(isThere ? WithoutManifest : "")}");
    }

    // Copies that were made by hand or by the old scripts before a restore; nothing proves them, but they may be all that is left.
    private static string WithoutManifest =>
        $" If the file is a database, make a backup of it first, and restore that backup. For a SQLite file use " +
        $"{CommandName.BackUpDatabase} " +
            $"{OptionName.Path};"
        + $" For a dump, load it with psql or pg_restore into an empty database, and back that database up with {OptionName.DatabaseUrl}.";

    /// <summary>The backup of a manifest, inside the backup root or not. Errors: AccessDenied, and those of a file that is gone.</summary>
    public LoadedBackup Load(string manifestPath)
    {
        try
        {
            return ManifestReader.Read(manifestPath, settings.Keys);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new AccessDeniedException(manifestPath, $"{manifestPath} cannot be read.",
                "Run as the user who made the backup.", e);
        }
    }

    private LoadedBackup? TryLoad(string manifestKey)
    {
        try
        {
            return ManifestReader.Read(_store, manifestKey, settings.Keys);
        }
        catch (FileNotFoundException)
        {
            // Removed while the folder was being listed.
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return BackupDescription.Describe(_store, manifestKey,
                ParsedManifest.Malformed($"The manifest cannot be read: {e.Message}"));
        }
    }

    private static bool IsOf(BackupSet set, BackupQuery query) =>
        query.Database is null || FileSystemName.MatchesSimpleExpression(query.Database, set.Database, ignoreCase: false);

    private static bool Fits(BackupSet set, BackupQuery query, DateTime now) =>
        (query.Ids is null || query.Ids.Contains(set.Id))
        && IsOf(set, query)
        && (query.Label is null || (set.Label is not null && FileSystemName.MatchesSimpleExpression(query.Label, set.Label)))
        && (query.Mode is null || set.Mode == query.Mode)
        && (query.Before is null || set.SnapshotAt < query.Before)
        && (query.After is null || set.SnapshotAt >= query.After)
        && (query.NewerThan is null || now - set.SnapshotAt < query.NewerThan)
        && (query.OlderThan is null || now - set.SnapshotAt > query.OlderThan)
        && (query.MinimumSize is null || set.SizeBytes >= query.MinimumSize)
        && (query.MaximumSize is null || set.SizeBytes <= query.MaximumSize)
        && (query.Statuses is null || query.Statuses.Any(status => Has(set, status)))
        && (query.Proven is null || set.Proven == query.Proven)
        && (query.Pinned is null || set.Pinned == query.Pinned)
        && (query.Tags is null || query.Tags.All(tag => tag.Fits(set)))
        && (query.Commit is null || set.Deployed?.Commit?.StartsWith(query.Commit, StringComparison.OrdinalIgnoreCase) == true);

    private static bool Has(BackupSet set, ListedStatus status) => status switch
    {
        ListedStatus.Legacy => set.Legacy,
        ListedStatus.Quarantined => set.Quarantined,
        _ => set.Status.ToString() == status.ToString(),
    };
}
