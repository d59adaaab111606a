using System.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>
/// Replaces runtime files file by file. All of them have been prepared (see <see cref="RuntimeStage"/>) before the first is touched;
/// from the commit point on the renames can be finished by whoever comes next.
/// </summary>
internal static class RuntimeSwap
{
    /// <summary>Name of the check that every file is the one that was to come.</summary>
    public const string InPlaceCheck = "Runtime files in place";

    /// <summary>Makes the prepared files live. After a crash the method may be called again: steps that are done stay done.</summary>
    /// <returns>The problems, in words; empty if everything is live.</returns>
    public static IReadOnlyList<string> Forward(RuntimeJournal journal)
    {
        var problems = new List<string>();
        foreach (var folder in journal.FoldersToCreate)
            Try(problems, folder.Path, () => Directory.CreateDirectory(Path.Combine(journal.Root, folder.Path)));
        foreach (var step in journal.Steps) Try(problems, step.Path, () => Replace(journal, step));
        // Last, for a folder that may not be written takes no files.
        foreach (var folder in journal.FoldersToCreate)
            Try(problems, folder.Path, () => Permit(Path.Combine(journal.Root, folder.Path), folder));
        foreach (var folder in journal.FoldersToRemove) Try(problems, folder, () => DeleteEmpty(Path.Combine(journal.Root, folder)));
        SyncFolders(journal);
        return problems;
    }

    /// <summary>Removes what was prepared and did not go live; what was kept stays.</summary>
    public static void DiscardStages(RuntimeJournal journal)
    {
        foreach (var step in journal.Steps) if (step.Stage is not null) Files.TryDelete(step.Stage);
    }

    /// <summary>Removes the preparations: nothing has been replaced.</summary>
    public static void Discard(RuntimeJournal journal)
    {
        DiscardStages(journal);
        if (Directory.Exists(journal.Kept)) Files.DeleteFolder(journal.Kept, recursive: true);
    }

    /// <summary>Checks that every replaced file is as it should be.</summary>
    public static Check CheckLive(RuntimeJournal journal)
    {
        var clock = Stopwatch.StartNew();
        var wrong = journal.Steps.Where(step => LiveState.Of(Path.Combine(journal.Root, step.Path)) != step.NewState)
            .Select(step => step.Path).ToList();
        return wrong.Count == 0
            ? new Check(InPlaceCheck, CheckStatus.Passed, $"{journal.Steps.Count} replaced", $"{journal.Steps.Count} replaced",
                Duration: clock.Elapsed)
            : new Check(InPlaceCheck, CheckStatus.Inconclusive, $"{journal.Steps.Count} replaced",
                $"others have written to {string.Join(", ", wrong.Take(5))} since", Duration: clock.Elapsed);
    }

    private static void Replace(RuntimeJournal journal, RuntimeStep step)
    {
        var full = Path.Combine(journal.Root, step.Path);
        if (step.Stage is null ? FileFacts.Of(full).Kind == FileKind.Missing : FileFacts.Of(step.Stage).Kind == FileKind.Missing) return;
        // The file was written to after the stage was prepared, so this state is kept as well.
        if (LiveState.Of(full) is { } live && live != step.Live) PreviousFiles.Keep(journal, step.Path);
        if (step.Stage is null) Files.Delete(full);
        else Files.Replace(step.Stage, full);
        Files.OnAppeared?.Invoke(full, step.Stage);
    }

    private static void Permit(string path, RuntimeFolder folder)
    {
        if (OperatingSystem.IsWindows()) return;
        if (folder is { UserId: { } user, GroupId: { } group }) UnixCalls.TryChangeOwner(path, user, group);
        if (folder.Mode is { } mode) File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
    }

    private static void DeleteEmpty(string folder)
    {
        if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
            Files.DeleteFolder(folder, recursive: false);
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

    /// <summary>Makes the entries of every folder durable that is touched.</summary>
    public static void SyncFolders(RuntimeJournal journal)
    {
        foreach (var folder in journal.Steps.Select(step => Path.GetDirectoryName(Path.Combine(journal.Root, step.Path))!)
                     .Concat(journal.Steps.Where(step => step.Stage is not null).Select(step => Path.GetDirectoryName(step.Stage)!))
                     .Concat(journal.FoldersToCreate.Select(folder => Path.Combine(journal.Root, folder.Path)))
                     .Append(journal.Root).Distinct(StringComparer.Ordinal).Where(Directory.Exists))
            Files.SyncFolder(folder);
    }
}
