using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Operations.Catalog;

/// <summary>Looks for what does not belong into a backup root, or is missing there. Every file has exactly one explanation, or is
/// foreign.</summary>
internal sealed class CatalogCheck(OpsSettings settings, IOperationObserver observer)
{
    private static readonly string[] SetFolders = [BackupKeys.DatabaseFolder, BackupKeys.RuntimeFolder];

    // No backup takes so long, so a lock that is older is one of a dead process.
    private static readonly TimeSpan LongestRun = TimeSpan.FromDays(1);

    private readonly IBackupStore _store = BackupStores.Of(settings);
    private readonly List<CatalogFinding> _findings = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private IReadOnlyCollection<BackupSet> _sets = [];
    private bool _isBusy;

    /// <summary>The findings. Reads only. Errors: SourceNotFound where there is no such folder, AccessDenied.</summary>
    public CatalogReport Run()
    {
        if (!Directory.Exists(settings.BackupRoot))
            throw new SourceNotFoundException(settings.BackupRoot, $"There is no backup root {settings.BackupRoot}.",
                $"Name another {OptionName.BackupRoot}.");
        try
        {
            _isBusy = FileLock.IsHeld(Path.Combine(settings.BackupRoot, LocalBackupStore.LockName));
            var catalog = new BackupCatalog(settings);
            _sets = catalog.All();
            _ids.UnionWith(_sets.Select(set => set.Id));
            foreach (var set in _sets) Judge(set);
            foreach (var archive in catalog.RuntimeArchives()) JudgeArchive(archive);
            foreach (var folder in SetFolders) JudgeFolder(folder);
            JudgeRestores();
            JudgeEvidence();
            JudgeHistory();
            JudgeLocks();
            JudgeRoot();
        }
        catch (UnauthorizedAccessException e)
        {
            throw BackupStores.Denied(settings.BackupRoot, e);
        }

        return new CatalogReport(settings.BackupRoot, _sets.Count, [.. _findings.OrderByDescending(finding => finding.IsProblem)
            .ThenBy(finding => finding.Kind).ThenBy(finding => finding.Path, StringComparer.Ordinal)]);
    }

    /// <summary>Sweeps what killed commands left, as every command that writes does, and says what is gone. Errors: those of a check, and
    /// DatabaseBusy.</summary>
    public async Task<CatalogReport> RepairAsync(CancellationToken cancellation)
    {
        var before = Run();
        if (!before.Findings.Any(finding => finding.CanRepair)) return before;
        (await _store.OpenForWritingAsync(cancellation)).Dispose();
        await SweepEvidenceAsync(cancellation);
        return before with
        {
            Findings = [.. before.Findings.Select(finding => finding with
                { IsRepaired = finding.CanRepair && !StoredArtefact.Exists(finding.Path) })],
        };
    }

    private async Task SweepEvidenceAsync(CancellationToken cancellation)
    {
        if (!Directory.Exists(_store.NameOf(BackupKeys.DrillFolder))) return;
        using var held = await FileLock.AcquireAsync(EvidenceLayout.WriterLock(settings.BackupRoot),
            _store.NameOf(BackupKeys.DrillFolder), TimeSpan.FromSeconds(10), cancellation,
            LocalBackupStore.ReleaseCommand(settings.BackupRoot));
        _store.SweepUnfinished(BackupKeys.DrillFolder, key => !Path.GetFileName(key).StartsWith('.'));
    }

    private void Judge(BackupSet set)
    {
        var (test, remove) = ($"{CommandName.TestBackup} {OptionName.BackupFile} {set.ManifestFile}",
            $"{CommandName.RemoveBackup} {OptionName.BackupFile} {set.ManifestFile}");
        if (set.Status == BackupStatus.Damaged)
            Add(FindingKind.Incomplete, true, set.ManifestFile, $"{set.Id} of {set.Database}: {set.StatusDetail}",
                $"Bring the file back from a copy of the backup, or remove what is left: {remove}");
        else if (set.Status == BackupStatus.Tampered)
            Add(FindingKind.ChangedManifest, true, set.ManifestFile, $"{set.Id} of {set.Database}: {set.StatusDetail}",
                $"Find out who changed it, then: {remove}");
        else if (set.Status == BackupStatus.Invalid)
            Add(FindingKind.Unreadable, true, set.ManifestFile, set.StatusDetail ?? "The manifest cannot be read.",
                $"{test}; bring the manifest back from a copy, or: {remove}");
    }

    // The archive of a set has the set's id in its own signed manifest.
    private void JudgeArchive(BackupSet archive)
    {
        if (_store.KeyOf(archive.ManifestFile) is not { } key
            || ManifestReader.Read(_store, key, settings.Keys).ReadableManifest?.Runtime?.Set is not { } id
            || _sets.Any(set => set.Id == id && set.Mode != DatabaseMode.Runtime)) return;
        Add(FindingKind.ArchiveWithoutBackup, true, archive.BackupFile,
            $"The archive of runtime files belongs to the backup {id}, which is not there.",
            $"Bring the backup back from a copy; or remove the archive: {CommandName.RemoveBackup} {OptionName.BackupFile} " +
                archive.BackupFile);
    }

    private void JudgeFolder(string folder)
    {
        var path = _store.NameOf(folder);
        var names = OrphanedArtefacts.NamesIn(path);
        foreach (var name in names)
        {
            var full = Path.Combine(path, name);
            if (BackupKeys.IsUnfinished(name)) Leftover(full);
            else if (ManifestReader.IsManifest(name)) continue;
            else if (name.EndsWith(BackupKeys.PinSuffix, StringComparison.Ordinal))
                JudgePin(full, names, name[..^BackupKeys.PinSuffix.Length]);
            else if (!OrphanedArtefacts.HasManifest(names, name)) JudgeArtefact(full, names);
        }
    }

    private void JudgePin(string pin, HashSet<string> names, string artefact)
    {
        if (OrphanedArtefacts.HasManifest(names, artefact)) return;
        Add(FindingKind.PinWithoutBackup, true, pin, "The pin belongs to a backup that is not there.",
            "Find out what became of the backup, then remove the file.");
    }

    private void JudgeArtefact(string path, HashSet<string> names)
    {
        var name = Path.GetFileName(path);
        if (OrphanedArtefacts.IsBeingPublished(names, name)) Leftover(path);
        else if (OrphanedArtefacts.IsOrphan(names, name))
            Add(FindingKind.Orphan, true, path, "The file has no manifest beside it, so it is no backup.",
                "Bring the manifest back from a copy; or remove the file, if nobody needs what is in it.");
        else Foreign(path);
    }

    private void JudgeRestores()
    {
        var records = new RestoreRecords(settings);
        foreach (var path in records.Unreadable())
            Add(FindingKind.Unreadable, true, path, "The record of the restore cannot be read.",
                "Use the version of this program that made the restore, or bring the file back from a copy.");
        foreach (var record in records.All().Where(record => !_ids.Contains(record.BackupId)))
            Add(FindingKind.RecordWithoutBackup, false, record.RecordFile!,
                $"The restore {record.RestoreId} was made from {record.BackupId}, which is not there any more.",
                "Nothing: the record stays as evidence.");
        var folder = _store.NameOf(BackupKeys.RestoreFolder);
        if (!Directory.Exists(folder)) return;
        foreach (var partial in Directory.EnumerateFiles(folder, "*" + Files.PartialSuffix))
            Add(FindingKind.Leftover, false, partial, "A restore that was killed left the file.",
                "Nothing: the next restore of that database removes it.");
    }

    private void JudgeEvidence()
    {
        foreach (var drill in new EvidenceFiles(settings, observer).List())
            if (drill is { Backup: { } backup, EvidenceFile: { } file } && !_ids.Contains(backup.Id))
                Add(FindingKind.EvidenceWithoutBackup, false, file, $"The evidence {drill.DrillId} is about {backup.Id}, which is not " +
                    "there any more.", "Nothing: evidence stays.");
        var folder = _store.NameOf(BackupKeys.DrillFolder);
        if (!Directory.Exists(folder)) return;
        var isBusy = FileLock.IsHeld(EvidenceLayout.WriterLock(settings.BackupRoot));
        foreach (var partial in Directory.EnumerateFiles(folder, "*" + Files.PartialSuffix))
            // The state of a drill that runs, or was killed, has a name that begins with a dot.
            if (isBusy || Path.GetFileName(partial).StartsWith('.')) Unsure(partial);
            else Leftover(partial);
    }

    // A lock of another host keeps everybody from writing, and nobody here can know whether its process lives.
    private void JudgeLocks()
    {
        var path = Path.Combine(settings.BackupRoot, LocalBackupStore.LockName);
        if (_isBusy && FileLock.ForeignOwner(path) is null)
            Add(FindingKind.Locked, false, path, $"The backup root is locked by {FileLock.ReadOwner(path)?.ToString() ?? "a process"}.",
                "Nothing: the lock ends with that process.");
        foreach (var file in new JobLocks(settings).Foreign().Prepend(path))
            if (FileLock.ForeignOwner(file) is { } foreign)
                Add(FindingKind.Locked, DateTime.UtcNow - foreign.Since > LongestRun, file,
                    $"{(file == path ? "The backup root" : "A job")} is locked by {foreign}.",
                    $"If nothing runs there any more: {LocalBackupStore.ReleaseCommand(settings.BackupRoot)}");
        foreach (var lease in new LocalLeases(settings.BackupRoot).Dead()) Leftover(lease);
    }

    private void JudgeHistory()
    {
        var path = BackupLayout.HistoryFile(settings.BackupRoot);
        try
        {
            foreach (var problem in new HistoryLog(settings).ReadAll().Problems)
                if (problem.Kind == HistoryProblemKind.Unverified)
                    Add(FindingKind.DamagedHistory, false, path, problem.Detail,
                        $"If the key was changed, add the old one to {EnvironmentVariables.PreviousIntegrityKeys}.");
                else
                    Add(FindingKind.DamagedHistory, true, path, problem.Detail, "Find out who changed it, then move the files of the " +
                        "history away: a new one begins. The status counts failed backups by it; the backups are not affected.");
        }
        catch (IOException e)
        {
            Add(FindingKind.DamagedHistory, true, path, $"It cannot be read: {e.Message}", "Make it readable for this user.");
        }
    }

    private void JudgeRoot()
    {
        string[] known = [BackupKeys.DatabaseFolder, BackupKeys.RuntimeFolder, BackupKeys.RestoreFolder, BackupKeys.DrillFolder,
            LocalBackupStore.LockName, ScratchFolder.Parent, LocalLeases.FolderName, JobLocks.FolderName];
        foreach (var path in Directory.EnumerateFileSystemEntries(settings.BackupRoot))
            if (Path.GetFileName(path) is var name && !known.Contains(name, StringComparer.Ordinal) && !HistoryLog.IsFileName(name))
                Foreign(path);
        var scratch = Path.Combine(settings.BackupRoot, ScratchFolder.Parent);
        if (!Directory.Exists(scratch)) return;
        foreach (var folder in Directory.EnumerateDirectories(scratch))
            if (!FileLock.IsHeld(Path.Combine(folder, ScratchFolder.LockName))) Leftover(folder);
    }

    private void Leftover(string path)
    {
        if (_isBusy) Unsure(path);
        else
            Add(FindingKind.Leftover, true, path, "A command that was killed left it unfinished.",
                $"{CommandName.RepairCatalog}; the next command that writes removes it, too.", canRepair: true);
    }

    private void Unsure(string path) => Add(FindingKind.Leftover, false, path,
        "A command that is running now writes it, or a killed one left it.", "Nothing: the running command, or a later one, removes it.");

    private void Foreign(string path) => Add(FindingKind.Foreign, false, path, "It is none of this product's files.",
        "Nothing: it is never touched. Move it elsewhere if it does not belong here.");

    private void Add(FindingKind kind, bool isProblem, string path, string detail, string next, bool canRepair = false)
    {
        var isThere = StoredArtefact.Exists(path);
        _findings.Add(new CatalogFinding(kind, isProblem, path, isThere ? StoredArtefact.Size(path) ?? 0 : 0,
            isThere ? File.GetLastWriteTimeUtc(path) : null, detail, next, canRepair));
    }
}
