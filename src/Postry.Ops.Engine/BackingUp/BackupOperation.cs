using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Reporting;

namespace Postry.Ops.Engine.BackingUp;

/// <summary>Makes one recovery set: snapshot, measure, store, sign.</summary>
internal sealed class BackupOperation(OpsSettings settings, IDatabase source, IReporter reporter)
{
    private const string Operation = "Backup";

    /// <summary>The version that manifests record.</summary>
    private static readonly string Version =
        typeof(BackupOperation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";

    /// <summary>What a backup would do.</summary>
    public async Task<BackupPlan> PlanAsync(BackupRequest request, CancellationToken cancellation)
    {
        settings.Keys.SigningKey(Operation, source.Name);
        var facts = await DescribeAsync(request, cancellation).ConfigureAwait(false);
        var database = NameOf(request, facts);
        var folder = new BackupLayout(settings.BackupRoot).DatabaseFolder;
        return new BackupPlan(facts.Name, database, source.Mode, facts.Bytes, folder,
            $"Back up the {ModeName} database {database} ({facts.Name}, {facts.Bytes:N0} bytes) into {folder}.");
    }

    /// <summary>Carries a backup out.</summary>
    public async Task<BackupSet> RunAsync(BackupRequest request, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var key = settings.Keys.SigningKey(Operation, source.Name);
        var facts = await DescribeAsync(request, cancellation).ConfigureAwait(false);
        using var root = await BackupRoot.OpenForWritingAsync(settings.BackupRoot, Operation, cancellation).ConfigureAwait(false);
        RequireSpace(facts);
        var id = NewId();
        var partial = Path.Combine(root.Layout.DatabaseFolder, id + Files.PartialSuffix);
        string? artefact = null;
        string? manifestFile = null;
        try
        {
            var capture = await source.CaptureAsync(request, partial, cancellation).ConfigureAwait(false);
            var database = NameOf(request, facts);
            artefact = root.Layout.Artefact(ModeName, database, capture.SnapshotAt, id, source.ArtefactSuffix);
            var manifest = Describe(request, facts, capture, id, database, artefact, clock.Elapsed);
            cancellation.ThrowIfCancellationRequested();
            // The finished manifest waits under another name while the artefact is published, so that a sweep can tell whose that is.
            manifestFile = artefact + BackupManifest.FileSuffix;
            Files.WriteDurably(manifestFile + Files.PartialSuffix, SignedText.Sign(manifest.ToJson(), BackupManifest.Domain, key));
            StoredArtefact.Publish(partial, artefact);
            Files.Publish(manifestFile + Files.PartialSuffix, manifestFile);
        }
        catch (Exception e)
        {
            // Without its manifest there is no backup: take the bytes away as well.
            StoredArtefact.TryDelete(partial);
            if (artefact is not null && !File.Exists(manifestFile)) StoredArtefact.TryDelete(artefact);
            if (manifestFile is not null) Files.TryDelete(manifestFile + Files.PartialSuffix);
            throw Explain(e, facts.Name);
        }

        var set = BackupCatalog.Describe(ManifestFile.Read(manifestFile, settings.Keys));
        reporter.Verbose($"{set.Id}: {set.Tables.Count} table{(set.Tables.Count == 1 ? "" : "s")}, {set.SourceBytes:N0} bytes stored as {set.SizeBytes:N0} in {clock.Elapsed.TotalSeconds:F1} s.");
        return set;
    }

    private async Task<SourceFacts> DescribeAsync(BackupRequest request, CancellationToken cancellation)
    {
        if (request.Mode is { } mode && mode != source.Mode)
            throw new InvalidRequestException(Operation, source.Name, $"-Mode {mode.ToString().ToLowerInvariant()} contradicts the source, which is {ModeName}.", "Leave -Mode out, or name the other source.");
        if (request.Fingerprint == FingerprintKind.Live && source.Mode == DatabaseMode.Sqlite)
            throw new InvalidRequestException(Operation, source.Name, "-Fingerprint Live is for PostgreSQL: a SQLite backup is always read from the snapshot itself.", "Use -Fingerprint Content, which proves as much here.");
        return await source.DescribeAsync(Operation, cancellation).ConfigureAwait(false);
    }

    private string ModeName => source.Mode == DatabaseMode.Sqlite ? "sqlite" : "postgres";

    private static string NameOf(BackupRequest request, SourceFacts facts)
    {
        var name = request.Database ?? facts.Database;
        if (!string.IsNullOrWhiteSpace(name) && !name.Any(char.IsControl) && name.AsSpan().IndexOfAny('*', '?') < 0) return name;
        throw new InvalidRequestException(Operation, facts.Name, $"'{name}' cannot be the logical name of a database: it is empty, or holds a wildcard or control characters.",
            "Give it a plain name with -Database.");
    }

    private string NewId()
    {
        var taken = new BackupLayout(settings.BackupRoot).DatabaseFolder;
        string id;
        do id = BackupLayout.NewId();
        while (Directory.EnumerateFiles(taken, $"*-{id}.*").Any());
        return id;
    }

    private void RequireSpace(SourceFacts facts)
    {
        var free = Files.FreeSpace(settings.BackupRoot);
        // A server's database is stored compressed and without its indexes; only of a file a whole copy is made first.
        if (source.Mode == DatabaseMode.Postgres || free >= facts.Bytes) return;
        throw new NotEnoughSpaceException(Operation, settings.BackupRoot,
            $"{settings.BackupRoot} has {free:N0} bytes free; the snapshot of {facts.Name} alone needs {facts.Bytes:N0}.",
            "Free space there, or name another -BackupRoot.");
    }

    private BackupManifest Describe(
        BackupRequest request, SourceFacts facts, Capture capture, string id, string database, string artefact, TimeSpan duration) => new()
        {
            Format = BackupManifest.CurrentFormat,
            Id = id,
            Database = database,
            Label = string.IsNullOrEmpty(request.Label) ? null : request.Label,
            Mode = source.Mode,
            SnapshotAt = capture.SnapshotAt,
            DurationSeconds = Math.Round(duration.TotalSeconds, 3),
            Source = new SourceIdentity(facts.Name, Environment.MachineName, capture.SourceBytes, facts.UnixMode, facts.UserId, facts.GroupId, facts.Identity),
            Artefact = new ArtefactDescription(Path.GetFileName(artefact), capture.ArtefactBytes, capture.ArtefactSha256, capture.Compression, capture.Files),
            Contents = capture.Contents,
            Sqlite = capture.Sqlite,
            Postgres = capture.Postgres,
            Software = new SoftwareDescription(Version, RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription),
        };

    private Exception Explain(Exception e, string path) => e switch
    {
        _ when Files.IsDiskFull(e) => new NotEnoughSpaceException(Operation, settings.BackupRoot,
            $"The disk (or a quota or size limit) became full while backing up {path} into {settings.BackupRoot}; nothing was kept of it.",
            "Free space there, or name another -BackupRoot.", e),
        UnauthorizedAccessException => new AccessDeniedException(Operation, path, $"{e.Message}", "Run as a user who may read the database and write the backup root.", e),
        _ => e,
    };
}
