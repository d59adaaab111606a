using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Operations.Copying;

/// <summary>An artefact with its manifest: a set is the one of a database, and the archive of runtime files that belongs to it.</summary>
/// <param name="Store">The store that holds it.</param>
/// <param name="Key">Key of the artefact.</param>
/// <param name="ManifestKey">Key of the manifest, or of the old scripts' metadata.</param>
/// <param name="Manifest">The bytes of the manifest.</param>
/// <param name="Artefact">The signed description of the artefact.</param>
internal sealed record SetPart(IBackupStore Store, string Key, string ManifestKey, byte[] Manifest, ArtefactDescription Artefact)
{
    /// <summary>True where the artefact is a folder of files.</summary>
    public bool IsFolder => Artefact.Files is not null;

    /// <summary>The files of the artefact; one without a name where the artefact is a file itself.</summary>
    public IReadOnlyList<FolderFile> Files => Artefact.Files ?? [new FolderFile("", Artefact.Bytes, Artefact.Sha256)];

    /// <summary>Key of a file of the artefact.</summary>
    public string KeyOf(FolderFile file) => file.Name.Length == 0 ? Key : $"{Key}/{file.Name}";

    /// <summary>The parts of a set, its own last. Errors: those of a set that is damaged, and BackupCorrupt.</summary>
    public static IReadOnlyList<SetPart> Of(LoadedBackup backup, Keyring keys)
    {
        RequireGood(backup, keys);
        if (backup.Set.Mode == DatabaseMode.Runtime || backup.Manifest.RuntimeArchive is not { File: { } file } bound)
            return [Read(backup)];
        var archive = ManifestReader.Read(backup.Store, $"{BackupKeys.RuntimeFolder}/{file}{BackupKeys.ManifestSuffix}", keys);
        RequireGood(archive, keys);
        if (archive.Manifest.Artefact.Sha256 != bound.Sha256)
            throw new BackupCorruptException(archive.ArtefactPath, $"{archive.ArtefactPath} is not the archive of runtime files that " +
                $"{backup.Set.Id} was made with.", $"Use another backup. {CommandName.TestBackup} shows every check.");
        return [Read(archive), Read(backup)];
    }

    // A copy is worth as much as its source: without the key a set is copied as it is, and whoever has the key can check the copy.
    private static void RequireGood(LoadedBackup backup, Keyring keys)
    {
        if (BackupTrust.FindProblem(backup.Set, allowUnverified: true, keys) is { } problem) throw problem;
        if (backup.Set.Status == BackupStatus.Damaged)
            throw new BackupCorruptException(backup.ArtefactPath, $"{backup.Set.Id} is damaged: {backup.Set.StatusDetail}",
                "Use another backup, or bring back this file from a copy.");
        var artefact = backup.Manifest.Artefact;
        if (artefact.Files is { } files && (FolderFile.Sha256Of(files) != artefact.Sha256 || files.Any(file => file.Name.Length == 0)))
            throw new BackupCorruptException(backup.ArtefactPath,
                $"The list of the files of {backup.Set.Id} is not the one that its manifest signs.", "Use another backup.");
    }

    private static SetPart Read(LoadedBackup backup)
    {
        var manifest = backup.Store.KeyOf(backup.Set.ManifestFile) ?? ManifestReader.ManifestOf(backup.Store, backup.ArtefactKey);
        return new SetPart(backup.Store, backup.ArtefactKey, manifest,
            ManifestReader.ReadBytes(backup.Store, manifest, ManifestReader.LargestBytes)!, backup.Manifest.Artefact);
    }
}
