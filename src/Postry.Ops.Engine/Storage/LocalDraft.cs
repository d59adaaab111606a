using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Storage;

/// <summary>A set that is being written into a folder: its artefacts lie under other names until all of it is there, and the manifest that
/// makes a set of them gets its name last.</summary>
internal sealed class LocalDraft(LocalBackupStore store, string id) : IStoreDraft
{
    /// <summary>The folders of keys that sets are written into.</summary>
    public static readonly string[] Folders = [BackupKeys.DatabaseFolder, BackupKeys.RuntimeFolder];

    private IReadOnlyList<DraftPart> _parts = [];

    /// <inheritdoc/>
    public string Id => id;

    /// <inheritdoc/>
    public string PathFor(string folder) => store.NameOf($"{folder}/{id}{Files.PartialSuffix}");

    /// <inheritdoc/>
    public Task PublishAsync(IReadOnlyList<DraftPart> parts, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (parts.SelectMany(part => new[] { part.Key, part.ManifestKey }).FirstOrDefault(key => store.Size(key) is not null) is { } taken)
            throw new IOException($"{store.NameOf(taken)} is there already.");
        _parts = parts;
        // The finished manifests wait under another name while the artefacts are published, so that a sweep can tell whose these are.
        foreach (var part in parts.Reverse()) Files.WriteDurably(Unpublished(part), part.Manifest);
        foreach (var part in parts)
        {
            StoredArtefact.Publish(PathFor(BackupKeys.FolderOf(part.Key)), store.NameOf(part.Key));
            Files.Publish(Unpublished(part), store.NameOf(part.ManifestKey));
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var folder in Folders) StoredArtefact.TryDelete(PathFor(folder));
        if (_parts.Count == 0 || File.Exists(store.NameOf(_parts[^1].ManifestKey))) return;
        foreach (var part in _parts)
        {
            StoredArtefact.TryDelete(store.NameOf(part.Key));
            Files.TryDelete(store.NameOf(part.ManifestKey));
            Files.TryDelete(Unpublished(part));
        }
    }

    private string Unpublished(DraftPart part) => store.NameOf(part.ManifestKey) + Files.PartialSuffix;
}
