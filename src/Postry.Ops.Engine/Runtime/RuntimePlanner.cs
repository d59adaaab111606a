using System.Security.Cryptography;
using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Reporting;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Engine.Runtime;

/// <summary>What an archive would bring to a repo root: checks all of it, and compares each entry with what is live. Writes nothing outside a scratch folder.</summary>
internal sealed class RuntimePlanner(OpsSettings settings, string root, IReporter reporter) : IDisposable
{
    private const string Operation = "Restore";
    private const int MostLinks = 40;
    private readonly ScratchFolder _scratch = ScratchFolder.Create(settings.BackupRoot, Operation);
    private readonly Dictionary<string, EnvFile> _archived = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _merged = new(StringComparer.Ordinal);

    /// <summary>The archive, once it has been planned with.</summary>
    public RuntimeArchive Archive { get; private set; } = null!;

    /// <summary>What was checked of the archive.</summary>
    public IReadOnlyList<Check> Checks { get; private set; } = [];

    /// <summary>Compares an archive with what is live. Errors: BackupCorrupt, ArchiveRefused, RestoreRefused, AccessDenied.</summary>
    public async Task<RuntimeChanges> PlanAsync(BackupSet set, CancellationToken cancellation)
    {
        var manifest = ManifestFile.Read(set.ManifestFile, settings.Keys).Manifest
            ?? throw new ManifestInvalidException(Operation, set.ManifestFile, $"{set.ManifestFile} cannot be read.", "Use another backup.");
        Archive = new RuntimeArchive(manifest, set.BackupFile, _scratch, set.Status == BackupStatus.Complete, Files.IgnoresCase(root), reporter);
        Checks = await Archive.CheckAsync(cancellation).ConfigureAwait(false);
        if (Checks.FirstOrDefault(check => check.Status == CheckStatus.Failed) is { } failed) throw Refusal(set, failed);
        try
        {
            await MergeEnvFilesAsync(cancellation).ConfigureAwait(false);
            return Compare(set);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new AccessDeniedException(Operation, root, $"The runtime files in {root} cannot be read: {e.Message}", "Run as a user who may read and replace them.", e);
        }
    }

    /// <summary>The bytes that an env file gets, with the live values of the keys that keep them; null for other files, which come as they are in the archive.</summary>
    public byte[]? MergedBytes(string path) => _merged.GetValueOrDefault(path);

    /// <summary>The permissions that a file or folder gets: those of the archive, or, where it does not know any, those of what is live.</summary>
    public string? ModeOf(RuntimeEntry entry) => entry.Mode ?? FileFacts.Of(Full(entry.Path)).ModeText ?? (OperatingSystem.IsWindows() ? null : entry.Kind == RuntimeEntryKind.Folder ? "755" : EnvFile.IsOne(entry.Path) ? "600" : "644");

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();

    private RuntimeChanges Compare(BackupSet set)
    {
        var problems = new List<string>();
        var files = new List<RuntimeFileChange>();
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in Archive.Entries)
        {
            if (WhyNotThere(entry) is { } inTheWay)
            {
                problems.Add(inTheWay);
                continue;
            }

            // A link among the folders of this root may make one of two.
            var real = Path.Combine(Files.RealPath(Path.GetDirectoryName(Full(entry.Path))!), Path.GetFileName(entry.Path));
            if (entry.Kind != RuntimeEntryKind.Folder && !taken.TryAdd(real, entry.Path))
            {
                problems.Add($"{entry.Path} and {taken[real]} are the same file here");
                continue;
            }

            files.Add(Compare(entry));
            if (files[^1].Change != RuntimeChange.Same && WhyNotWritten(entry) is { } denied) problems.Add(denied);
        }

        if (problems.Count > 0)
        {
            throw new RestoreRefusedException(Operation, root, $"{set.BackupFile} cannot be restored to {root}: {string.Join("; ", problems)}.",
                "Take what is in the way away, or restore to another folder (-RepoRoot, with -AllowDifferentSource).");
        }

        return new RuntimeChanges { Root = root, BackupFile = set.BackupFile, Files = files, Set = set };
    }

    private async Task MergeEnvFilesAsync(CancellationToken cancellation)
    {
        var links = Archive.Entries.Where(entry => entry.Kind == RuntimeEntryKind.Link).ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        var envFiles = Archive.Entries.Where(entry => EnvFile.IsOne(entry.Path)).Select(entry => EndOf(entry.Path, links)).ToHashSet(StringComparer.Ordinal);
        await Archive.ExtractAsync(entry => envFiles.Contains(entry.Path) && entry.Bytes <= EnvFile.LargestBytes, (entry, stream) => MergeAsync(entry, stream, cancellation), cancellation).ConfigureAwait(false);
    }

    private async Task MergeAsync(RuntimeEntry entry, Stream stream, CancellationToken cancellation)
    {
        var bytes = new byte[entry.Bytes];
        await stream.ReadExactlyAsync(bytes, cancellation).ConfigureAwait(false);
        var archived = EnvFile.Parse(bytes);
        _archived[entry.Path] = archived;
        if (LiveEnv(entry.Path) is { } live) _merged[entry.Path] = archived.Keeping(live, [.. settings.Runtime.KeepOnRestore]).ToBytes();
    }

    /// <summary>The path that the links of an archive lead to from another.</summary>
    private static string EndOf(string path, Dictionary<string, RuntimeEntry> links)
    {
        for (var hops = 0; hops < MostLinks && links.TryGetValue(path, out var link); hops++)
            path = Path.GetRelativePath("/", Path.GetFullPath(link.Target!, Path.GetDirectoryName("/" + path)!)).Replace(Path.DirectorySeparatorChar, '/');
        return path;
    }

    private RuntimeFileChange Compare(RuntimeEntry entry)
    {
        var live = LiveState.Of(Full(entry.Path));
        if (live is null) return new RuntimeFileChange(entry.Path, RuntimeChange.New);
        var coming = _merged.GetValueOrDefault(entry.Path) is { } merged
            ? LiveState.OfFile(Convert.ToHexStringLower(SHA256.HashData(merged)), ModeOf(entry))
            : LiveState.Of(entry, ModeOf(entry));
        var change = new RuntimeFileChange(entry.Path, live == coming ? RuntimeChange.Same : RuntimeChange.Changed);
        if (!_archived.TryGetValue(entry.Path, out var archived) || LiveEnv(entry.Path) is not { } now) return change;
        var result = EnvFile.Parse(_merged[entry.Path]);
        var (added, changed, removed) = now.ChangesTo(result);
        var (keptAdded, keptChanged, keptRemoved) = archived.ChangesTo(result);
        return change with { KeysAdded = added, KeysChanged = changed, KeysRemoved = removed, KeysKept = [.. keptAdded.Concat(keptChanged).Concat(keptRemoved).Order(StringComparer.Ordinal)] };
    }

    private EnvFile? LiveEnv(string path)
    {
        // Also through a link: what it leads to is what the application reads.
        var real = Files.RealPath(Full(path));
        var facts = FileFacts.Of(real);
        return facts.Kind == FileKind.File && facts.Bytes <= EnvFile.LargestBytes ? EnvFile.Parse(File.ReadAllBytes(real)) : null;
    }

    /// <summary>Why an entry cannot be put where it belongs, or null.</summary>
    private string? WhyNotThere(RuntimeEntry entry)
    {
        var there = FileFacts.Of(Full(entry.Path)).Kind;
        if (there == FileKind.Special) return $"{entry.Path} is a socket, a pipe or a device now";
        if (entry.Kind != RuntimeEntryKind.Folder && there == FileKind.Folder) return $"{entry.Path} is a folder now";
        if (entry.Kind == RuntimeEntryKind.Folder && there is not (FileKind.Missing or FileKind.Folder)) return $"{entry.Path} is no folder now";
        return RootFolder.WhyNotBelow(root, entry.Path);
    }

    private string? WhyNotWritten(RuntimeEntry entry)
    {
        var parent = RootFolder.NearestAbove(Full(entry.Path));
        return !OperatingSystem.IsWindows() && !UnixCalls.MayWrite(parent) ? $"{parent} cannot be written by this user" : null;
    }

    /// <summary>The folder in which the new version of a path is prepared: one that is there already, for what is missing below it is made only when the restore is certain.</summary>
    public string StageFolder(string path) => RootFolder.NearestAbove(Full(path));

    private string Full(string path) => Path.Combine(root, path);

    private static OpsException Refusal(BackupSet set, Check failed) => failed.Name == "Entries"
        ? new ArchiveRefusedException(Operation, set.BackupFile, $"{set.BackupFile} is refused, and nothing of it was written: {failed.Actual}.", "Find out who made it. Use another backup.")
        : Restoring.RestoreOperation.Corrupt(set, failed);
}
