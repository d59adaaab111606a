using System.Diagnostics;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Deployment;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Backup;

/// <summary>Makes one recovery set: snapshot, measure, store, sign.</summary>
internal sealed class BackupOperation(OpsSettings settings, IBackupSource source, IOperationObserver observer)
{
    private readonly IBackupStore _store = BackupStores.Of(settings);

    /// <summary>Plans a backup. The method only reads.</summary>
    public async Task<BackupPlan> PlanAsync(BackupRequest request, CancellationToken cancellation)
    {
        settings.Keys.SigningKey(source.Name);
        var facts = await DescribeAsync(request, cancellation);
        if (await FilesAsync(request, facts, cancellation) is { } files
            && files.Half.FindObstacle(files.Source) is { } half)
            throw half;
        var database = NameOf(request, facts);
        var folder = _store.NameOf(BackupLayout.FolderOf(source.Mode));
        if (!source.TakesRuntimeFiles)
        {
            var (counted, bytes, found) = Count(request);
            if (found == 0) throw RuntimeFiles.NothingFits(facts.Name, request.Runtime ?? settings.Runtime);
            return new BackupPlan(facts.Name, database, source.Mode, bytes, folder,
                $"Back up the runtime files of {facts.Name} ({counted}) into {folder}.");
        }

        return new BackupPlan(facts.Name, database, source.Mode, facts.Bytes, folder,
            Invariant(
                $"Back up the {ModeName} database {database} ({facts.Name}, {facts.Bytes:N0} bytes) into {folder}, ")
            + (request.NoRuntime ? "without runtime files." : $"with the runtime files of {settings.RepoRoot} ({Count(request).Files})."));
    }

    /// <summary>Carries a backup out.</summary>
    public async Task<BackupSet> RunAsync(BackupRequest request, CancellationToken cancellation)
    {
        var set = await AttemptAsync(request, () => MakeAsync(request, cancellation));
        observer.Report(new BackupCompleted(set));
        return set;
    }

    /// <summary>Plans a backup that is to follow: a plan that ends with an error is a failed backup.</summary>
    public Task<BackupPlan> PlanAttemptAsync(BackupRequest request, CancellationToken cancellation) =>
        AttemptAsync(request, () => PlanAsync(request, cancellation));

    private async Task<T> AttemptAsync<T>(BackupRequest request, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e)
        {
            observer.Report(new BackupFailed(source.Name, OperationNet.Explain(e, source.Address)) { Database = request.Database });
            throw;
        }
    }

    private async Task<BackupSet> MakeAsync(BackupRequest request, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var key = settings.Keys.SigningKey(source.Name, allowWeak: request.BeforeRestore is not null);
        var facts = await DescribeAsync(request, cancellation);
        using var writer = await _store.OpenForWritingAsync(cancellation);
        new BackupSpace(settings, source, observer).Require(request, facts);
        var files = await FilesAsync(request, facts, cancellation);
        if (files is { } before && before.Half.FindObstacle(before.Source) is { } half) throw half;
        var deployed = new DeploymentReader(settings, observer).Read();
        var start = DateTime.UtcNow;
        var (id, database) = (NewId(), NameOf(request, facts));
        using var draft = writer.NewDraft(id);
        var parts = new List<DraftPart>();
        try
        {
            var runtime = await CaptureRuntimeAsync(request, draft, cancellation);
            var capture = await source.CaptureAsync(request, draft.PathFor(BackupLayout.FolderOf(source.Mode)), cancellation);
            // A backup takes no lock that a restore would have to wait for.
            if (files is { } after && after.Half.FindObstacleSince(start, after.Source) is { } replaced) throw replaced;
            string Key(DatabaseMode mode, string suffix) => BackupLayout.ArtefactKey(mode, database, capture.SnapshotAt, id, suffix);
            DraftPart Part(string artefact, BackupManifest manifest) =>
                new(artefact, SignedText.Sign(manifest.ToJson(), BackupManifest.DomainOf(artefact), key));

            RuntimeBinding? binding = null;
            if (runtime is not null)
            {
                var archive = Key(DatabaseMode.Runtime, RuntimeFiles.Suffix);
                parts.Add(Part(archive, Describe(request, RuntimeFiles.FactsOf(settings.RepoRoot), runtime, DatabaseMode.Runtime, id,
                    database, archive, clock.Elapsed) with { Deployed = deployed }));
                binding = new RuntimeBinding(Path.GetFileName(archive), runtime.ArtefactBytes, runtime.ArtefactSha256,
                    runtime.Runtime!.Files, runtime.Runtime.Missing);
            }

            var artefact = Key(source.Mode, source.ArtefactSuffix);
            var manifest = Describe(request, facts, capture, source.Mode, id, database, artefact, clock.Elapsed) with
            {
                Deployed = deployed,
            };
            parts.Add(Part(artefact, manifest with
            {
                RuntimeArchive = binding ?? WithoutRuntime(request),
                Plausibility = CheckPlausibility(manifest, request),
                Sequence = new BackupCatalog(settings).NextSequence(manifest),
            }));
            await draft.PublishAsync(parts, cancellation);
        }
        catch (Exception e)
        {
            throw Explain(e, facts.Name);
        }

        var set = ManifestReader.Read(_store, parts[^1].ManifestKey, settings.Keys).Set;
        observer.Detail(!source.TakesRuntimeFiles
            ? Invariant(
                $"{set.Id}: {set.Runtime}, {set.SourceBytes:N0} bytes stored as {set.SizeBytes:N0} in {clock.Elapsed.TotalSeconds:F1} s.")
            : Invariant(
                $"{set.Id}: {set.Tables.Count} table{(set.Tables.Count == 1 ? "" : "s")}, {set.SourceBytes:N0} bytes stored ")
                + Invariant($"as {set.SizeBytes:N0} in {clock.Elapsed.TotalSeconds:F1} s; runtime files: {set.Runtime}."));
        WarnOfLoss(set);
        return set;
    }

    /// <summary>
    /// Compares a set with the one before it; null for runtime files, and if there is none or the comparison is turned off.
    /// </summary>
    private Plausibility? CheckPlausibility(BackupManifest manifest, BackupRequest request)
    {
        // A backup goes on where this part of postry.json is wrong, and is checked by the default rules.
        var configuration = settings.Configuration;
        var rules = configuration.IsValid(ConfigurationSections.Plausibility) ? configuration.Plausibility : new PlausibilityRules();
        if (!source.TakesRuntimeFiles || !rules.Enabled) return null;
        // An operator who restores knows that the live database is bad, and no command selects this set by itself.
        if (request.BeforeRestore is not null) return null;
        var catalog = new BackupCatalog(settings);
        if (catalog.ComparableTo(manifest) is not { } before)
        {
            if (catalog.HasUnverifiedOf(manifest))
                observer.Warning(
                    $"Whether {manifest.Id} holds as much as the older backups of {source.Name} is unknown: their signatures cannot be " +
                    $"checked. If the key was changed, add the old one to {EnvironmentVariables.PreviousIntegrityKeys}.");
            return null;
        }

        var found = PlausibilityCheck.Run(manifest, before, rules, request.AcceptSmaller);
        // If the good sets are gone, a set that is Suspicious itself must not make the next one look normal.
        if (before.Plausibility is not { IsSuspicious: true } doubts || found.Doubts.Count > 0) return found;
        var inherited =
            $"No good backup of it is left to compare with, and {before.Id} is Suspicious itself: {string.Join(' ', doubts.Doubts)}";
        return found with { Doubts = [inherited], Accepted = request.AcceptSmaller };
    }

    private void WarnOfLoss(BackupSet set)
    {
        if (set.IsSuspicious)
            observer.Warning(
                $"{set.Id} is Suspicious: it may have been made after a loss of data. {set.Plausibility} {OptionName.Latest} and " +
                $"{OptionName.Before} " +
                    "do not choose it. "
                + $"Look at {set.Source}; if it is meant to hold so little, back it up with {OptionName.AcceptSmaller}.");
        else if (set.Plausibility is { Accepted: false, MissingTables.Count: > 0 } small)
            observer.Warning($"Tables that held rows in {small.ComparedWith} are not in {set.Id}: {small.MissingNames}.");
    }

    // First, because it is over at once where a required file is missing.
    private async Task<CaptureResult?> CaptureRuntimeAsync(BackupRequest request, IStoreDraft draft, CancellationToken cancellation) =>
        request.NoRuntime || !source.TakesRuntimeFiles ? null
        : await new RuntimeCapture(Files.RealPath(settings.RepoRoot), settings, observer)
            .RunAsync(request.Runtime ?? settings.Runtime, draft.Id, draft.PathFor(BackupKeys.RuntimeFolder), cancellation);

    /// <summary>Returns the guard that tells whether the runtime files can be backed up; null if there are none.</summary>
    private async Task<(PartialRestoreGuard Half, RestoreTarget? Source)?> FilesAsync(BackupRequest request, SourceFacts facts,
        CancellationToken cancellation)
    {
        if (request.NoRuntime && source.TakesRuntimeFiles) return null;
        // The journal of a server's database lies in the backup root, where the record leads to it.
        var target = source.KeepsJournalBeside ? await source.LocateAsync(cancellation) : null;
        var root = source.TakesRuntimeFiles ? Files.RealPath(settings.RepoRoot) : facts.Name;
        return (new PartialRestoreGuard(settings, root), target);
    }

    private RuntimeBinding? WithoutRuntime(BackupRequest request)
    {
        if (!source.TakesRuntimeFiles) return null;
        return request.NoRuntime
            ? new RuntimeBinding(null, 0, null, 0, [],
                "The backup was made without runtime files, as the command or runtime.enabled in postry.json said.")
            : new RuntimeBinding(null, 0, null, 0, (request.Runtime ?? settings.Runtime).Include,
                $"No file below {settings.RepoRoot} matches the patterns of runtime files.");
    }

    private (string Files, long Bytes, int Entries) Count(BackupRequest request)
    {
        var (found, missing) = new RuntimeFinder(Files.RealPath(settings.RepoRoot), settings.BackupRoot)
            .Find(request.Runtime ?? settings.Runtime);
        var files = found.Values.Count(facts => facts.Kind == FileKind.File);
        return ($"{files} file{(files == 1 ? "" : "s")}{(missing.Count == 0 ? "" : $"; nothing matches {string.Join(", ", missing)}")}",
            found.Values.Sum(facts => facts.Bytes), found.Count);
    }

    private async Task<SourceFacts> DescribeAsync(BackupRequest request, CancellationToken cancellation)
    {
        if (request.Mode is { } mode && mode != source.Mode)
            throw new InvalidRequestException(source.Name,
                $"{OptionName.Mode} {mode.ToString().ToLowerInvariant()} contradicts the source, which is {ModeName}.",
                $"Leave {OptionName.Mode} out, or name the other source.");
        if (source.FindRequestProblem(request) is { } problem) throw problem;
        RequirePublicTags(request);
        return await source.DescribeAsync(cancellation);
    }

    // A backup goes on where this part of postry.json is wrong, and has the tags of the command alone. A restore in place does not fail
    // for a tag.
    private IReadOnlyDictionary<string, string> TagsOf(BackupRequest request) => request.BeforeRestore is not null ? BackupTags.None
        : BackupTags.Over(settings.Configuration.IsValid(ConfigurationSections.Tags) ? settings.Configuration.Tags : BackupTags.None,
            request.Tags);

    // The manifest is signed and never changed, so a secret in it would stay.
    private void RequirePublicTags(BackupRequest request)
    {
        var secrets = new KnownSecrets(settings);
        if (TagsOf(request).FirstOrDefault(tag => secrets.OccurIn(tag.Value)
                || secrets.OccurIn($"{tag.Key}={tag.Value}")) is { Key: { } key })
            throw BackupTags.Refused($"The value of the tag {key} looks like a password or a key, so no backup may hold it.",
                "Give it a value that everybody may read.");
    }

    private string ModeName => source.Mode.ToString().ToLowerInvariant();

    private static string NameOf(BackupRequest request, SourceFacts facts)
    {
        var name = request.Database ?? facts.Database;
        if (!string.IsNullOrWhiteSpace(name) && !name.Any(char.IsControl) && name.AsSpan().IndexOfAny('*', '?') < 0) return name;
        throw new InvalidRequestException(facts.Name,
            $"'{name}' cannot be the logical name of a database: it is empty, or holds a wildcard or control characters.",
            $"Give it a plain name with {OptionName.Database}.");
    }

    private string NewId()
    {
        var taken = _store.List(BackupKeys.DatabaseFolder).Concat(_store.List(BackupKeys.RuntimeFolder)).ToList();
        string id;
        do id = BackupKeys.NewId();
        while (taken.Exists(key => key.Contains($"-{id}.", StringComparison.Ordinal)));
        return id;
    }

    private BackupManifest Describe(
        BackupRequest request, SourceFacts facts, CaptureResult capture, DatabaseMode mode, string id, string database, string artefact,
        TimeSpan duration) => new()
        {
            Format = BackupManifest.CurrentFormat,
            Id = id,
            Database = database,
            Label = string.IsNullOrEmpty(request.Label) ? null : request.Label,
            Mode = mode,
            SnapshotAt = capture.SnapshotAt,
            DurationSeconds = Math.Round(duration.TotalSeconds, 3),
            Source = new SourceIdentity(facts.Name, Environment.MachineName, capture.SourceBytes, facts.UnixMode, facts.UserId,
                facts.GroupId, facts.Identity),
            Artefact = new ArtefactDescription(Path.GetFileName(artefact), capture.ArtefactBytes, capture.ArtefactSha256,
                capture.Compression, capture.Files),
            Contents = capture.Contents,
            Sqlite = capture.Sqlite,
            Postgres = capture.Postgres,
            Runtime = capture.Runtime,
            BeforeRestore = request.BeforeRestore,
            Tags = TagsOf(request) is { Count: > 0 } tags ? tags : null,
            Software = SoftwareVersions.Current,
        };

    private Exception Explain(Exception e, string path) => e switch
    {
        _ when Files.IsDiskFull(e) => new NotEnoughSpaceException(settings.BackupRoot,
            $"The disk (or a quota or size limit) became full while backing up {path} into {settings.BackupRoot}; nothing was kept of it.",
            $"Free space there, or name another {OptionName.BackupRoot}.", e),
        UnauthorizedAccessException => new AccessDeniedException(path, $"{e.Message}",
            "Run as a user who may read the database and write the backup root.", e),
        _ => e,
    };
}
