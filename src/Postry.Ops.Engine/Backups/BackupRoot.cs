using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Backups;

/// <summary>A backup root that this process may write: it holds the lock of the one writer, and has swept what dead writers left.</summary>
internal sealed class BackupRoot : IDisposable
{
    private static readonly TimeSpan WaitForOtherWriter = TimeSpan.FromSeconds(10);

    private readonly FileLock _lock;

    private BackupRoot(FileLock held, BackupLayout layout)
    {
        _lock = held;
        Layout = layout;
    }

    /// <summary>Where things lie.</summary>
    public BackupLayout Layout { get; }

    /// <summary>Makes the root's folders if needed and takes its lock.</summary>
    public static async Task<BackupRoot> OpenForWritingAsync(string path, string operation, CancellationToken cancellation)
    {
        var layout = new BackupLayout(path);
        try
        {
            Files.CreatePrivateFolder(path);
            Files.CreatePrivateFolder(layout.DatabaseFolder);
            Files.CreatePrivateFolder(layout.RuntimeFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (Files.IsDiskFull(e))
                throw new NotEnoughSpaceException(operation, path, $"The disk is full: {path} cannot be made.",
                    $"Free space there, or name another {OptionName.BackupRoot}.", e);
            throw new AccessDeniedException(operation, path, $"The backup root {path} cannot be written: {e.Message}",
                $"Run as a user who may write there, or name another {OptionName.BackupRoot}.", e);
        }

        var held = await FileLock.AcquireAsync(layout.LockFile, operation, path, WaitForOtherWriter, cancellation);
        Sweep(layout);
        ScratchFolder.Sweep(path);
        return new BackupRoot(held, layout);
    }

    /// <summary>Takes away what a dead writer left, and its lock; nothing where somebody is writing, or where there is no lock of one. For
    /// those who write no backup themselves.</summary>
    public static void TrySweep(string path)
    {
        var layout = new BackupLayout(path);
        if (!File.Exists(layout.LockFile)) return;
        try
        {
            using var held = FileLock.TryAcquire(layout.LockFile, "Sweep", path);
            if (held is not null) Sweep(layout);
        }
        catch (Exception e) when (e is OpsException or IOException or UnauthorizedAccessException)
        {
            // The next backup says what is wrong with it.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    // Under the lock: nobody else writes here now, so whatever is incomplete was left by a dead writer.
    private static void Sweep(BackupLayout layout)
    {
        foreach (var folder in new[] { layout.DatabaseFolder, layout.RuntimeFolder }.Where(Directory.Exists))
        {
            SweepUnfinishedSets(folder, layout);
            foreach (var partial in Directory.EnumerateFileSystemEntries(folder, "*" + Files.PartialSuffix))
                StoredArtefact.TryDelete(partial);
        }
    }

    // A signed manifest that was ready but not yet published says whose the artefact is; one without that is left alone, for it may be
    // somebody's only copy.
    private static void SweepUnfinishedSets(string folder, BackupLayout layout)
    {
        foreach (var partial in Directory.EnumerateFiles(folder, "*" + BackupManifest.FileSuffix + Files.PartialSuffix))
        {
            var manifest = partial[..^Files.PartialSuffix.Length];
            if (File.Exists(manifest)) continue;
            StoredArtefact.TryDelete(ManifestFile.ArtefactOf(manifest));
            // The runtime archive of a set has gone before its database, under the same id.
            if (!BackupManifest.IsRuntime(manifest)) RemoveRuntimeArchive(layout, BackupLayout.IdOf(ManifestFile.ArtefactOf(manifest)));
        }
    }

    private static void RemoveRuntimeArchive(BackupLayout layout, string id)
    {
        if (id.Length == 0 || !Directory.Exists(layout.RuntimeFolder)) return;
        // A set that is there by the same id needs it: what was removed was a copy of that one.
        if (Directory.EnumerateFiles(layout.DatabaseFolder, $"*-{id}.*{BackupManifest.FileSuffix}").Any()) return;
        foreach (var file in Directory.EnumerateFiles(layout.RuntimeFolder, $"{BackupLayout.RuntimePrefix}*-{id}.*")) Files.TryDelete(file);
    }
}
