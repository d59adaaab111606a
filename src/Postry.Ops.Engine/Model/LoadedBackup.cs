using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Model;

/// <summary>
/// A backup whose manifest has been read and whose signature has been checked, both once. Operations, checks and databases get this record.
/// </summary>
/// <param name="Store">The store that holds the backup.</param>
/// <param name="ArtefactKey">The key of its artefact there.</param>
/// <param name="Set">The set as operators see it, with its status.</param>
/// <param name="ReadableManifest">The manifest; null if it cannot be parsed, which the set's status says.</param>
/// <param name="Signature">The result of checking its signature.</param>
internal sealed record LoadedBackup(IBackupStore Store, string ArtefactKey, BackupSet Set,
    BackupManifest? ReadableManifest, SignatureCheck Signature)
{
    /// <summary>All that is signed about it. Errors: ManifestInvalid where that cannot be parsed.</summary>
    public BackupManifest Manifest => ReadableManifest ?? throw new ManifestInvalidException(Set.ManifestFile,
        $"{Set.ManifestFile}: {Set.DatabaseStatusDetail}", "Use another backup.");

    /// <summary>The backup with another manifest: one that its artefact has completed.</summary>
    public LoadedBackup With(BackupManifest manifest) => this with { ReadableManifest = manifest };

    /// <summary>Full path of the stored bytes, which may be missing: a file, or of PostgreSQL a folder.</summary>
    public string ArtefactPath => Set.BackupFile;
}
