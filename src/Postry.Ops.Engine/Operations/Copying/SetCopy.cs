using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Operations.Copying;

/// <summary>
/// A set on its way from one store into another. The parts that are there already stay as they are. Nothing of the set can be seen before
/// all of it was read back.
/// </summary>
/// <param name="backup">The set.</param>
/// <param name="parts">All parts of the set; that of the set itself is the last.</param>
/// <param name="observer">Hears of the progress.</param>
/// <param name="onProgress">Called whenever bytes were written or read.</param>
internal sealed class SetCopy(LoadedBackup backup, IReadOnlyList<SetPart> parts, IOperationObserver observer, Action onProgress)
{
    private long _done;

    /// <summary>Size of the set in bytes.</summary>
    public long Bytes => BytesOf(parts);

    /// <summary>Key of the set's artefact.</summary>
    public string Key => parts[^1].Key;

    /// <summary>Size of parts in bytes, with their manifests.</summary>
    public static long BytesOf(IEnumerable<SetPart> parts) => parts.Sum(part => part.Artefact.Bytes + part.Manifest.Length);

    /// <summary>The parts that a store does not have. Reads only. Errors: DestinationExists where something else has the id or the names
    /// of the set, BackupCorrupt where the copy there has lost its bytes.</summary>
    public IReadOnlyList<SetPart> FindMissing(IBackupStore store)
    {
        RequireFreeId(store);
        return [.. parts.Where(part => !IsThere(store, part))];
    }

    /// <summary>Copies parts, reads them back, and publishes them together.</summary>
    /// <param name="missing">The parts that the store does not have.</param>
    /// <param name="writer">The writer of the store.</param>
    /// <param name="cancellation">Stops it before it is published.</param>
    public async Task CopyAsync(IReadOnlyList<SetPart> missing, IStoreWriter writer, CancellationToken cancellation)
    {
        var total = missing.Sum(part => part.Artefact.Bytes);
        using var draft = writer.NewDraft(BackupKeys.NewId());
        _done = 0;
        foreach (var part in missing)
            await new PartCopy(part, count => Report("Copying", count, total))
                .WriteAsync(draft.PathFor(BackupKeys.FolderOf(part.Key)), cancellation);
        _done = 0;
        foreach (var part in missing)
            await new PartCopy(part, count => Report("Reading the copy back", count, total))
                .ReadBackAsync(draft.PathFor(BackupKeys.FolderOf(part.Key)), cancellation);
        await draft.PublishAsync([.. missing.Select(part => new DraftPart(part.Key, part.Manifest)
            { ManifestSuffix = part.ManifestKey[part.Key.Length..] })], cancellation);
    }

    /// <summary>Reads the parts that a store had before. Errors: BackupCorrupt.</summary>
    public async Task CheckAsync(IEnumerable<SetPart> there, IBackupStore store, CancellationToken cancellation)
    {
        _done = 0;
        foreach (var part in there)
            await new PartCopy(part, count => Report("Reading the copy that is there", count, Bytes)).CheckAsync(store, cancellation);
    }

    /// <summary>All parts but these.</summary>
    public IEnumerable<SetPart> Except(IReadOnlyList<SetPart> missing) => parts.Where(part => !missing.Contains(part));

    private void RequireFreeId(IBackupStore store)
    {
        var own = parts.Select(part => part.ManifestKey).ToHashSet(StringComparer.Ordinal);
        var other = BackupStores.List(store, BackupKeys.DatabaseFolder).Concat(BackupStores.List(store, BackupKeys.RuntimeFolder))
            .FirstOrDefault(key => ManifestReader.IsManifest(key) && !own.Contains(key)
                && BackupKeys.IdOf(ManifestReader.ArtefactOf(key)) == backup.Set.Id);
        if (other is not null) throw Taken(store, other, $"another backup has the id {backup.Set.Id}");
    }

    private static bool IsThere(IBackupStore store, SetPart part)
    {
        if (store.Size(part.ManifestKey) is null)
        {
            return store.Size(part.Key) is null ? false : throw Taken(store, part.Key, "it has no manifest, so it is no backup");
        }

        var manifest = ManifestReader.ReadBytes(store, part.ManifestKey, ManifestReader.LargestBytes);
        if (manifest is null || !manifest.AsSpan().SequenceEqual(part.Manifest))
            throw Taken(store, part.ManifestKey, "it is the manifest of another backup, or was changed");
        var bytes = store.Size(part.Key);
        if (bytes == part.Artefact.Bytes) return true;
        throw new PartCopy(part, _ => { }).DamagedThere(store, bytes is null ? "it is missing, and its manifest is there"
            : FormattableString.Invariant($"it has {bytes} bytes instead of {part.Artefact.Bytes}"));
    }

    private static DestinationExistsException Taken(IBackupStore store, string key, string why) => new(store.NameOf(key),
        $"{store.NameOf(key)} is there already: {why}. Nothing was changed.",
        $"Look at the folder with {CommandName.CheckCatalog} {OptionName.BackupRoot} {store.Name}. Move the file away if nobody needs " +
            "it, or copy to another folder.");

    private void Report(string step, long count, long total)
    {
        onProgress();
        observer.Progress(new OperationProgress("Copy", step, _done += count, total));
    }
}
