using System.Text.Json;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;

namespace Postry.Ops.Engine.Backups;

/// <summary>A manifest as it was found on disk, with what its signature is worth.</summary>
/// <param name="Path">Full path of the manifest.</param>
/// <param name="Manifest">The parsed manifest, or null where it cannot be parsed.</param>
/// <param name="Signature">The verdict on the signature.</param>
/// <param name="KeyId">The key it names, or null.</param>
/// <param name="Problem">Why it cannot be parsed, or null.</param>
internal sealed record ManifestFile(string Path, BackupManifest? Manifest, SignatureVerdict Signature, string? KeyId, string? Problem)
{
    // No honest manifest is near this size; a huge file must not fill the memory of whoever lists a folder.
    private const long LargestBytes = 64 << 20;

    /// <summary>Full path of the artefact that the manifest lies beside. Its name comes from the manifest's own name, which a flipped byte
    /// cannot redirect.</summary>
    public string ArtefactPath => ArtefactOf(Path);

    /// <summary>The artefact of a manifest's path.</summary>
    public static string ArtefactOf(string manifestPath) =>
        manifestPath[..^(LegacyMetadata.IsAt(manifestPath) ? LegacyMetadata.FileSuffix : BackupManifest.FileSuffix).Length];

    /// <summary>Where the manifest of an artefact lies, or would lie; the old scripts' metadata only counts where there is no
    /// manifest.</summary>
    public static string PathFor(string artefactPath) =>
        artefactPath + (File.Exists(artefactPath + LegacyMetadata.FileSuffix) && !File.Exists(artefactPath + BackupManifest.FileSuffix)
            ? LegacyMetadata.FileSuffix : BackupManifest.FileSuffix);

    /// <summary>Reads a backup. Only what the file system refuses is an exception; everything else is in the result.</summary>
    public static LoadedBackup Load(string path, Keyring keys)
    {
        var file = Read(path, keys);
        return new LoadedBackup(BackupCatalog.Describe(file), file.Manifest, new SignatureCheck(file.Signature, file.KeyId));
    }

    /// <summary>Reads and checks a manifest, or what the old scripts left in its place. Only what the file system refuses is an exception;
    /// everything else is in the result.</summary>
    public static ManifestFile Read(string path, Keyring keys)
    {
        if (LegacyMetadata.IsAt(path)) return LegacyManifest.Read(path, keys);
        if (new FileInfo(path).Length > LargestBytes)
            return new ManifestFile(path, null, SignatureVerdict.Malformed, null, "The file is too large for a manifest.");
        var bytes = File.ReadAllBytes(path);
        var (verdict, keyId) = SignedText.Verify(bytes, BackupManifest.DomainOf(ArtefactOf(path)), keys);
        if (verdict == SignatureVerdict.Malformed)
            return new ManifestFile(path, null, verdict, null, "The file does not end in a signature.");
        try
        {
            var manifest = JsonSerializer.Deserialize(bytes, EngineJson.Default.BackupManifest);
            if (manifest is null || manifest.Format != BackupManifest.CurrentFormat)
                return new ManifestFile(path, null, verdict, keyId, $"The format is not {BackupManifest.CurrentFormat}.");
            if (!manifest.IsPlausible) return new ManifestFile(path, null, verdict, keyId, "A member has a value that no backup has.");
            if (manifest.Artefact.File != System.IO.Path.GetFileName(ArtefactOf(path)))
                return new ManifestFile(path, null, verdict, keyId,
                    $"It describes {manifest.Artefact.File}, another file than the one it lies beside.");
            return new ManifestFile(path, manifest, verdict, keyId, null);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return new ManifestFile(path, null, verdict, keyId, "The file is not the JSON of a manifest.");
        }
    }
}
