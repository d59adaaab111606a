using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Signing;

namespace Postry.Ops.Engine.Model;

/// <summary>A backup whose manifest has been read and whose signature has been checked, both once: what operations, checks and databases
/// are given of it.</summary>
/// <param name="Set">What operators see of it, with how far it can be trusted.</param>
/// <param name="ReadableManifest">All that is signed about it; null where that cannot be parsed, which the set's status says.</param>
/// <param name="Signature">What its signature is worth.</param>
internal sealed record LoadedBackup(BackupSet Set, BackupManifest? ReadableManifest, SignatureCheck Signature)
{
    /// <summary>All that is signed about it. Errors: ManifestInvalid where that cannot be parsed.</summary>
    public BackupManifest Manifest => ReadableManifest ?? throw new ManifestInvalidException("Read", Set.ManifestFile,
        $"{Set.ManifestFile}: {Set.DatabaseStatusDetail}", "Use another backup.");

    /// <summary>Full path of the stored bytes, which may be missing: a file, or of PostgreSQL a folder.</summary>
    public string ArtefactPath => Set.BackupFile;
}
