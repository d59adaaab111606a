using System.Collections.Concurrent;
using System.IO.Enumeration;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using static System.FormattableString;

namespace Postry.Ops.Engine.Backups;

/// <summary>Finds the sets of a backup root and says what each is worth. Reads only.</summary>
internal sealed class BackupCatalog(OpsSettings settings)
{
    private readonly BackupLayout _layout = new(settings.BackupRoot);

    /// <summary>The sets that fit, newest first.</summary>
    public IReadOnlyList<BackupSet> List(BackupQuery query)
    {
        var fitting = All().Where(set => Fits(set, query)).OrderByDescending(set => set.SnapshotAt)
            .ThenBy(set => set.Id, StringComparer.Ordinal).ToList();
        if (!query.Latest) return fitting;
        // Which database a backup of the old scripts came from is unknown: it is never the newest of any that nobody has named.
        // And who asks for the newest backup means a database, unless they say otherwise.
        var good = fitting.Where(set => set.BeforeRestore is null && set.Status is BackupStatus.Complete or BackupStatus.Suspicious
            && (!set.Legacy || query.Database is not null || query.Ids is not null)
            && (query.Mode is not null || set.Mode != DatabaseMode.Runtime)).ToList();
        RequireOneDatabase("Get", good);
        RequireNoDoubt("Get", good);
        return [.. good.Take(1)];
    }

    /// <summary>Every set, in no order: databases with the runtime files that belong to them, and runtime archives that were made
    /// alone.</summary>
    public IReadOnlyCollection<BackupSet> All() => [.. LoadAll().Select(backup => backup.Set)];

    /// <summary>Every runtime archive, whether it belongs to the set of a database or was made alone.</summary>
    public IReadOnlyCollection<BackupSet> RuntimeArchives() => [.. LoadArchives().Select(backup => backup.Set)];

    private List<LoadedBackup> LoadAll()
    {
        var databases = LoadDatabases();
        var bound = databases.Select(backup => backup.Set.Runtime.File).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return [.. databases, .. In(_layout.RuntimeFolder, manifest => !bound.Contains(ManifestFile.ArtefactOf(manifest)))];
    }

    private ConcurrentBag<LoadedBackup> LoadDatabases() => In(_layout.DatabaseFolder, _ => true);

    private ConcurrentBag<LoadedBackup> LoadArchives() => In(_layout.RuntimeFolder, _ => true);

    private ConcurrentBag<LoadedBackup> In(string folder, Func<string, bool> wanted)
    {
        var backups = new ConcurrentBag<LoadedBackup>();
        var manifests = new BackupLayout(settings.BackupRoot).FilesIn(folder, "*.json")
            .Where(path => path.EndsWith(BackupManifest.FileSuffix, StringComparison.Ordinal)
            || (LegacyMetadata.IsAt(path) && ManifestFile.PathFor(ManifestFile.ArtefactOf(path)) == path));
        Parallel.ForEach(manifests.Where(wanted), path =>
        {
            if (TryRead(path) is { } backup) backups.Add(backup);
        });
        return backups;
    }

    /// <summary>The one set that a selector means.</summary>
    /// <param name="selector">How the caller points at it.</param>
    /// <param name="operation">For errors.</param>
    /// <param name="target">The database that Latest and Before are about, or null for any.</param>
    /// <param name="allowUnverified">True where Latest and Before may mean a set whose signature cannot be checked.</param>
    /// <param name="allowSuspicious">True where Latest and Before may mean a set that is Suspicious, because nothing is changed by
    /// it.</param>
    public BackupSet Find(
        BackupSelector selector, string operation, RestoreTarget? target, bool allowUnverified = false, bool allowSuspicious = false) =>
        Load(selector, operation, target, allowUnverified, allowSuspicious).Set;

    /// <summary>The one backup that a selector means, read once.</summary>
    /// <inheritdoc cref="Find"/>
    public LoadedBackup Load(
        BackupSelector selector, string operation, RestoreTarget? target, bool allowUnverified = false, bool allowSuspicious = false)
    {
        if (selector.BackupFile is { } file) return ByFile(file, operation);
        if (selector.Id is { } id) return ById(id, operation, target);
        if (selector is { Latest: false, Before: null })
            throw new InvalidRequestException(operation, target?.Target ?? settings.BackupRoot, "No backup is named.",
                $"Name one by {OptionName.Id}, {OptionName.BackupFile}, {OptionName.Latest} or {OptionName.Before}, or pipe it in from " +
                    $"{CommandName.ListBackups}.");
        var pool = Pool(target);
        var newest = Newest([.. pool.Select(backup => backup.Set)], selector, operation, target, allowUnverified, allowSuspicious);
        return pool.First(backup => backup.Set.ManifestFile == newest.ManifestFile);
    }

    private BackupSet Newest(IReadOnlyCollection<BackupSet> pool, BackupSelector selector, string operation, RestoreTarget? target,
        bool allowUnverified, bool allowSuspicious)
    {
        // Who asks for the newest means a database, unless the target is no database: an archive that was made alone may go by a database's
        // name.
        var all = pool.Where(set => (set.Mode == DatabaseMode.Runtime) == (target is { IsRuntime: true })).ToList();
        var ofDatabase = all.Where(set => selector.Database is { } name ? set.Database == name : target is null ? !set.Legacy
            : set.SourceIdentity == (target.Identity ?? target.Target)).ToList();
        var inTime = ofDatabase.Where(set => selector.Before is null || set.SnapshotAt < selector.Before)
            .OrderByDescending(set => set.SnapshotAt).ToList();
        var good = inTime.Where(set => set.BeforeRestore is null && (set.Status is BackupStatus.Complete or BackupStatus.Suspicious
            || (allowUnverified && set.Status == BackupStatus.Unverified))).ToList();
        // The files of one root may be archived under the names of several databases.
        if (target is not { IsRuntime: true }) RequireOneDatabase(operation, good);
        if (!allowSuspicious) RequireNoDoubt(operation, good);
        if (good.Count > 0) return good[0];

        if (inTime.FirstOrDefault(set => set.BeforeRestore is null && set.Status == BackupStatus.Unverified) is { } unverified)
            throw Unverified(unverified, operation, settings.Keys);
        var what = selector.Database ?? target?.Target ?? "any database";
        var when = selector.Before is { } before ? Invariant($" from before {before:yyyy-MM-dd HH:mm:ss} UTC") : "";
        var there = ofDatabase.Count == 0 ? ""
            : $" Of it there are: {string.Join(", ", ofDatabase.OrderBy(s => s.SnapshotAt).Take(5).Select(Named))}"
                + $"{(ofDatabase.Count > 5 ? ", ..." : "")}.";
        static string Named(BackupSet set) => Invariant($"{set.Id} from {set.SnapshotAt:yyyy-MM-dd HH:mm:ss} UTC, ")
            + (set.BeforeRestore is { } restore ? $"what the restore {restore}, or its undo, replaced" : $"{set.Status}");
        var others = all.Select(set => $"{set.Database} ({set.Source})").Distinct().Take(5).ToList();
        throw new SourceNotFoundException(operation, what, $"There is no good backup of {what}{when} in {settings.BackupRoot}.{there}",
            others.Count == 0 ? $"Check {OptionName.BackupRoot}; {CommandName.ListBackups} lists what it holds."
            : ofDatabase.Count > 0 && inTime.Count == 0 ? $"All of them are younger: choose a later time, or {OptionName.Latest}."
            : inTime.Find(set => set.BeforeRestore is not null) is { } replaced
                ? $"What a restore in place replaced is never chosen unnamed: name it with {OptionName.Id} {replaced.Id} if it is meant."
            : ofDatabase.Count > 0 ? $"{CommandName.ListBackups} shows why each is not good."
            : $"There are backups of: {string.Join(", ", others)}. Name one with {OptionName.Database}, and add " +
                $"{OptionName.AllowDifferentSource} where that is meant.");
    }

    // The old format's limit, in the words of every place that runs into it.
    private const string LegacyJudgement = "a backup of the old scripts does not name its key, so the two cannot be told apart.";

    /// <summary>The error for a set whose signature cannot be checked: no key, or another one.</summary>
    public static OpsException Unverified(BackupSet set, string operation, Keyring keys) => keys.All.Count == 0
        ? new IntegrityKeyMissingException(operation, set.BackupFile,
            $"The signature of {set.Id} cannot be checked: {EnvironmentVariables.IntegrityKey} is not set.",
            $"Set {EnvironmentVariables.IntegrityKey}, or pass {OptionName.IntegrityKey}. " +
                $"If the key is lost, a restore with {OptionName.AllowUnverified} goes without it, and its record says so.")
        : set.Legacy ? new WrongKeyException(operation, set.BackupFile,
            $"{set.Id} was signed with a key that is not at hand, or was changed since: {LegacyJudgement}",
            $"If it was signed with an older key, add that key to {EnvironmentVariables.PreviousIntegrityKeys}; " +
                $"else use another backup. A restore " +
                $"with {OptionName.AllowUnverified} goes without the signature, and its record says so.")
        : new WrongKeyException(operation, set.BackupFile,
            $"{set.Id} was signed with the key {set.KeyId}, which is not at hand.",
            $"Add that key to {EnvironmentVariables.PreviousIntegrityKeys}. " +
                $"If it is lost, a restore with {OptionName.AllowUnverified} goes without it, and its record says so.");

    /// <summary>Raises AmbiguousBackup where sets come from several databases.</summary>
    private static void RequireOneDatabase(string operation, List<BackupSet> sets)
    {
        var databases = sets.GroupBy(set => (set.Database, Source: set.SourceIdentity)).ToList();
        if (databases.Count < 2) return;
        var list = string.Join("; ", databases.Select(group =>
            Invariant(
            $"{group.Key.Database} from {group.First().Source} ({group.Count()}, newest ")
            + Invariant($"{group.Max(s => s.SnapshotAt):yyyy-MM-dd HH:mm:ss} UTC {group.MaxBy(s => s.SnapshotAt)!.Id})")));
        throw new AmbiguousBackupException(operation, string.Join(", ", databases.Select(group => group.Key.Database).Distinct()),
            $"Backups of {databases.Count} databases fit: {list}.",
            databases.Select(group => group.Key.Database).Distinct().Count() == 1
                ? $"They have the same name: name the set with {OptionName.Id}."
                : $"Name the database with {OptionName.Database}, or the set with {OptionName.Id}.");
    }

    /// <summary>
    /// Raises SuspiciousBackup where the newest of the sets that can be chosen is one that may hold a loss: neither that nor an older one
    /// is taken unnamed.
    /// </summary>
    /// <param name="operation">For the error.</param>
    /// <param name="sets">The sets of one database, newest first.</param>
    private static void RequireNoDoubt(string operation, List<BackupSet> sets)
    {
        if (sets is not [{ IsSuspicious: true } newest, ..]) return;
        static string Line(BackupSet set) =>
            $"\n{OptionName.Id} {set.Id}: taken {set.TakenAt}, {set.RowsInWords}, {set.Status}. {set.StatusDetail}".TrimEnd();
        var good = sets.Find(set => !set.IsSuspicious);
        throw new SuspiciousBackupException(operation, newest.Id,
            $"The newest backup of {newest.Database} may be a backup of a loss, so it is not chosen unnamed, and "
                + (good is null ? $"there is no good one:{Line(newest)}" : $"neither is an older one:{Line(newest)}{Line(good)}"),
            good is null
                ? $"If the database is meant to hold so little, name it: {OptionName.Id} {newest.Id}. {CommandName.ListBackups} lists " +
                    "what else there is."
                : $"Name the one that is meant: {OptionName.Id} {good.Id} is the newest good one; {OptionName.Id} {newest.Id} only if " +
                    $"the database is meant to hold so little. {CommandName.BackUpDatabase} {OptionName.AcceptSmaller} makes that the " +
                    "new normal.");
    }

    /// <summary>
    /// What a new set of a database is compared with: the newest good one that was made in the same way, or else in another way, a whole
    /// one rather than a part. Where no good one is left, the newest whose files are damaged or gone, for its signed manifest still tells
    /// what it held, or the newest that is Suspicious.
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

    // What a restore replaced was not as it should be: a set of what came back must not be measured by it.
    private IEnumerable<LoadedBackup> OfSameDatabase(BackupManifest manifest) => LoadDatabases()
        .Where(backup => backup.Set is { Legacy: false, BeforeRestore: null } set && set.Mode == manifest.Mode
            && set.SourceIdentity == (manifest.Source.Identity ?? manifest.Source.Path));

    // A restore of runtime files looks for them wherever they belong; everything else looks for sets.
    private IReadOnlyCollection<LoadedBackup> Pool(RestoreTarget? target) => target is { IsRuntime: true } ? LoadArchives() : LoadAll();

    private LoadedBackup ById(string id, string operation, RestoreTarget? target)
    {
        var found = Pool(target).Where(backup => backup.Set.Id == id).ToList();
        return found.Count switch
        {
            1 => found[0],
            0 when target is { IsRuntime: true } && All().FirstOrDefault(set => set.Id == id) is { } bare =>
                throw WithoutFiles(bare, operation),
            0 => throw new SourceNotFoundException(operation, id, $"There is no backup with the id {id} in {settings.BackupRoot}.",
                $"{CommandName.ListBackups} lists the ids."),
            _ => throw new AmbiguousBackupException(operation, id,
                $"{found.Count} sets have the id {id}: {string.Join(", ", found.Select(backup => backup.ArtefactPath))}.",
                $"Name the file with {OptionName.BackupFile}."),
        };
    }

    // Either it was made without them, or their archive has been lost.
    private static InvalidRequestException WithoutFiles(BackupSet set, string operation) => new(operation, set.Id,
        $"{set.Id} has no runtime files: {set.Runtime.Absent ?? set.StatusDetail ?? "their archive cannot be read."}",
        $"Choose another set: {CommandName.ListBackups} shows which have any.");

    private LoadedBackup ByFile(string file, string operation)
    {
        var path = Path.GetFullPath(file);
        var manifest = path.EndsWith(BackupManifest.FileSuffix, StringComparison.Ordinal) || LegacyMetadata.IsAt(path) ? path
            : ManifestFile.PathFor(path);
        if (!IsThere(manifest, operation))
        {
            var isThere = StoredArtefact.Exists(path);
            throw new SourceNotFoundException(operation, path,
                isThere ? $"{path} has no manifest beside it, so it is no complete backup." : $"There is no backup at {path}.",
                $"A backup is an artefact with its manifest ({Path.GetFileName(manifest)}) in the same " +
                    $"folder.{(isThere ? WithoutManifest : "")}");
        }

        return Load(manifest, operation);
    }

    // Copies that were made by hand or by the old scripts before a restore; nothing proves them, but they may be all that is left.
    private static string WithoutManifest =>
        $" If it is a database all the same, make a backup of it and restore that: of a SQLite file with {CommandName.BackUpDatabase} " +
            $"{OptionName.Path};"
        + $" of a dump, load it with psql or pg_restore into an empty database first, and back that one up with {OptionName.DatabaseUrl}.";

    private static bool IsThere(string manifest, string operation)
    {
        if (File.Exists(manifest)) return true;
        try
        {
            _ = FileFacts.Of(manifest);
            return false;
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException e)
        {
            throw BackupLayout.Denied(operation, Path.GetDirectoryName(manifest)!, e);
        }
    }

    /// <summary>The backup of a manifest, inside the backup root or not. Errors: AccessDenied, and those of a file that is gone.</summary>
    public LoadedBackup Load(string manifestPath, string operation)
    {
        try
        {
            return ManifestFile.Load(manifestPath, settings.Keys);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new AccessDeniedException(operation, manifestPath, $"{manifestPath} cannot be read.",
                "Run as the user who made the backup.", e);
        }
    }

    private LoadedBackup? TryRead(string manifestPath)
    {
        try
        {
            return ManifestFile.Load(manifestPath, settings.Keys);
        }
        catch (FileNotFoundException)
        {
            // Removed while the folder was being listed.
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new LoadedBackup(Unreadable(manifestPath, $"The manifest cannot be read: {e.Message}"), null,
                new SignatureCheck(SignatureVerdict.Malformed, null));
        }
    }

    private static bool Fits(BackupSet set, BackupQuery query) =>
        (query.Ids is null || query.Ids.Contains(set.Id))
        && (query.Database is null || FileSystemName.MatchesSimpleExpression(query.Database, set.Database, ignoreCase: false))
        && (query.Label is null || (set.Label is not null && FileSystemName.MatchesSimpleExpression(query.Label, set.Label)))
        && (query.Mode is null || set.Mode == query.Mode)
        && (query.Before is null || set.SnapshotAt < query.Before)
        && (query.After is null || set.SnapshotAt >= query.After);

    /// <summary>What operators see of a manifest.</summary>
    public static BackupSet Describe(ManifestFile file)
    {
        if (file.Manifest is not { } manifest) return Unreadable(file.Path, file.Problem ?? "The manifest cannot be parsed.");
        var (ofDatabase, databaseDetail) = Judge(file, manifest);
        var runtime = Part(file, manifest);
        var (status, detail) = ofDatabase != BackupStatus.Complete || manifest.Mode == DatabaseMode.Runtime ? (ofDatabase, databaseDetail)
            : Lost(runtime) is { } lost ? (BackupStatus.Damaged, lost)
            : manifest.Plausibility is { IsSuspicious: true } doubts ? (BackupStatus.Suspicious, doubts.ToString())
            : (ofDatabase, databaseDetail);
        return new BackupSet
        {
            Id = manifest.Id,
            Database = manifest.Database,
            Label = manifest.Label,
            Mode = manifest.Mode,
            SnapshotAt = manifest.SnapshotAt,
            BackupFile = file.ArtefactPath,
            SizeBytes = manifest.Artefact.Bytes,
            SourceBytes = manifest.Source.Bytes,
            Source = manifest.Source.Path,
            SourceIdentity = manifest.Source.Identity ?? manifest.Source.Path,
            Scope = manifest.Postgres?.Scope.Summary,
            NotHeld = manifest.Contents.NotHeld ?? [],
            Migration = manifest.Postgres?.Migration,
            ServerVersion = manifest.Postgres?.Server.Version,
            Fingerprint = manifest.Contents.Kind,
            Tables = manifest.Contents.Tables,
            Duration = TimeSpan.FromSeconds(manifest.DurationSeconds),
            Status = status,
            StatusDetail = detail,
            Plausibility = manifest.Plausibility,
            Legacy = manifest.Legacy,
            BeforeRestore = manifest.BeforeRestore,
            KeyId = file.KeyId,
            ManifestFile = file.Path,
            Runtime = runtime,
            DatabaseStatus = ofDatabase,
            DatabaseStatusDetail = databaseDetail,
        };
    }

    // Below a backup root the folders of both kinds lie side by side.
    private static RuntimePart Part(ManifestFile file, BackupManifest manifest)
    {
        if (manifest.Mode == DatabaseMode.Runtime)
            return new RuntimePart(file.ArtefactPath, manifest.Artefact.Bytes, manifest.Runtime?.Files ?? 0, manifest.Runtime?.Missing
                ?? [], null);
        if (manifest.RuntimeArchive is not { } bound) return RuntimePart.Unknown;
        if (bound.File is null) return new RuntimePart(null, 0, 0, bound.Missing, bound.Absent);
        var root = Path.GetDirectoryName(Path.GetDirectoryName(file.Path)!)!;
        return new RuntimePart(Path.Combine(new BackupLayout(root).RuntimeFolder, bound.File), bound.Bytes, bound.Files, bound.Missing,
            null);
    }

    private static string? Lost(RuntimePart part)
    {
        if (part.File is null) return null;
        var bytes = StoredArtefact.Size(part.File);
        return bytes is null ? $"The set's runtime archive is missing: {part.File}."
            : bytes != part.SizeBytes ? $"The set's runtime archive has {bytes} bytes instead of {part.SizeBytes}."
            : File.Exists(part.File + BackupManifest.FileSuffix) ? null
            : $"The manifest of the set's runtime archive is missing: {part.File}{BackupManifest.FileSuffix}.";
    }

    private static (BackupStatus Status, string? Detail) Judge(ManifestFile file, BackupManifest manifest)
    {
        var bytes = StoredArtefact.Size(file.ArtefactPath);
        return file.Signature switch
        {
            SignatureVerdict.Mismatch => (BackupStatus.Tampered, "The manifest is not what was signed."),
            SignatureVerdict.WrongKey when manifest.Legacy =>
                (BackupStatus.Unverified,
                $"No key at hand fits its signature: it was made with another key, or the backup was changed since; {LegacyJudgement}"),
            SignatureVerdict.WrongKey => (BackupStatus.Unverified, $"It was signed with the key {file.KeyId}, which is not at hand."),
            SignatureVerdict.NoKey => (BackupStatus.Unverified,
                $"There is no key to check the signature with: {EnvironmentVariables.IntegrityKey} is not set."),
            _ when bytes is null => (BackupStatus.Damaged, "The artefact is missing."),
            _ when bytes != manifest.Artefact.Bytes =>
                (BackupStatus.Damaged, $"The artefact has {bytes} bytes instead of {manifest.Artefact.Bytes}."),
            _ => (BackupStatus.Complete, null),
        };
    }

    private static BackupSet Unreadable(string manifestPath, string problem) => new()
    {
        Id = "?",
        Database = "?",
        Mode = BackupManifest.IsRuntime(manifestPath) ? DatabaseMode.Runtime : DatabaseMode.Sqlite,
        SnapshotAt = DateTime.UnixEpoch,
        BackupFile = ManifestFile.ArtefactOf(manifestPath),
        SizeBytes = 0,
        SourceBytes = 0,
        Source = "?",
        SourceIdentity = "?",
        Fingerprint = FingerprintKind.None,
        Tables = [],
        Duration = TimeSpan.Zero,
        Status = BackupStatus.Invalid,
        StatusDetail = problem,
        Legacy = LegacyMetadata.IsAt(manifestPath),
        DatabaseStatus = BackupStatus.Invalid,
        DatabaseStatusDetail = problem,
        ManifestFile = manifestPath,
    };
}
