using System.Diagnostics;
using System.Security.Cryptography;
using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Reporting;
using Postry.Ops.Engine.Restoring;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Engine.Runtime;

/// <summary>
/// Replaces runtime files file by file. All of them are prepared beside their targets, and what they replace is kept, before the first is touched;
/// from the commit point on the renames can be finished by whoever comes next.
/// </summary>
internal sealed class RuntimeSwap(OpsSettings settings, IReporter reporter)
{
    private const string StageMark = ".postry-stage-";
    private const string BackMark = ".postry-back-";

    /// <summary>Prepares what a restore brings.</summary>
    /// <returns>What was checked, and what the record says of it.</returns>
    public async Task<(IReadOnlyList<Check> Checks, RuntimeOutcome Outcome)> StageAsync(RuntimeChanges planned, SwapLog log, CancellationToken cancellation)
    {
        using var planner = new RuntimePlanner(settings, planned.Root, reporter);
        // The question may have been open for long: everything is looked at once more.
        var changes = await planner.PlanAsync(planned.Set, cancellation).ConfigureAwait(false);
        var entries = planner.Archive.Entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        var touched = changes.Files.Where(file => file.Change != RuntimeChange.Same).Select(file => entries[file.Path]).ToList();
        var replaced = touched.Where(entry => entry.Kind != RuntimeEntryKind.Folder).ToList();
        var journal = new RuntimeJournal
        {
            Root = changes.Root,
            Kept = KeptFolder(log.Journal),
            Make = [.. MissingFolders(changes.Root, replaced), .. touched.Where(entry => entry.Kind == RuntimeEntryKind.Folder).Select(entry => new RuntimeFolder(entry.Path, planner.ModeOf(entry)))],
            Steps = [.. replaced.Select((entry, index) => new RuntimeStep(
                entry.Path, Path.Combine(planner.StageFolder(entry.Path), $"{StageMark}{log.Journal.RestoreId}-{index}"), LiveState.Of(Path.Combine(changes.Root, entry.Path)), Coming(entry, planner)))],
        };
        journal = journal with { Make = [.. journal.Make.GroupBy(folder => folder.Path, StringComparer.Ordinal).Select(group => group.Last()).OrderBy(folder => folder.Path, StringComparer.Ordinal)] };
        log.Note(state => state with { Runtime = journal });

        var stages = journal.Steps.ToDictionary(step => step.Path, step => step.Stage!, StringComparer.Ordinal);
        foreach (var link in replaced.Where(entry => entry.Kind == RuntimeEntryKind.Link)) File.CreateSymbolicLink(stages[link.Path], link.Target!);
        await planner.Archive.ExtractAsync(
            entry => stages.ContainsKey(entry.Path),
            async (entry, bytes) =>
            {
                await using (var stage = Files.CreatePrivate(stages[entry.Path]))
                {
                    if (planner.MergedBytes(entry.Path) is { } merged) await stage.WriteAsync(merged, cancellation).ConfigureAwait(false);
                    else await bytes.CopyToAsync(stage, cancellation).ConfigureAwait(false);
                    stage.Flush(flushToDisk: true);
                }

                Dress(stages[entry.Path], Path.Combine(changes.Root, entry.Path), entry, planner.ModeOf(entry));
            },
            cancellation).ConfigureAwait(false);
        foreach (var step in journal.Steps) Keep(journal, step.Path);
        SyncFolders(journal);
        return (Described(planner.Checks), Outcome(changes, journal));
    }

    /// <summary>Prepares what an undo brings back.</summary>
    public void StageBack(RuntimeOutcome outcome, SwapLog log)
    {
        var kept = outcome.KeptFolder;
        var journal = new RuntimeJournal
        {
            Root = outcome.Root,
            Kept = KeptFolder(log.Journal),
            Make = outcome.ChangedFolders,
            Unmake = [.. outcome.MadeFolders.OrderByDescending(folder => folder, StringComparer.Ordinal)],
            Steps = [.. outcome.Files
                .Where(file => file.Change != RuntimeChange.Same && !outcome.MadeFolders.Contains(file.Path))
                .Where(file => FileFacts.Of(Path.Combine(outcome.Root, file.Path)).Kind != FileKind.Folder)
                .Select((file, index) => Back(outcome.Root, kept is null ? null : Path.Combine(kept, file.Path), file.Path, $"{BackMark}{log.Journal.RestoreId}-{index}"))],
        };
        log.Note(state => state with { Runtime = journal });
        foreach (var blocked in outcome.Files.Where(file => file.Change == RuntimeChange.Changed && kept is not null
                     && FileFacts.Of(Path.Combine(outcome.Root, file.Path)).Kind == FileKind.Folder && FileFacts.Of(Path.Combine(kept, file.Path)).Kind != FileKind.Missing))
            reporter.Warning($"{blocked.Path} is a folder now and is left as it is; what was there before is in {kept}.");
        foreach (var step in journal.Steps)
        {
            if (step.Stage is not null) CopyAsItIs(Path.Combine(kept!, step.Path), step.Stage);
            Keep(journal, step.Path);
        }

        SyncFolders(journal);
    }

    /// <summary>Makes what was prepared live. May be called again after a crash: what has been done is left as it is.</summary>
    /// <returns>What could not be done, in words; empty where all of it is live.</returns>
    public static IReadOnlyList<string> Forward(RuntimeJournal journal)
    {
        var problems = new List<string>();
        foreach (var folder in journal.Make) Try(problems, folder.Path, () => Directory.CreateDirectory(Path.Combine(journal.Root, folder.Path)));
        foreach (var step in journal.Steps) Try(problems, step.Path, () => Replace(journal, step));
        // Last, for a folder that may not be written takes no files.
        foreach (var folder in journal.Make)
            if (folder.Mode is { } mode) Try(problems, folder.Path, () => Permit(Path.Combine(journal.Root, folder.Path), mode));
        foreach (var folder in journal.Unmake)
            if (Directory.Exists(Path.Combine(journal.Root, folder)) && !Directory.EnumerateFileSystemEntries(Path.Combine(journal.Root, folder)).Any()) Try(problems, folder, () => Directory.Delete(Path.Combine(journal.Root, folder)));
        SyncFolders(journal);
        return problems;
    }

    /// <summary>Takes away what was prepared and did not go live; what was kept stays.</summary>
    public static void DiscardStages(RuntimeJournal journal)
    {
        foreach (var step in journal.Steps) if (step.Stage is not null) Files.TryDelete(step.Stage);
    }

    /// <summary>Takes the preparations back: nothing has been replaced.</summary>
    public static void Discard(RuntimeJournal journal)
    {
        DiscardStages(journal);
        if (Directory.Exists(journal.Kept)) Directory.Delete(journal.Kept, recursive: true);
    }

    /// <summary>Whether every file that was replaced is what it should be.</summary>
    public static Check CheckLive(RuntimeJournal journal)
    {
        var clock = Stopwatch.StartNew();
        var wrong = journal.Steps.Where(step => LiveState.Of(Path.Combine(journal.Root, step.Path)) != step.Coming).Select(step => step.Path).ToList();
        return wrong.Count == 0
            ? new Check("Runtime files in place", CheckStatus.Passed, $"{journal.Steps.Count} replaced", $"{journal.Steps.Count} replaced", Duration: clock.Elapsed)
            : new Check("Runtime files in place", CheckStatus.Inconclusive, $"{journal.Steps.Count} replaced", $"others have written to {string.Join(", ", wrong.Take(5))} since", Duration: clock.Elapsed);
    }

    /// <summary>Why the runtime files of a restore cannot be put back, or null.</summary>
    public static OpsException? WhyNotBack(RuntimeOutcome outcome, string restoreId)
    {
        var lost = outcome.Files.Where(file => file.Change == RuntimeChange.Changed && !outcome.MadeFolders.Contains(file.Path)
            && FileFacts.Of(Path.Combine(outcome.Root, file.Path)).Kind != FileKind.Folder
            && (outcome.KeptFolder is null || FileFacts.Of(Path.Combine(outcome.KeptFolder, file.Path)).Kind == FileKind.Missing)).Select(file => file.Path).ToList();
        return lost.Count == 0 ? null : new SourceNotFoundException("Undo", restoreId,
            $"What {restoreId} replaced of the runtime files is gone: {string.Join(", ", lost.Take(5))}{(outcome.KeptFolder is { } folder ? $" in {folder}" : "")}.",
            "It was removed. Restore the runtime files of an earlier backup instead: Restore-PostryRuntime.");
    }

    /// <summary>Removes a folder of kept files. Returns the bytes that became free.</summary>
    public static long Remove(string folder)
    {
        var bytes = SizeOf(folder);
        if (!Directory.Exists(folder)) return 0;
        Directory.Delete(folder, recursive: true);
        Files.SyncFolder(Path.GetDirectoryName(folder)!);
        return bytes;
    }

    /// <summary>Size of a folder of kept files; 0 where there is none.</summary>
    public static long SizeOf(string? folder) => folder is not null && Directory.Exists(folder) ? StoredArtefact.Size(folder) ?? 0 : 0;

    /// <summary>The folder that keeps what a restore or an undo replaces. Env files hold secrets, so it lies in the backup root, which only its owner can read.</summary>
    public string KeptFolder(RestoreJournal journal) => Path.Combine(
        new BackupLayout(settings.BackupRoot).RestoreFolder, Path.GetFileName(RestoreJournal.PreviousFor("/runtime", journal.StartedAt, journal.RestoreId, journal.Kind)));

    private static void Replace(RuntimeJournal journal, RuntimeStep step)
    {
        var full = Path.Combine(journal.Root, step.Path);
        if (step.Stage is null ? FileFacts.Of(full).Kind == FileKind.Missing : FileFacts.Of(step.Stage).Kind == FileKind.Missing) return;
        // Somebody has written to it since it was prepared: that is kept as well.
        if (LiveState.Of(full) is { } live && live != step.Live) Keep(journal, step.Path);
        if (step.Stage is null) File.Delete(full);
        else File.Move(step.Stage, full, overwrite: true);
        Files.OnAppeared?.Invoke(full, step.Stage);
    }

    private static void Permit(string folder, string mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32(mode, 8));
    }

    private static void Try(List<string> problems, string path, Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path}: {e.Message}");
        }
    }

    private static RuntimeStep Back(string root, string? kept, string path, string stageName)
    {
        var full = Path.Combine(root, path);
        var there = kept is null ? null : LiveState.Of(kept);
        var folder = Path.GetDirectoryName(full)!;
        while (!Directory.Exists(folder)) folder = Path.GetDirectoryName(folder)!;
        return new RuntimeStep(path, there is null ? null : Path.Combine(folder, stageName), LiveState.Of(full), there);
    }

    private static string Coming(RuntimeEntry entry, RuntimePlanner planner) => planner.MergedBytes(entry.Path) is { } merged
        ? LiveState.OfFile(Convert.ToHexStringLower(SHA256.HashData(merged)), planner.ModeOf(entry))
        : LiveState.Of(entry, planner.ModeOf(entry));

    private static IEnumerable<RuntimeFolder> MissingFolders(string root, IEnumerable<RuntimeEntry> entries)
    {
        foreach (var entry in entries)
        {
            for (var slash = entry.Path.IndexOf('/'); slash > 0; slash = entry.Path.IndexOf('/', slash + 1))
                if (!Directory.Exists(Path.Combine(root, entry.Path[..slash]))) yield return new RuntimeFolder(entry.Path[..slash], null);
        }
    }

    /// <summary>Gives a prepared file its permissions, owner and time.</summary>
    private static void Dress(string stage, string live, RuntimeEntry entry, string? mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            // What is replaced keeps its owner: an archive from another host may number its users otherwise.
            var there = FileFacts.Of(live);
            if ((there.UserId ?? entry.UserId) is { } user && (there.GroupId ?? entry.GroupId) is { } group) UnixCalls.TryChangeOwner(stage, user, group);
            if (mode is not null) File.SetUnixFileMode(stage, (UnixFileMode)Convert.ToInt32(mode, 8));
        }

        File.SetLastWriteTimeUtc(stage, entry.ModifiedAt);
    }

    /// <summary>Keeps what is live at a path, durably, in place of what was kept of it before.</summary>
    private static void Keep(RuntimeJournal journal, string path)
    {
        var (full, copy) = (Path.Combine(journal.Root, path), Path.Combine(journal.Kept, path));
        if (FileFacts.Of(full).Kind is not (FileKind.File or FileKind.Link)) return;
        Files.CreatePrivateFolder(Path.GetDirectoryName(copy)!);
        Files.TryDelete(copy);
        CopyAsItIs(full, copy);
        for (var folder = Path.GetDirectoryName(copy)!; folder.Length >= journal.Kept.Length; folder = Path.GetDirectoryName(folder)!) Files.SyncFolder(folder);
        Files.SyncFolder(Path.GetDirectoryName(journal.Kept)!);
    }

    private static void CopyAsItIs(string from, string to)
    {
        var facts = FileFacts.Of(from);
        if (facts.Kind == FileKind.Link)
        {
            File.CreateSymbolicLink(to, new FileInfo(from).LinkTarget!);
            return;
        }

        using (var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        using (var copy = Files.CreatePrivate(to))
        {
            source.CopyTo(copy);
            copy.Flush(flushToDisk: true);
        }

        if (!OperatingSystem.IsWindows())
        {
            if (facts is { UserId: { } user, GroupId: { } group }) UnixCalls.TryChangeOwner(to, user, group);
            File.SetUnixFileMode(to, facts.Mode!.Value);
        }

        File.SetLastWriteTimeUtc(to, facts.ModifiedAt);
    }

    private static void SyncFolders(RuntimeJournal journal)
    {
        foreach (var folder in journal.Steps.Select(step => Path.GetDirectoryName(Path.Combine(journal.Root, step.Path))!)
                     .Concat(journal.Steps.Where(step => step.Stage is not null).Select(step => Path.GetDirectoryName(step.Stage)!))
                     .Concat(journal.Make.Select(folder => Path.Combine(journal.Root, folder.Path)))
                     .Append(journal.Root).Distinct(StringComparer.Ordinal).Where(Directory.Exists))
            Files.SyncFolder(folder);
    }

    private static IReadOnlyList<Check> Described(IReadOnlyList<Check> checks) => [.. checks.Select(check => check with { Name = $"Runtime: {check.Name}" })];

    private static RuntimeOutcome Outcome(RuntimeChanges changes, RuntimeJournal journal) => new()
    {
        Root = changes.Root,
        BackupFile = changes.BackupFile,
        Files = changes.Files,
        KeptFolder = journal.Steps.Any(step => step.Live is not null) ? journal.Kept : null,
        ChangedFolders = [.. journal.Make.Select(folder => (folder.Path, Facts: FileFacts.Of(Path.Combine(journal.Root, folder.Path)))).Where(folder => folder.Facts.Kind == FileKind.Folder)
            .Select(folder => new RuntimeFolder(folder.Path, folder.Facts.ModeText))],
        MadeFolders = [.. journal.Make.Select(folder => folder.Path).Where(folder => !Directory.Exists(Path.Combine(journal.Root, folder)))],
    };
}
