using System.IO.Enumeration;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Status;

/// <summary>Collects what the backup root and postry.json tell of every database, and has it judged. Reads only, and asks no
/// database.</summary>
internal sealed class StatusOperation(OpsSettings settings, IOperationObserver observer)
{
    private const string NoDatabase = "(none)";

    /// <summary>The status of every database that fits. Errors: ConfigurationInvalid, AccessDenied, SourceNotFound.</summary>
    public IReadOnlyList<RecoveryStatus> Run(string? pattern)
    {
        settings.Configuration.Require(ConfigurationSections.Databases | ConfigurationSections.Objectives);
        var sets = new BackupCatalog(settings).All();
        var databases = Databases([.. sets.Where(set => set.Status != BackupStatus.Invalid && set.Mode != DatabaseMode.Runtime)
            .OrderByDescending(set => set.SnapshotAt).ThenBy(set => set.Id, StringComparer.Ordinal)]);
        var (history, problem) = ReadHistory();
        var copies = history.Entries.Where(attempt => attempt.Operation == HistoryEntry.Copy).ToList();
        history = history with { Entries = [.. history.Entries.Where(attempt => attempt.Operation == HistoryEntry.Backup)] };
        var evidence = new EvidenceFiles(settings, observer).List();
        var records = new RestoreRecords(settings);
        var pending = records.Pending();
        var disk = Disk();
        var root = new RootFacts(
            settings.Keys.All.Count > 0, disk,
            disk is null ? null : Growth.DaysUntilFull(
                databases.Select(database => RecoveryCase.GoodOf(database.Sets, database.NarrowedTo)), disk.FreeBytes),
            [.. sets.Where(set => set.Status == BackupStatus.Invalid).Select(set => set.ManifestFile).Order(StringComparer.Ordinal)],
            [.. evidence.Where(drill => RestoreDrill.IsChanged(drill) && !databases.Exists(database => database.Owns(drill)))
                .SelectMany(DrillRules.ChangedFiles)],
            problem)
        {
            History = history,
            NamelessFailures = [.. history.Entries.Where(attempt =>
                attempt.Target is null && !databases.Exists(database => database.Owns(attempt)))],
            Pending = [.. pending.Where(record =>
                !databases.Exists(database => database.Owns(record) || database.Name == record.Database))],
            UnreadableRecords = records.Unreadable(),
        };
        var now = DateTime.UtcNow;
        RecoveryCase Case(DatabaseFacts facts) => new(facts, root, settings.Configuration.Objectives, now);
        if (databases.Count == 0)
            return [RecoveryDecision.Nothing(settings.BackupRoot, Case(new DatabaseFacts { Name = NoDatabase }))];
        return [.. Fitting(databases, pattern).Select(database => RecoveryDecision.Decide(Case(new DatabaseFacts
        {
            Name = database.Name,
            Mode = database.Mode,
            Source = database.Source,
            Configured = database.Entry is not null,
            NarrowedTo = database.NarrowedTo,
            Sets = database.Sets,
            Evidence = [.. evidence.Where(database.Owns)],
            Attempts = [.. history.Entries.Where(database.Owns)],
            Copies = [.. copies.Where(database.Owns)],
            // A restore to another place belongs to the database that its backup came from.
            Pending = [.. pending.Where(record => database.Owns(record)
                || (record.Database == database.Name && !databases.Exists(other => other.Owns(record))))],
        })))];
    }

    private List<KnownDatabase> Databases(IReadOnlyList<BackupSet> sets)
    {
        var entries = new DatabaseEntries(settings);
        var owners = settings.Configuration.Databases.Values.Select(entry => KnownDatabase.Of(entry, entries).WithOwn(sets)).ToList();
        var free = Without(sets, owners);
        owners = owners.ConvertAll(owner => owner.WithNamed(free));
        var others = Without(sets, owners).GroupBy(set => (set.Mode, set.SourceIdentity, set.Legacy))
            .Select(group => KnownDatabase.Of([.. group])).OrderBy(database => database.Name, StringComparer.Ordinal).ToList();
        // Backups of the old scripts do not tell their database, so they are one only where there is no other.
        if (owners.Count > 0 || others.Exists(other => !other.Sets[0].Legacy)) others.RemoveAll(other => other.Sets[0].Legacy);
        return [.. owners, .. others];
    }

    private static List<BackupSet> Without(IReadOnlyList<BackupSet> sets, List<KnownDatabase> owners)
    {
        var owned = owners.SelectMany(owner => owner.Sets).Select(set => set.ManifestFile).ToHashSet();
        return [.. sets.Where(set => !owned.Contains(set.ManifestFile))];
    }

    private static IEnumerable<KnownDatabase> Fitting(List<KnownDatabase> databases, string? pattern)
    {
        if (pattern is null) return databases;
        var fitting = databases.FindAll(database => FileSystemName.MatchesSimpleExpression(pattern, database.Name, ignoreCase: false));
        return fitting.Count > 0 ? fitting : throw new SourceNotFoundException(pattern,
            $"Neither {OpsSettings.ConfigurationFileName} nor a backup names a database '{pattern}'.",
            $"Name one with {OptionName.Database}: {string.Join(", ", databases.Select(database => database.Name).Distinct())}.");
    }

    private (HistoryReading History, string? Problem) ReadHistory()
    {
        try
        {
            var history = new HistoryLog(settings).Read();
            if (history.Unreadable > 0)
                observer.Detail(Invariant($"{history.Unreadable} lines of the history of backups cannot be read, and are left out."));
            if (history.IsTorn)
                observer.Warning("The last line of the history of backups is torn: the process that wrote it was killed.");
            return (history, history.Entries.Any(attempt => attempt.Integrity == CheckStatus.Failed)
                ? "The history of backups was changed after it was written." : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (HistoryReading.Empty, $"The history of backups cannot be read: {e.Message}");
        }
    }

    private DiskFacts? Disk()
    {
        try
        {
            var volume = Volume.Of(settings.BackupRoot);
            return new DiskFacts(settings.BackupRoot, volume.Bytes, volume.FreeForUser, volume.Bytes - volume.Free);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            observer.Detail($"The disk of {settings.BackupRoot} cannot be measured. {e.Message}");
            return null;
        }
    }
}
