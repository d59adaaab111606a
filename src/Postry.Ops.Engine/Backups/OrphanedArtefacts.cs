using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>The artefacts of a backup root that have no manifest. A backup is an artefact with its manifest, so these are none.</summary>
internal static class OrphanedArtefacts
{
    /// <summary>All of them, as a list shows them.</summary>
    public static IEnumerable<BackupSet> Of(OpsSettings settings)
    {
        var store = BackupStores.Of(settings);
        foreach (var folder in new[] { BackupKeys.DatabaseFolder, BackupKeys.RuntimeFolder })
        {
            var names = NamesIn(store.NameOf(folder));
            foreach (var name in names.Where(name => IsOrphan(names, name)))
                yield return BackupDescription.Orphan(store, $"{folder}/{name}");
        }
    }

    /// <summary>The names of all files and folders in a folder; none where it is not there.</summary>
    public static HashSet<string> NamesIn(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)).ToHashSet(StringComparer.Ordinal) : [];

    /// <summary>True for the name of an artefact that has no manifest, finished or not, among the names of its folder.</summary>
    public static bool IsOrphan(HashSet<string> names, string name) => IsArtefact(name) && !HasManifest(names, name)
        && !IsBeingPublished(names, name);

    /// <summary>True for an artefact whose manifest waits to be published.</summary>
    public static bool IsBeingPublished(HashSet<string> names, string name) =>
        names.Contains(name + BackupKeys.ManifestSuffix + Files.PartialSuffix)
        || names.Contains(name + BackupKeys.LegacySuffix + Files.PartialSuffix);

    /// <summary>True for an artefact with its manifest.</summary>
    public static bool HasManifest(HashSet<string> names, string name) =>
        names.Contains(name + BackupKeys.ManifestSuffix) || names.Contains(name + BackupKeys.LegacySuffix);

    private static bool IsArtefact(string name) => !BackupKeys.IsUnfinished(name) && !ManifestReader.IsManifest(name)
        && !name.EndsWith(BackupKeys.PinSuffix, StringComparison.Ordinal)
        && (BackupKeys.IdOf(name).Length > 0 || name.Contains("-backup-", StringComparison.Ordinal));
}
