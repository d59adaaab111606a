using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;

namespace Postry.Ops.Engine.Backups;

/// <summary>A recovery set that is being written: its artefacts lie under other names until all of it is there, and the manifest that makes
/// a set of them comes last.</summary>
internal sealed class SetDraft(BackupLayout layout, string id)
{
    private readonly List<(string Partial, string Artefact, BackupManifest Manifest)> _parts = [];

    /// <summary>The set's id.</summary>
    public string Id => id;

    /// <summary>Full path of the manifest of the part that was added last.</summary>
    public string ManifestPath => ManifestOf(_parts[^1].Artefact);

    /// <summary>Where the artefact of a kind is written until it is published.</summary>
    public string Partial(DatabaseMode mode) => Path.Combine(layout.FolderOf(mode), id + Files.PartialSuffix);

    /// <summary>Adds a part that has been written. The last part is the set's own.</summary>
    public void Add(string artefact, BackupManifest manifest) => _parts.Add((Partial(manifest.Mode), artefact, manifest));

    /// <summary>Gives everything its final name. Until the last step there is no set; what a crash leaves is swept.</summary>
    public void Publish(IntegrityKey key)
    {
        // The finished manifests wait under another name while the artefacts are published, so that a sweep can tell whose these are.
        foreach (var (_, artefact, manifest) in _parts.AsEnumerable().Reverse())
            Files.WriteDurably(ManifestOf(artefact) + Files.PartialSuffix,
                SignedText.Sign(manifest.ToJson(), BackupManifest.DomainOf(artefact), key));
        foreach (var (partial, artefact, _) in _parts)
        {
            StoredArtefact.Publish(partial, artefact);
            Files.Publish(ManifestOf(artefact) + Files.PartialSuffix, ManifestOf(artefact));
        }
    }

    /// <summary>Takes away what there is of a set that did not come to be.</summary>
    public void TakeAway()
    {
        foreach (var mode in Enum.GetValues<DatabaseMode>()) StoredArtefact.TryDelete(Partial(mode));
        if (_parts.Count == 0 || File.Exists(ManifestPath)) return;
        foreach (var (_, artefact, _) in _parts)
        {
            StoredArtefact.TryDelete(artefact);
            Files.TryDelete(ManifestOf(artefact));
            Files.TryDelete(ManifestOf(artefact) + Files.PartialSuffix);
        }
    }

    private static string ManifestOf(string artefact) => artefact + BackupManifest.FileSuffix;
}
