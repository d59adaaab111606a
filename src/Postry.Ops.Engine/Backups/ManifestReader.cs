using System.Text.Json;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>Reads a backup once: its manifest, or what the old scripts left in its place, with what the signature is worth. Only what the
/// store refuses is an exception; everything else is in the result.</summary>
internal static class ManifestReader
{
    // No honest manifest is near this size, and a huge file must not fill the memory of a process that lists a folder.
    public const int LargestBytes = 64 << 20;

    /// <summary>True for the key or path of a manifest, or of the old scripts' metadata.</summary>
    public static bool IsManifest(string key) =>
        key.EndsWith(BackupKeys.ManifestSuffix, StringComparison.Ordinal) || LegacyMetadata.IsAt(key);

    /// <summary>The artefact of a manifest, each by its key or by its path. Its name comes from the manifest's own name, which a flipped
    /// byte cannot redirect.</summary>
    public static string ArtefactOf(string manifest) =>
        manifest[..^(LegacyMetadata.IsAt(manifest) ? LegacyMetadata.FileSuffix : BackupKeys.ManifestSuffix).Length];

    /// <summary>Key of the manifest of an artefact, whether it is there or not; the old scripts' metadata only counts where there is no
    /// manifest.</summary>
    public static string ManifestOf(IBackupStore store, string artefactKey) =>
        artefactKey + (store.Size(artefactKey + LegacyMetadata.FileSuffix) is not null
            && store.Size(artefactKey + BackupKeys.ManifestSuffix) is null ? LegacyMetadata.FileSuffix : BackupKeys.ManifestSuffix);

    /// <summary>The backup of an artefact of any folder; null where it has no manifest.</summary>
    public static LoadedBackup? TryReadBeside(string artefactPath, Keyring keys)
    {
        var (store, artefact) = LocalBackupStore.Containing(artefactPath);
        var manifest = ManifestOf(store, artefact);
        return store.Size(manifest) is null ? null : Read(store, manifest, keys);
    }

    /// <summary>The backup of a manifest of any folder.</summary>
    public static LoadedBackup Read(string manifestPath, Keyring keys)
    {
        var (store, manifest) = LocalBackupStore.Containing(manifestPath);
        return Read(store, manifest, keys);
    }

    /// <summary>The backup of a manifest.</summary>
    public static LoadedBackup Read(IBackupStore store, string manifestKey, Keyring keys) =>
        BackupDescription.Describe(store, manifestKey,
            LegacyMetadata.IsAt(manifestKey) ? LegacyManifest.Parse(store, manifestKey, keys) : Parse(store, manifestKey, keys));

    /// <summary>All bytes of an object; null where there are more than the largest number that counts.</summary>
    public static byte[]? ReadBytes(IBackupStore store, string key, int largest)
    {
        using var stream = store.Open(key);
        if (stream.Length > largest) return null;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static ParsedManifest Parse(IBackupStore store, string manifestKey, Keyring keys)
    {
        if (ReadBytes(store, manifestKey, LargestBytes) is not { } bytes)
            return ParsedManifest.Malformed("The file is too large for a manifest.");
        var artefact = Path.GetFileName(ArtefactOf(manifestKey));
        var signature = SignedText.Verify(bytes, BackupManifest.DomainOf(artefact), keys);
        if (signature.Verdict == SignatureVerdict.Malformed) return ParsedManifest.Malformed("The file does not end in a signature.");
        try
        {
            var manifest = JsonSerializer.Deserialize(bytes, EngineJson.Default.BackupManifest);
            return FindProblem(manifest, artefact) is { } problem ? new ParsedManifest(null, signature, problem)
                : new ParsedManifest(manifest, signature, null);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return new ParsedManifest(null, signature, "The file is not the JSON of a manifest.");
        }
    }

    private static string? FindProblem(BackupManifest? manifest, string artefact) =>
        manifest is not { Format: BackupManifest.CurrentFormat } ? $"The format is not {BackupManifest.CurrentFormat}."
        : !manifest.IsPlausible ? "A member of the manifest has an impossible value."
        : manifest.Artefact.File != artefact ? $"The manifest describes {manifest.Artefact.File}, not the file beside it."
        : null;
}

/// <summary>The contents of a manifest file.</summary>
/// <param name="Manifest">The manifest; null if it cannot be parsed.</param>
/// <param name="Signature">The result of checking its signature.</param>
/// <param name="Problem">The reason why it cannot be parsed, or null.</param>
internal sealed record ParsedManifest(BackupManifest? Manifest, SignatureCheck Signature, string? Problem)
{
    /// <summary>A file that says nothing of a backup.</summary>
    public static ParsedManifest Malformed(string problem) => new(null, new SignatureCheck(SignatureVerdict.Malformed, null), problem);
}
