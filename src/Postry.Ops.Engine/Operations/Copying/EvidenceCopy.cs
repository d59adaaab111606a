using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Operations.Copying;

/// <summary>
/// Brings the evidence of drills and tests to a destination, so that what is proven here is proven there. Each evidence names the one
/// before it, so all of it goes, whatever backup it is about: a part would look as if the rest had been removed.
/// </summary>
/// <param name="from">The store that is copied from.</param>
/// <param name="to">The store of the destination.</param>
/// <param name="folder">Full path of the destination.</param>
internal sealed class EvidenceCopy(IBackupStore from, IBackupStore to, string folder)
{
    private static readonly TimeSpan WaitForOtherWriter = TimeSpan.FromSeconds(10);

    /// <summary>Copies the files that the destination lacks; none is ever changed. Errors: AccessDenied, DatabaseBusy,
    /// IOException.</summary>
    /// <param name="alive">Called for each file.</param>
    /// <param name="cancellation">Stops it between two files.</param>
    public async Task RunAsync(Action alive, CancellationToken cancellation)
    {
        var known = BackupStores.List(to, BackupKeys.DrillFolder).ToHashSet(StringComparer.Ordinal);
        var missing = BackupStores.List(from, BackupKeys.DrillFolder)
            .Where(key => RankOf(key) is not null && !known.Contains(key)).ToList();
        if (missing.Count == 0) return;
        Files.CreatePrivateFolder(Path.Combine(folder, BackupKeys.DrillFolder));
        using var held = await FileLock.AcquireAsync(EvidenceLayout.WriterLock(folder), folder, WaitForOtherWriter, cancellation,
            LocalBackupStore.ReleaseCommand(folder));
        to.SweepUnfinished(BackupKeys.DrillFolder, key => !Path.GetFileName(key).StartsWith('.'));
        foreach (var key in missing.OrderBy(RankOf).ThenBy(key => key, StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            if (ManifestReader.ReadBytes(from, key, ManifestReader.LargestBytes) is { } bytes && !to.Exists(key))
                to.Put(key, bytes, replace: false);
            alive();
        }
    }

    // A page or a signature without its evidence looks as if that had been removed, so the evidence comes first.
    private static int? RankOf(string key) => EvidenceLayout.TryParse(key) is not null ? 0
        : EvidenceLayout.EvidenceBeside(key) is not null ? 1
        : EvidenceLayout.TryParseNote(key) is not null ? 2
        : key.EndsWith(EvidenceLayout.SignatureSuffix, StringComparison.Ordinal)
            && EvidenceLayout.TryParseNote(key[..^EvidenceLayout.SignatureSuffix.Length]) is not null ? 3
        : null;
}
