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
internal sealed class BackupOperation(OpsSettings settings, IDatabaseEngine engine, IReporter reporter)
{
    private const string Operation = "Backup";

    /// <summary>The version that manifests record.</summary>
    private static readonly string Version =
        typeof(BackupOperation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";

    /// <summary>What a backup would do.</summary>
    public BackupPlan Plan(BackupRequest request)
    {
        settings.Keys.SigningKey(Operation, request.Path);
        var source = engine.Describe(Files.RealPath(request.Path), Operation);
        var database = NameOf(request, source.Path);
        var folder = new BackupLayout(settings.BackupRoot).DatabaseFolder;
        return new BackupPlan(source.Path, database, engine.Mode, source.Bytes, folder,
            $"Back up the {ModeName} database {database} ({source.Path}, {source.Bytes:N0} bytes) into {folder}.");
    }

    /// <summary>Carries a backup out.</summary>
    public async Task<BackupSet> RunAsync(BackupRequest request, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var key = settings.Keys.SigningKey(Operation, request.Path);
        var source = engine.Describe(Files.RealPath(request.Path), Operation);
        using var root = await BackupRoot.OpenForWritingAsync(settings.BackupRoot, Operation, cancellation).ConfigureAwait(false);
        RequireSpace(source);
        var id = NewId();
        var partial = Path.Combine(root.Layout.DatabaseFolder, id + Files.PartialSuffix);
        string? artefact = null;
        string? manifestFile = null;
        try
        {
            var capture = await engine.CaptureAsync(source.Path, partial, request.Fingerprint, cancellation).ConfigureAwait(false);
            var database = NameOf(request, source.Path);
            artefact = root.Layout.Artefact(ModeName, database, capture.SnapshotAt, id, engine.ArtefactSuffix);
            var manifest = Describe(request, source, capture, id, database, artefact, clock.Elapsed);
            cancellation.ThrowIfCancellationRequested();
            // The finished manifest waits under another name while the artefact is published, so that a sweep can tell whose that is.
            manifestFile = artefact + BackupManifest.FileSuffix;
            Files.WriteDurably(manifestFile + Files.PartialSuffix, SignedText.Sign(manifest.ToJson(), BackupManifest.Domain, key));
            Files.Publish(partial, artefact);
            Files.Publish(manifestFile + Files.PartialSuffix, manifestFile);
        }
        catch (Exception e)
        {
            // Without its manifest there is no backup: take the bytes away as well.
            Files.TryDelete(partial);
            if (artefact is not null && !File.Exists(manifestFile)) Files.TryDelete(artefact);
            if (manifestFile is not null) Files.TryDelete(manifestFile + Files.PartialSuffix);
            throw Explain(e, source.Path);
        }

        var set = BackupCatalog.Describe(ManifestFile.Read(manifestFile, settings.Keys));
        reporter.Verbose($"{set.Id}: {set.Tables.Count} table{(set.Tables.Count == 1 ? "" : "s")}, {set.SourceBytes:N0} bytes stored as {set.SizeBytes:N0} in {clock.Elapsed.TotalSeconds:F1} s.");
        return set;
    }

    private string ModeName => engine.Mode == DatabaseMode.Sqlite ? "sqlite" : "postgres";

    private static string NameOf(BackupRequest request, string path)
    {
        var name = request.Database ?? Path.GetFileNameWithoutExtension(path);
        if (!string.IsNullOrWhiteSpace(name) && !name.Any(char.IsControl) && name.AsSpan().IndexOfAny('*', '?') < 0) return name;
        throw new InvalidRequestException(Operation, path, $"'{name}' cannot be the logical name of a database: it is empty, or holds a wildcard or control characters.",
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

    private void RequireSpace(SourceFacts source)
    {
        var free = Files.FreeSpace(settings.BackupRoot);
        if (free >= source.Bytes) return;
        throw new NotEnoughSpaceException(Operation, settings.BackupRoot,
            $"{settings.BackupRoot} has {free:N0} bytes free; the snapshot of {source.Path} alone needs {source.Bytes:N0}.",
            "Free space there, or name another -BackupRoot.");
    }

    private BackupManifest Describe(
        BackupRequest request, SourceFacts source, Capture capture, string id, string database, string artefact, TimeSpan duration) => new()
        {
            Format = BackupManifest.CurrentFormat,
            Id = id,
            Database = database,
            Label = string.IsNullOrEmpty(request.Label) ? null : request.Label,
            Mode = engine.Mode,
            SnapshotAt = capture.SnapshotAt,
            DurationSeconds = Math.Round(duration.TotalSeconds, 3),
            Source = new SourceIdentity(source.Path, Environment.MachineName, capture.SourceBytes, source.UnixMode, source.UserId, source.GroupId),
            Artefact = new ArtefactDescription(Path.GetFileName(artefact), capture.ArtefactBytes, capture.ArtefactSha256, capture.Compression),
            Contents = capture.Contents,
            Sqlite = capture.Sqlite,
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
