using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Removal;

/// <summary>Pins a set against every policy and every removal, and unpins it. It takes no lock, because a backup that takes hours must not
/// keep anybody from that.</summary>
internal sealed class BackupPinning(OpsSettings settings)
{
    private readonly IBackupStore _store = BackupStores.Of(settings);

    /// <summary>Says what would be done. Reads only. Errors: SourceNotFound, AmbiguousBackup, InvalidRequest for an end in the past, and
    /// those of a missing key.</summary>
    public PinPlan Plan(PinRequest request)
    {
        Require(request);
        var set = new BackupCatalog(settings).Load(request.Backup, null).Set;
        KeyOf(set);
        RequireWhole(set);
        if (request.Pinned) Key(set);
        var name = set.Status == BackupStatus.Invalid ? set.BackupFile
            : Invariant($"the backup {set.Id} of {set.Database}, taken {set.SnapshotAt:yyyy-MM-dd HH:mm:ss} UTC");
        var now = set.HasPin ? $" It is {(set.Pinned ? "" : "no longer ")}{PinText.Of(set) ?? PinText.Line(set.PinnedUntil, set.PinNote)}"
            + $"{(set.PinnedBy is { } by ? $" (by {by})" : "")} now." : "";
        return new PinPlan(set, request, request.Pinned
            ? $"Pin {name}: {PinText.Line(request.Until, request.Note?.Trim())}.{now}"
            : set.HasPin ? $"Unpin {name}.{now}" : $"Unpin {name}, which is not pinned.");
    }

    /// <summary>Does it, and returns the set as it is then. Errors: those of the plan, AccessDenied, NotEnoughSpace.</summary>
    public BackupSet Run(PinPlan plan)
    {
        Require(plan.Request);
        var set = plan.Backup;
        var (pins, artefact) = (new BackupPins(_store, settings.Keys), ManifestReader.ArtefactOf(KeyOf(set)));
        Written(set, () =>
        {
            if (!plan.Request.Pinned) pins.Remove(artefact);
            else pins.Put(artefact, PinOf(plan.Request, artefact), Key(set));
        });
        // A removal hides the manifest before it looks for a pin, so that one of the two sees the other.
        if (plan.Request.Pinned && !_store.Exists(KeyOf(set)))
        {
            Written(set, () => pins.Remove(artefact));
            throw new SourceNotFoundException(set.ManifestFile, $"{set.Id} has been removed meanwhile.",
                $"{CommandName.ListBackups} lists what is there.");
        }

        return pins.Mark(set with
        {
            HasPin = false, Pinned = false, PinnedUntil = null, PinNote = null, PinnedBy = null, PinProblem = null,
        }, artefact);
    }

    private static BackupPin PinOf(PinRequest request, string artefact) => new(BackupPin.CurrentFormat, Path.GetFileName(artefact),
        DateTime.UtcNow, $"{Environment.UserName}@{Environment.MachineName}", request.Until, request.Note?.Trim());

    private static void Require(PinRequest request)
    {
        var name = request.Backup.Id ?? request.Backup.BackupFile ?? "";
        if (request is { Pinned: false } and ({ Until: not null } or { Note: not null }))
            throw new InvalidRequestException(name, "A pin that is removed has no end and no note.", "Leave them out.");
        if (request.Until is { } until && until <= DateTime.UtcNow)
            throw new InvalidRequestException(name,
                Invariant($"{until:yyyy-MM-dd HH:mm:ss} UTC has passed, so the pin would keep nothing."),
                "Name a time in the future, or none for a pin without an end.");
        if (request.Note is { } note
            && (string.IsNullOrWhiteSpace(note) || note.Length > BackupPin.LongestNote || note.Any(char.IsControl)))
            throw new InvalidRequestException(name,
                $"The note is empty, has several lines, or is longer than {BackupPin.LongestNote} characters.",
                "Say in a line why the backup is kept.");
    }

    private void RequireWhole(BackupSet set)
    {
        if (set.Mode != DatabaseMode.Runtime || new BackupCatalog(settings).All().FirstOrDefault(other => other.Mode != DatabaseMode.Runtime
            && Path.GetFileName(other.Runtime.File) == Path.GetFileName(set.BackupFile)) is not { } whole)
            return;
        throw new InvalidRequestException(set.BackupFile,
            $"{set.BackupFile} holds the runtime files of the backup {whole.Id} of {whole.Database}: the two are pinned together.",
            $"Name the backup by its id: {OptionName.Id} {whole.Id}.");
    }

    private IntegrityKey Key(BackupSet set) => settings.Keys.SigningKey(set.BackupFile);

    /// <summary>Key of a set's manifest. Errors: InvalidRequest where it is not in the backup root, or belongs to another set.</summary>
    private string KeyOf(BackupSet set)
    {
        if (_store.KeyOf(set.ManifestFile) is not { } manifest || BackupKeys.FolderOf(manifest) != BackupLayout.FolderOf(set.Mode))
            throw new InvalidRequestException(set.BackupFile,
                $"{set.BackupFile} is not in the backup root {settings.BackupRoot}.",
                $"Name its backup root with {OptionName.BackupRoot}.");
        return manifest;
    }

    private void Written(BackupSet set, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (Files.IsDiskFull(e))
        {
            throw new NotEnoughSpaceException(settings.BackupRoot, $"The disk is full: the pin of {set.Id} cannot be written.",
                "Free space there, then try again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccessDeniedException(set.BackupFile, $"The pin of {set.Id} cannot be changed: {e.Message}",
                "Run as the user who made the backup.", e);
        }
    }
}
