using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Storage;

/// <summary>The sets of a folder that are being read: a locked file for each reader, so that a lease ends with its process.</summary>
/// <param name="root">Full path of the backup root.</param>
internal sealed class LocalLeases(string root)
{
    /// <summary>Name of the folder of the leases.</summary>
    public const string FolderName = ".leases";

    private const string Suffix = ".lease";
    private const int MostTries = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    // A process of another host that was killed must not keep a set for ever, and no test takes that long.
    private static readonly TimeSpan LongestOfOtherHost = TimeSpan.FromDays(1);

    private string Folder => Path.Combine(root, FolderName);

    /// <summary>Takes a lease; null where this user cannot write here.</summary>
    public IDisposable? TryTake(string manifestKey)
    {
        try
        {
            if (!Directory.Exists(root)) return null;
            Files.CreatePrivateFolder(Folder);
            var path = Path.Combine(Folder, $"{Path.GetFileName(manifestKey)}.{BackupKeys.NewId()}{Suffix}");
            // A removal that looks at the file may hold it for a moment.
            for (var tried = 0; tried < MostTries; tried++)
            {
                if (FileLock.TryAcquire(path, root) is { } held) return held;
                Thread.Sleep(Pause);
            }
        }
        catch (Exception e) when (e is OpsException or IOException or UnauthorizedAccessException)
        {
            // A backup that can be read can be tested, whoever may write beside it.
        }

        return null;
    }

    /// <summary>The process that holds a lease on a set; null where nobody does.</summary>
    public string? HolderOf(string manifestKey) =>
        All(Path.GetFileName(manifestKey) + ".").Select(Holder).OfType<LockOwner>().FirstOrDefault()?.ToString();

    /// <summary>Removes the leases of dead processes.</summary>
    public void Sweep()
    {
        foreach (var path in Dead()) Files.TryDelete(path);
    }

    /// <summary>The files of the leases of dead processes. A process that was killed while it took its lease leaves a file without a
    /// text. One that takes its lease just now, and has not locked the file yet, notices that its file is gone, and makes
    /// another.</summary>
    public IEnumerable<string> Dead() => All("").Where(path => Holder(path) is null);

    // The names of sets may hold characters that mean something in a search pattern.
    private IEnumerable<string> All(string prefix) => Directory.Exists(Folder)
        ? Directory.EnumerateFiles(Folder, "*" + Suffix).Where(path => Path.GetFileName(path).StartsWith(prefix, StringComparison.Ordinal))
        : [];

    private static LockOwner? Holder(string path)
    {
        var owner = FileLock.ReadOwner(path);
        if (FileLock.IsHeld(path)) return owner ?? LockOwner.ForThisProcess();
        return owner is not null && FileLock.ForeignOwner(path) is { } foreign && DateTime.UtcNow - foreign.Since < LongestOfOtherHost
            ? foreign : null;
    }
}
