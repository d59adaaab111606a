using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>The runtime files that restores and undos have replaced, each in a folder of its own.</summary>
internal static class PreviousFiles
{
    /// <summary>Removes a folder of kept files. Returns the bytes that became free.</summary>
    public static long Remove(string folder)
    {
        var bytes = SizeOf(folder);
        if (!Directory.Exists(folder)) return 0;
        Files.DeleteFolder(folder, recursive: true);
        Files.SyncFolder(Path.GetDirectoryName(folder)!);
        return bytes;
    }

    /// <summary>Size of a folder of kept files; 0 where there is none, and never 0 where it holds anything. Links are not
    /// followed.</summary>
    public static long SizeOf(string? folder)
    {
        if (folder is null || !Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any()) return 0;
        var own = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return Math.Max(1, new DirectoryInfo(folder).EnumerateFiles("*", own).Sum(file => file.Length));
    }

    /// <summary>The folder that keeps what a restore or an undo replaces.</summary>
    public static string FolderFor(RestoreJournal journal, string backupRoot) => BackupLayout.KeptFolder(backupRoot, Path.GetFileName(
        RestoreJournal.PreviousFor("/runtime", journal.StartedAt, journal.RestoreId, journal.Kind)));

    /// <summary>An outcome with the folder of what was kept, also where nothing was to be replaced until somebody wrote to it at the last
    /// moment.</summary>
    public static RuntimeOutcome? Found(RuntimeOutcome? outcome, RuntimeJournal? journal) =>
        outcome is { KeptFolder: null } && SizeOf(journal?.Kept) > 0 ? outcome with { KeptFolder = journal!.Kept } : outcome;

    /// <summary>Keeps what is live at every path that is to be replaced, durably.</summary>
    public static void KeepAll(RuntimeJournal journal)
    {
        foreach (var step in journal.Steps) CopyLive(journal, step.Path);
        SyncFolders(journal, journal.Steps.Select(step => step.Path));
    }

    /// <summary>Keeps what is live at a path, durably, in place of what was kept of it before.</summary>
    public static void Keep(RuntimeJournal journal, string path)
    {
        CopyLive(journal, path);
        SyncFolders(journal, [path]);
    }

    private static void CopyLive(RuntimeJournal journal, string path)
    {
        var (full, copy) = (Path.Combine(journal.Root, path), Path.Combine(journal.Kept, path));
        if (FileFacts.Of(full).Kind is not (FileKind.File or FileKind.Link)) return;
        Files.CreatePrivateFolder(Path.GetDirectoryName(copy)!);
        Files.TryDelete(copy);
        Copy(full, copy);
    }

    // Each folder is synced once, and not once for each file in it, because that took minutes with thousands of files.
    private static void SyncFolders(RuntimeJournal journal, IEnumerable<string> paths)
    {
        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in paths)
            for (var folder = Path.GetDirectoryName(Path.Combine(journal.Kept, path))!;
                folder.Length >= journal.Kept.Length && folders.Add(folder); folder = Path.GetDirectoryName(folder)!) { }
        foreach (var folder in folders.Append(Path.GetDirectoryName(journal.Kept)!).Where(Directory.Exists)) Files.SyncFolder(folder);
    }

    /// <summary>Copies a file or a link with its permissions, owner and time, durably.</summary>
    public static void Copy(string from, string to)
    {
        var facts = FileFacts.Of(from);
        if (facts.Kind == FileKind.Link)
        {
            Files.CreateLink(to, Files.LinkTarget(from)!, toFolder: File.GetAttributes(from).HasFlag(FileAttributes.Directory));
            if (!OperatingSystem.IsWindows() && facts is { UserId: { } linkUser, GroupId: { } linkGroup })
                UnixCalls.TryChangeOwner(to, linkUser, linkGroup);
            return;
        }

        using (var source = Files.OpenToRead(from))
        using (var copy = Files.CreatePrivate(to))
        {
            source.CopyTo(copy);
            copy.Flush(flushToDisk: true);
        }

        if (OperatingSystem.IsWindows())
        {
            AccessList.Copy(from, to);
        }
        else
        {
            if (facts is { UserId: { } user, GroupId: { } group }) UnixCalls.TryChangeOwner(to, user, group);
            File.SetUnixFileMode(to, facts.Mode!.Value);
        }

        File.SetLastWriteTimeUtc(to, facts.ModifiedAt);
    }
}
