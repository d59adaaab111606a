using System.Security.Cryptography;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>Prepares the runtime files that are to go live beside those that they replace, and keeps these.</summary>
internal sealed class RuntimeStage(OpsSettings settings, IOperationObserver observer)
{
    private const string StageMark = ".postry-stage-";
    private const string BackMark = ".postry-back-";

    /// <summary>Prepares the files of a restore.</summary>
    /// <returns>The checks, and the outcome for the record.</returns>
    public async Task<(IReadOnlyList<Check> Checks, RuntimeOutcome Outcome)> StageAsync(RuntimeChanges planned, SwapLog log,
        CancellationToken cancellation)
    {
        using var planner = new RuntimePlanner(settings, planned.Root, observer);
        // The question may have been open for long: everything is looked at once more.
        var changes = await planner.PlanAsync(ManifestReader.Read(planned.Set.ManifestFile, settings.Keys), cancellation);
        var entries = planner.Archive.Entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        var touched = changes.Files.Where(file => file.Change != RuntimeChange.Same).Select(file => entries[file.Path]).ToList();
        var replaced = touched.Where(entry => entry.Kind != RuntimeEntryKind.Folder).ToList();
        var journal = new RuntimeJournal
        {
            Root = changes.Root,
            Kept = PreviousFiles.FolderFor(log.Journal, settings.BackupRoot),
            FoldersToCreate = [.. MissingFolders(changes.Root, replaced.Select(entry => (entry.Path, entry.UserId, entry.GroupId))),
                .. touched.Where(entry => entry.Kind == RuntimeEntryKind.Folder)
                .Select(entry => Folder(changes.Root, entry, planner.ModeOf(entry)))],
            Steps = [.. replaced.Select((entry, index) => new RuntimeStep(
                entry.Path, Path.Combine(planner.StageFolder(entry.Path), $"{StageMark}{log.Journal.RestoreId}-{index}"),
                LiveState.Of(Path.Combine(changes.Root, entry.Path)), NewState(entry, planner)))],
        };
        journal = journal with { FoldersToCreate = InOrder(journal.FoldersToCreate) };
        log.Note(state => state with { Runtime = journal });

        var stages = journal.Steps.ToDictionary(step => step.Path, step => step.Stage!, StringComparer.Ordinal);
        var taken = new List<string>();
        foreach (var link in replaced.Where(entry => entry.Kind == RuntimeEntryKind.Link))
        {
            Files.CreateLink(stages[link.Path], link.Target!, planner.LeadsToFolder(link));
            TryKeepOwner(stages[link.Path], Path.Combine(changes.Root, link.Path), link);
        }

        await planner.Archive.ExtractAsync(
            entry => stages.ContainsKey(entry.Path),
            async (entry, bytes) =>
            {
                await using (var stage = Files.CreatePrivate(stages[entry.Path]))
                {
                    if (planner.MergedBytes(entry.Path) is { } merged) await stage.WriteAsync(merged, cancellation);
                    else await bytes.CopyToAsync(stage, cancellation);
                    stage.Flush(flushToDisk: true);
                }

                if (!ApplyAttributes(stages[entry.Path], Path.Combine(changes.Root, entry.Path), entry, planner.ModeOf(entry)))
                    taken.Add(entry.Path);
            }, cancellation);
        if (taken.Count > 0)
            observer.Warning(
                $"These runtime files belong to other users, and this user may not change owners, so this user becomes their owner: " +
                $"{string.Join(", ", taken)}. Check that the application can still read them.");
        PreviousFiles.KeepAll(journal);
        RuntimeSwap.SyncFolders(journal);
        return (Described(planner.Checks), Outcome(changes, journal));
    }

    /// <summary>Prepares the files that an undo brings back. Files whose path is blocked are left out.</summary>
    /// <returns>The files that are left out, in words.</returns>
    public IReadOnlyList<string> StageBack(RuntimeOutcome outcome, SwapLog log)
    {
        var kept = outcome.KeptFolder;
        var files = FilesOf(outcome).Select(file =>
            (file.Path, Blocked: FindObstacle(outcome, file.Path)
                ?? (IsLost(outcome, file) ? $"{file.Path} as it was before is gone" : null)))
            .ToList();
        var journal = new RuntimeJournal
        {
            Root = outcome.Root,
            Kept = PreviousFiles.FolderFor(log.Journal, settings.BackupRoot),
            FoldersToRemove = [.. outcome.MadeFolders.Where(folder => RootFolder.FindObstacleBelow(outcome.Root, folder) is null)
                .OrderByDescending(folder => folder, StringComparer.Ordinal)],
            Steps = [.. files.Where(file => file.Blocked is null).Select(file => file.Path)
                .Where(path => FileFacts.Of(Path.Combine(outcome.Root, path)).Kind != FileKind.Folder)
                .Select((path, index) => Back(outcome.Root, kept is null ? null : Path.Combine(kept, path), path,
                    $"{BackMark}{log.Journal.RestoreId}-{index}"))],
        };
        // The folders of the files may have been removed since.
        journal = journal with { FoldersToCreate = InOrder([.. MissingFolders(outcome.Root,
            journal.Steps.Where(step => step.Stage is not null).Select(step => OwnerOf(kept!, step.Path))),
            .. outcome.ChangedFolders.Where(folder => FindObstacle(outcome, folder) is null)]) };
        log.Note(state => state with { Runtime = journal });
        foreach (var step in journal.Steps) if (step.Stage is not null) PreviousFiles.Copy(Path.Combine(kept!, step.Path), step.Stage);
        PreviousFiles.KeepAll(journal);
        RuntimeSwap.SyncFolders(journal);
        return [.. files.Select(file => file.Blocked).Concat(outcome.ChangedFolders.Select(folder => FindObstacle(outcome, folder)))
            .OfType<string>()];
    }

    /// <summary>Returns the reason why the runtime files of a restore cannot be put back, or null.</summary>
    public static OpsException? FindReturnObstacle(RuntimeOutcome outcome, string restoreId)
    {
        var files = FilesOf(outcome).ToList();
        var blocked = files.Select(file => FindObstacle(outcome, file.Path))
            .Concat(outcome.ChangedFolders.Select(folder => FindObstacle(outcome, folder))).OfType<string>().ToList();
        if (blocked.Count > 0)
        {
            return new RestoreRefusedException(restoreId,
                $"{restoreId} cannot be undone in {outcome.Root}: {string.Join("; ", blocked.Take(5))}.",
                "Move away what blocks these paths, then undo again.");
        }

        var lost = files.Where(file => IsLost(outcome, file)).Select(file => file.Path).ToList();
        return lost.Count == 0 ? null : new SourceNotFoundException(restoreId,
            $"The runtime files that the restore {restoreId} replaced are missing: {string.Join(", ", lost.Take(5))}" +
                $"{(outcome.KeptFolder is { } folder ? $" in {folder}" : "")}.",
            $"Restore the runtime files of an older backup instead: {CommandName.RestoreRuntime}.");
    }

    /// <summary>The files and links that a restore brought, in its order.</summary>
    private static IEnumerable<RuntimeFileChange> FilesOf(RuntimeOutcome outcome)
    {
        var folders = outcome.MadeFolders.Concat(outcome.ChangedFolders.Select(folder => folder.Path)).ToHashSet(StringComparer.Ordinal);
        return outcome.Files.Where(file => file.Change != RuntimeChange.Same && !folders.Contains(file.Path));
    }

    /// <summary>
    /// Returns the reason why a file or link cannot be put back, or removed again, or null. A folder that was made where nothing was before
    /// stays, and blocks nothing.
    /// </summary>
    private static string? FindObstacle(RuntimeOutcome outcome, string path) => RootFolder.FindObstacleBelow(outcome.Root, path)
        ?? (IsKept(outcome, path) && FileFacts.Of(Path.Combine(outcome.Root, path)).Kind == FileKind.Folder ? $"{path} is a folder now"
            : null);

    private static string? FindObstacle(RuntimeOutcome outcome, RuntimeFolder folder) =>
        RootFolder.FindObstacleBelow(outcome.Root, folder.Path)
        ?? (FileFacts.Of(Path.Combine(outcome.Root, folder.Path)).Kind is FileKind.Folder or FileKind.Missing ? null
            : $"{folder.Path} is not a folder any more");

    private static bool IsKept(RuntimeOutcome outcome, string path) => outcome.KeptFolder is { } kept
        && FileFacts.Of(Path.Combine(kept, path)).Kind is FileKind.File or FileKind.Link;

    private static bool IsLost(RuntimeOutcome outcome, RuntimeFileChange file) => file.Change == RuntimeChange.Changed
        && !IsKept(outcome, file.Path);

    private static RuntimeStep Back(string root, string? kept, string path, string stageName)
    {
        var full = Path.Combine(root, path);
        var there = kept is null ? null : LiveState.Of(kept);
        return new RuntimeStep(path, there is null ? null : Path.Combine(RootFolder.NearestAbove(full), stageName), LiveState.Of(full),
            there);
    }

    private static string NewState(RuntimeEntry entry, RuntimePlanner planner) => planner.MergedBytes(entry.Path) is { } merged
        ? LiveState.OfFile(Convert.ToHexStringLower(SHA256.HashData(merged)), planner.ModeOf(entry))
        : LiveState.Of(entry, planner.ModeOf(entry));

    /// <summary>
    /// The folders above some files that do not exist. They get the files' owners, because nothing else is known of them.
    /// </summary>
    private static IEnumerable<RuntimeFolder> MissingFolders(string root, IEnumerable<(string Path, uint? User, uint? Group)> files)
    {
        foreach (var (path, user, group) in files)
        {
            for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
                if (!Directory.Exists(Path.Combine(root, path[..slash]))) yield return new RuntimeFolder(path[..slash], null, user, group);
        }
    }

    // A folder that is there keeps its owner, as a file does.
    private static RuntimeFolder Folder(string root, RuntimeEntry entry, string? mode) =>
        Directory.Exists(Path.Combine(root, entry.Path)) ? new RuntimeFolder(entry.Path, mode)
            : new RuntimeFolder(entry.Path, mode, entry.UserId, entry.GroupId);

    private static (string Path, uint? User, uint? Group) OwnerOf(string folder, string path)
    {
        var facts = FileFacts.Of(Path.Combine(folder, path));
        return (path, facts.UserId, facts.GroupId);
    }

    private static IReadOnlyList<RuntimeFolder> InOrder(IEnumerable<RuntimeFolder> folders) =>
        [.. folders.GroupBy(folder => folder.Path, StringComparer.Ordinal).Select(group => group.Last())
            .OrderBy(folder => folder.Path, StringComparer.Ordinal)];

    /// <summary>Gives a prepared file its permissions, owner and time. False where it takes the place of one that belongs to somebody
    /// else.</summary>
    private static bool ApplyAttributes(string stage, string live, RuntimeEntry entry, string? mode)
    {
        var kept = TryKeepOwner(stage, live, entry);
        if (OperatingSystem.IsWindows())
        {
            // A replaced file keeps its access list; a new one gets that of its folder.
            if (File.Exists(live)) AccessList.Copy(live, stage);
            else AccessList.Inherit(stage);
        }
        else if (mode is not null) File.SetUnixFileMode(stage, (UnixFileMode)Convert.ToInt32(mode, 8));
        File.SetLastWriteTimeUtc(stage, entry.ModifiedAt);
        return kept;
    }

    private static bool TryKeepOwner(string stage, string live, RuntimeEntry entry)
    {
        if (OperatingSystem.IsWindows()) return true;
        // A replaced file keeps its owner, because another host may number its users differently.
        var there = FileFacts.Of(live);
        if ((there.UserId ?? entry.UserId) is not { } user || (there.GroupId ?? entry.GroupId) is not { } group
            || UnixCalls.TryChangeOwner(stage, user, group))
            return true;
        var now = FileFacts.Of(stage);
        return there.Kind == FileKind.Missing || (now.UserId, now.GroupId) == (there.UserId, there.GroupId);
    }

    private static IReadOnlyList<Check> Described(IReadOnlyList<Check> checks) =>
        [.. checks.Select(check => check with { Name = $"Runtime: {check.Name}" })];

    private static RuntimeOutcome Outcome(RuntimeChanges changes, RuntimeJournal journal) => new()
    {
        Root = changes.Root,
        BackupFile = changes.BackupFile,
        Files = changes.Files,
        KeptFolder = journal.Steps.Any(step => step.Live is not null) ? journal.Kept : null,
        ChangedFolders = [.. journal.FoldersToCreate
            .Select(folder => (folder.Path, Facts: FileFacts.Of(Path.Combine(journal.Root, folder.Path))))
            .Where(folder => folder.Facts.Kind == FileKind.Folder)
            .Select(folder => new RuntimeFolder(folder.Path, folder.Facts.ModeText))],
        MadeFolders = [.. journal.FoldersToCreate.Select(folder => folder.Path)
            .Where(folder => !Directory.Exists(Path.Combine(journal.Root, folder)))],
    };
}
