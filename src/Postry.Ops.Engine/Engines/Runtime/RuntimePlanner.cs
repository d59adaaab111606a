using System.Security.Cryptography;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>
/// Plans what an archive would bring to a repo root: checks all of the archive, and compares each entry with the live file. The planner
/// writes nothing outside a scratch folder.
/// </summary>
internal sealed class RuntimePlanner(OpsSettings settings, string root, IOperationObserver observer) : IDisposable
{
    private const int MostLinks = 40;
    private readonly ScratchFolder _scratch = ScratchFolder.Create(settings.BackupRoot);
    private readonly Dictionary<string, EnvFile> _archived = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EnvFile> _merged = new(StringComparer.Ordinal);
    // Env files that are not put together, with why.
    private readonly Dictionary<string, string> _unread = new(StringComparer.Ordinal);

    /// <summary>The archive, once it has been planned with.</summary>
    public RuntimeArchive Archive { get; private set; } = null!;

    /// <summary>The checks of the archive.</summary>
    public IReadOnlyList<Check> Checks { get; private set; } = [];

    /// <summary>Compares an archive with what is live. Errors: BackupCorrupt, ArchiveRefused, RestoreRefused, AccessDenied.</summary>
    public async Task<RuntimeChanges> PlanAsync(LoadedBackup backup, CancellationToken cancellation)
    {
        var set = backup.Set;
        Archive = new RuntimeArchive(backup.Manifest, backup.ArtefactPath, _scratch, set.Status == BackupStatus.Complete,
            Files.IgnoresCase(root), observer);
        Checks = await Archive.CheckAsync(cancellation);
        if (Checks.FirstOrDefault(check => check.Status == CheckStatus.Failed) is { } failed) throw Refusal(set, failed);
        try
        {
            await MergeEnvFilesAsync(cancellation);
            return Compare(set);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new AccessDeniedException(root, $"The runtime files in {root} cannot be read: {e.Message}",
                "Run as a user who may read and replace them.", e);
        }
    }

    /// <summary>The bytes that an env file gets, with the live values of the keys that keep them; null for other files, which come as they
    /// are in the archive.</summary>
    public byte[]? MergedBytes(string path) => _merged.GetValueOrDefault(path)?.ToBytes();

    /// <summary>The permissions that a file or folder gets: those of the archive, or, where it does not know any, those of what is live;
    /// null on Windows, which has none.</summary>
    public string? ModeOf(RuntimeEntry entry) => OperatingSystem.IsWindows() ? null
        : entry.Mode ?? FileFacts.Of(Full(entry.Path)).ModeText
            ?? (entry.Kind == RuntimeEntryKind.Folder ? "755" : EnvFile.IsEnvFile(entry.Path) ? "600" : "644");

    /// <summary>True for a link of the archive that leads to a folder of the archive, or of the repo root.</summary>
    public bool LeadsToFolder(RuntimeEntry link)
    {
        var links = Archive.Entries.Where(entry => entry.Kind == RuntimeEntryKind.Link)
            .ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        var end = EndOf(link.Path, links);
        return Archive.Entries.Any(entry => (entry.Kind == RuntimeEntryKind.Folder && entry.Path == end)
            || entry.Path.StartsWith(end + "/", StringComparison.Ordinal)) || Directory.Exists(Full(end));
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();

    private RuntimeChanges Compare(BackupSet set)
    {
        var problems = new List<string>();
        var files = new List<RuntimeFileChange>();
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in Archive.Entries)
        {
            if (FindPlaceObstacle(entry) is { } inTheWay)
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
            if (files[^1].Change != RuntimeChange.Same && FindWriteObstacle(entry) is { } denied) problems.Add(denied);
        }

        if (problems.Count > 0)
        {
            throw new RestoreRefusedException(root,
                $"{set.BackupFile} cannot be restored to {root}: {string.Join("; ", problems)}.",
                $"Move away what blocks these paths, or restore to another folder ({OptionName.RepoRoot}, with " +
                    $"{OptionName.AllowDifferentSource}).");
        }

        return new RuntimeChanges { Root = root, BackupFile = set.BackupFile, Files = files, Set = set };
    }

    private async Task MergeEnvFilesAsync(CancellationToken cancellation)
    {
        var links = Archive.Entries.Where(entry => entry.Kind == RuntimeEntryKind.Link)
            .ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        var envFiles = Archive.Entries.Where(entry => EnvFile.IsEnvFile(entry.Path)).Select(entry => EndOf(entry.Path, links))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var entry in Archive.Entries.Where(entry => envFiles.Contains(entry.Path) && entry.Bytes > EnvFile.LargestBytes))
            _unread[entry.Path] = TooLarge("archived");
        await Archive.ExtractAsync(entry => envFiles.Contains(entry.Path) && entry.Bytes <= EnvFile.LargestBytes, (entry, stream) =>
            MergeAsync(entry, stream, cancellation), cancellation);
    }

    private async Task MergeAsync(RuntimeEntry entry, Stream stream, CancellationToken cancellation)
    {
        var bytes = new byte[entry.Bytes];
        await stream.ReadExactlyAsync(bytes, cancellation);
        var (live, problem) = LiveEnv(entry.Path);
        if ((EnvFile.IsText(bytes) ? problem : NoText("archived")) is { } unread)
        {
            _unread[entry.Path] = unread;
            return;
        }

        var archived = EnvFile.Parse(bytes, Kept);
        _archived[entry.Path] = archived;
        if (live is not null) _merged[entry.Path] = archived.Keeping(live, Kept);
    }

    /// <summary>The path that the links of an archive lead to from another.</summary>
    private static string EndOf(string path, Dictionary<string, RuntimeEntry> links)
    {
        for (var hops = 0; hops < MostLinks && links.TryGetValue(path, out var link); hops++)
            path = Below(path, link.Target!);
        return path;
    }

    // The targets of an archive's links lead nowhere outside of it.
    private static string Below(string path, string target)
    {
        var names = path.Split('/').SkipLast(1).ToList();
        foreach (var step in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (step == ".." && names.Count > 0) names.RemoveAt(names.Count - 1);
            else if (step != ".") names.Add(step);
        }

        return string.Join('/', names);
    }

    private RuntimeFileChange Compare(RuntimeEntry entry)
    {
        var live = LiveState.Of(Full(entry.Path));
        if (live is null) return new RuntimeFileChange(entry.Path, RuntimeChange.New) { Kind = entry.Kind };
        var coming = MergedBytes(entry.Path) is { } merged
            ? LiveState.OfFile(Convert.ToHexStringLower(SHA256.HashData(merged)), ModeOf(entry))
            : LiveState.Of(entry, ModeOf(entry));
        var same = live == coming;
        var change = new RuntimeFileChange(entry.Path, same ? RuntimeChange.Same : RuntimeChange.Changed) { Kind = entry.Kind };
        if (change.Change == RuntimeChange.Changed && _unread.TryGetValue(entry.Path, out var unread))
            return change with { KeysNote = unread };
        if (!_archived.TryGetValue(entry.Path, out var archived) || LiveEnv(entry.Path).File is not { } now) return change;
        var result = _merged[entry.Path];
        var (added, changed, removed) = now.ChangesTo(result);
        var (keptAdded, keptChanged, keptRemoved) = archived.ChangesTo(result);
        return change with
        {
            KeysAdded = added,
            KeysChanged = changed,
            KeysRemoved = removed,
            KeysKept = [.. keptAdded.Concat(keptChanged).Concat(keptRemoved).Order(StringComparer.Ordinal)],
            KeysNote = archived.OpenLine is { } there ? Open("archived", there) : now.OpenLine is { } here ? Open("live", here) : null,
        };
    }

    private IReadOnlyList<string> Kept => settings.Runtime.KeepOnRestore;

    private (EnvFile? File, string? Problem) LiveEnv(string path)
    {
        // The application reads the file that a link leads to, so the comparison follows links.
        var real = Files.RealPath(Full(path));
        var facts = FileFacts.Of(real);
        if (facts.Kind != FileKind.File) return (null, null);
        if (facts.Bytes > EnvFile.LargestBytes) return (null, TooLarge("live"));
        var bytes = Files.ReadAllBytes(real);
        return EnvFile.IsText(bytes) ? (EnvFile.Parse(bytes, Kept), null) : (null, NoText("live"));
    }

    private static string TooLarge(string which) =>
        Invariant($"no key keeps its live value, because the {which} file is larger than {EnvFile.LargestBytes:N0} bytes");

    private static string NoText(string which) => $"no key keeps its live value, because the {which} file holds NUL bytes, as UTF-16 does";

    private static string Open(string which, int line) =>
        $"the keys after line {line} of the {which} file are not named, because a quote there is never closed";

    /// <summary>Returns the reason why an entry cannot be put at its path, or null.</summary>
    private string? FindPlaceObstacle(RuntimeEntry entry)
    {
        var there = FileFacts.Of(Full(entry.Path)).Kind;
        if (there == FileKind.Special) return $"{entry.Path} is a socket, a pipe or a device now";
        if (entry.Kind != RuntimeEntryKind.Folder && there == FileKind.Folder) return $"{entry.Path} is a folder now";
        if (entry.Kind == RuntimeEntryKind.Folder && there is not (FileKind.Missing or FileKind.Folder))
            return $"{entry.Path} is not a folder any more";
        return RootFolder.FindObstacleBelow(root, entry.Path);
    }

    private string? FindWriteObstacle(RuntimeEntry entry)
    {
        var parent = RootFolder.NearestAbove(Full(entry.Path));
        return !OperatingSystem.IsWindows() && !UnixCalls.MayWrite(parent) ? $"{parent} cannot be written by this user" : null;
    }

    /// <summary>The folder in which the new version of a path is prepared: one that is there already, for what is missing below it is made
    /// only when the restore is certain.</summary>
    public string StageFolder(string path) => RootFolder.NearestAbove(Full(path));

    private string Full(string path) => Path.Combine(root, path);

    private static OpsException Refusal(BackupSet set, Check failed) => failed.Name == "Entries"
        ? new ArchiveRefusedException(set.BackupFile,
            $"{set.BackupFile} is refused, and nothing of it was written: {Sentence.End(failed.Actual)}",
                "Find out who made it. Use another backup.")
        : ArtefactChecks.Corrupt(set, failed);
}
