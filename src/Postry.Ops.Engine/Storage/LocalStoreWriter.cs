using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Storage;

/// <summary>The writer of a local store: the process that holds its lock.</summary>
internal sealed class LocalStoreWriter(LocalBackupStore store, FileLock held) : IStoreWriter
{
    private static readonly string[] PartialManifests =
        [BackupKeys.ManifestSuffix + Files.PartialSuffix, BackupKeys.LegacySuffix + Files.PartialSuffix];

    /// <inheritdoc/>
    public IStoreDraft NewDraft(string id) => new LocalDraft(store, id);

    /// <inheritdoc/>
    public bool Delete(string manifestKey, IReadOnlyList<string> others, Func<bool>? isNeeded = null)
    {
        var manifest = store.NameOf(manifestKey);
        // A sweep finds the files that belong to a manifest only beside its name: metadata of the old scripts stays until all other files
        // are gone.
        var swept = manifestKey.EndsWith(BackupKeys.ManifestSuffix, StringComparison.Ordinal) ? manifest + Files.PartialSuffix : manifest;
        if (swept != manifest) Files.Publish(manifest, swept);
        if (isNeeded?.Invoke() == true)
        {
            if (swept != manifest) Files.Publish(swept, manifest);
            return false;
        }

        foreach (var key in others) Delete(store.NameOf(key));
        Delete(swept);
        // A manifest that was renamed is gone for good already: what a power cut brings back of the rest is swept.
        if (swept == manifest) Files.SyncFolder(Path.GetDirectoryName(manifest)!);
        return true;
    }

    /// <summary>Removes what dead writers left. This process holds the lock, so nobody else writes here now, and whatever is incomplete was
    /// left by one.</summary>
    public void Sweep()
    {
        foreach (var folder in LocalDraft.Folders.Where(folder => Directory.Exists(store.NameOf(folder))))
        {
            SweepUnfinishedSets(folder);
            foreach (var partial in Directory.EnumerateFileSystemEntries(store.NameOf(folder), "*" + Files.PartialSuffix)
                .Where(partial => BackupKeys.IsUnfinished(Path.GetFileName(partial))))
                StoredArtefact.TryDelete(partial);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => held.Dispose();

    private static void Delete(string path)
    {
        if (Directory.Exists(path)) Files.DeleteFolder(path, recursive: true);
        else if (File.Exists(path)) Files.Delete(path);
        else return;
        Files.OnAppeared?.Invoke("", path);
    }

    // A signed manifest that was ready but not yet published says whose the artefact is; one without that is left alone, for it may be
    // somebody's only copy.
    private void SweepUnfinishedSets(string folder)
    {
        foreach (var (partial, suffix) in PartialManifests.SelectMany(suffix =>
            Directory.EnumerateFiles(store.NameOf(folder), "*" + suffix).Select(partial => (partial, suffix))))
        {
            if (File.Exists(partial[..^Files.PartialSuffix.Length])) continue;
            var artefact = partial[..^suffix.Length];
            StoredArtefact.TryDelete(artefact);
            Files.TryDelete(artefact + BackupKeys.PinSuffix);
            // The runtime archive of a set has gone before its database, under the same id.
            if (folder == BackupKeys.DatabaseFolder) RemoveRuntimeArchive(BackupKeys.IdOf(artefact));
        }
    }

    private void RemoveRuntimeArchive(string id)
    {
        var archives = store.NameOf(BackupKeys.RuntimeFolder);
        if (id.Length == 0 || !Directory.Exists(archives)) return;
        // A set that is there by the same id needs it: what was removed was a copy of that one.
        if (Directory.EnumerateFiles(store.NameOf(BackupKeys.DatabaseFolder), $"*-{id}.*{BackupKeys.ManifestSuffix}").Any()) return;
        foreach (var file in Directory.EnumerateFiles(archives, $"{BackupKeys.RuntimePrefix}*-{id}.*")) Files.TryDelete(file);
    }
}
