using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;

namespace Postry.Ops.Engine.Backups;

/// <summary>The evidence that proves backups, read once for a listing. Nothing but genuine evidence makes a backup proven.</summary>
internal sealed class BackupProofs(OpsSettings settings)
{
    private readonly ILookup<(string Id, string Sha256), RestoreDrill> _proofs =
        Read(settings).ToLookup(drill => (drill.Backup!.Id, drill.Backup.Sha256));

    /// <summary>The set with the newest evidence that its very bytes were restored and compared. A set that is not as it was signed is not
    /// proven, whatever was so once.</summary>
    public BackupSet Mark(LoadedBackup backup)
    {
        if (backup is not { Signature.Verdict: SignatureVerdict.Valid, ReadableManifest: { } manifest }
            || backup.Set.DatabaseStatus != BackupStatus.Complete)
            return backup.Set;
        return _proofs[(manifest.Id, manifest.Artefact.Sha256)].MaxBy(ProvenAt) is { } proof
            ? backup.Set with { ProvenAt = ProvenAt(proof), ProvenBy = proof.DrillId } : backup.Set;
    }

    private static DateTime ProvenAt(RestoreDrill drill) => drill.EndedAt ?? drill.StartedAt;

    // A listing of backups must not depend on evidence that this user may not read.
    private static IReadOnlyList<RestoreDrill> Read(OpsSettings settings)
    {
        try
        {
            return new EvidenceFiles(settings, SilentObserver.Instance).ListProofs();
        }
        catch (AccessDeniedException)
        {
            return [];
        }
    }
}
