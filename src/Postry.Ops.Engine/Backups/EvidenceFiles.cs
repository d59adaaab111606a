using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>The evidence of drills and tests below a backup root: signed files, of which none is ever changed.</summary>
internal sealed class EvidenceFiles(OpsSettings settings, IOperationObserver observer)
{
    private readonly IBackupStore _store = BackupStores.Of(settings);

    /// <summary>Begins evidence before the work does, so that a killed process leaves a trace. Errors: IntegrityKeyMissing, WeakKey,
    /// AccessDenied, NotEnoughSpace, InvalidRequest where the evidence key cannot be used.</summary>
    /// <param name="drill">The drill as it begins; its status does not count yet.</param>
    public EvidenceRun Begin(RestoreDrill drill) =>
        EvidenceRun.Begin(new EvidenceWriter(settings, drill.Source), observer, drill, settings.BackupRoot);

    /// <summary>Signs and publishes evidence of work that is done. Errors: those of <see cref="Begin"/>.</summary>
    public RestoreDrill Add(RestoreDrill drill)
    {
        using var run = Begin(drill);
        return run.End(drill);
    }

    /// <summary>All evidence, newest first, each checked when it is read; of a dead drill what its beginning says, as Interrupted. Errors:
    /// AccessDenied.</summary>
    public IReadOnlyList<RestoreDrill> List()
    {
        var begun = new BegunDrills(settings);
        var (dead, pending, folder) = (begun.ListDead(), begun.Keys(), Folder());
        var written = folder.Read(pending).Select(file => Describe(file) is var drill
            ? drill with { Notes = [.. folder.ReadNotes(file, drill.DrillId).Select(note => note.Note)] } : drill).ToList();
        // A dead drill may have been settled since it was found.
        var ids = written.Select(drill => drill.DrillId).ToHashSet(StringComparer.Ordinal);
        return [.. written.Concat(dead.Where(drill => !ids.Contains(drill.DrillId)))
            .OrderByDescending(drill => drill.StartedAt).ThenBy(drill => drill.DrillId, StringComparer.Ordinal)];
    }

    /// <summary>The evidence that proves a backup and that an integrity key here has signed. Errors: AccessDenied.</summary>
    public IReadOnlyList<RestoreDrill> ListProofs() =>
        [.. Folder().Read(new BegunDrills(settings).Keys()).Where(file => file.IsOfKnownKey).Select(Describe)
            .Where(drill => drill.ProvesBackup)];

    /// <summary>Writes the evidence of drills whose processes have died, as Interrupted. Raises nothing.</summary>
    public void SettleInterrupted()
    {
        try
        {
            // Without a good key, the evidence is left for a command that has one.
            if (EvidenceLayout.BegunFiles(settings.BackupRoot).Count == 0
                || settings.Keys is not { HasSigningKey: true, Warning: null })
                return;
            new BegunDrills(settings).Settle(new EvidenceWriter(settings, settings.BackupRoot), observer);
        }
        catch (Exception e) when (e is OpsException or IOException or UnauthorizedAccessException)
        {
            observer.Warning($"The evidence of an interrupted drill could not be written: {e.Message}");
        }
    }

    private EvidenceFolder Folder() => new(_store, new EvidenceReader(_store, settings.Keys, PublicKey()));

    private RestoreDrill Describe(ReadEvidence file) => file.Describe(_store.NameOf(file.Key));

    private EvidencePublicKey? PublicKey()
    {
        try
        {
            return EvidenceKey.FromEnvironment(settings.Variable)?.Public;
        }
        catch (OpsException e)
        {
            observer.Warning($"The public-key signatures of evidence are not checked. {e.Message}");
            return null;
        }
    }
}
