using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using static System.FormattableString;

namespace Postry.Ops.Engine.Backups;

/// <summary>Chooses the backup that Latest and Before of a selector mean, or says why none can be chosen.</summary>
/// <param name="settings">The backup root and the keys, for errors.</param>
internal sealed class NewestBackup(OpsSettings settings)
{
    /// <summary>The newest good set of one database. Errors: SourceNotFound, AmbiguousBackup, SuspiciousBackup, and those of a set whose
    /// signature cannot be checked.</summary>
    /// <param name="pool">The sets to choose from.</param>
    /// <param name="selector">Narrows them by a time, a name, or both.</param>
    /// <param name="target">The database that is meant, or null for any.</param>
    /// <param name="allowUnverified">True where a set whose signature cannot be checked is good enough.</param>
    /// <param name="allowSuspicious">True where a set that is Suspicious is good enough, because nothing is changed by it.</param>
    public BackupSet Choose(
        IReadOnlyCollection<BackupSet> pool, BackupSelector selector, RestoreTarget? target, bool allowUnverified, bool allowSuspicious)
    {
        // The newest backup means one of a database, unless the target is no database: an archive that was made alone may go by a
        // database's name.
        var all = pool.Where(set => (set.Mode == DatabaseMode.Runtime) == (target is { IsRuntime: true })).ToList();
        var ofDatabase = all.Where(set => selector.Database is { } name ? set.Database == name : target is null ? !set.Legacy
            : set.SourceIdentity == (target.Identity ?? target.Name)).ToList();
        var inTime = ofDatabase.Where(set => selector.Before is null || set.SnapshotAt < selector.Before)
            .OrderByDescending(set => set.SnapshotAt).ToList();
        var good = inTime.Where(set => set.BeforeRestore is null && (set.Status is BackupStatus.Complete or BackupStatus.Suspicious
            || (allowUnverified && set.Status == BackupStatus.Unverified))).ToList();
        // The files of one root may be archived under the names of several databases.
        if (target is not { IsRuntime: true }) RequireOneDatabase(good);
        if (!allowSuspicious) RequireNoDoubt(good);
        if (good.Count > 0) return good[0];

        if (inTime.FirstOrDefault(set => set.BeforeRestore is null && set.Status == BackupStatus.Unverified) is { } unverified)
            throw Unverified(unverified, settings.Keys);
        var what = selector.Database ?? target?.Name ?? "any database";
        var when = selector.Before is { } before ? Invariant($" from before {before:yyyy-MM-dd HH:mm:ss} UTC") : "";
        var there = ofDatabase.Count == 0 ? ""
            : $" These backups of it exist: {string.Join(", ", ofDatabase.OrderBy(s => s.SnapshotAt).Take(5).Select(Named))}"
                + $"{(ofDatabase.Count > 5 ? ", ..." : "")}.";
        static string Named(BackupSet set) => Invariant($"{set.Id} from {set.SnapshotAt:yyyy-MM-dd HH:mm:ss} UTC, ")
            + (set.BeforeRestore is { } restore ? $"what the restore {restore}, or its undo, replaced" : $"{set.Status}");
        var others = all.Select(set => $"{set.Database} ({set.Source})").Distinct().Take(5).ToList();
        throw new SourceNotFoundException(what, $"There is no good backup of {what}{when} in {settings.BackupRoot}.{there}",
            others.Count == 0 ? $"Check {OptionName.BackupRoot}; {CommandName.ListBackups} lists what it holds."
            : ofDatabase.Count > 0 && inTime.Count == 0 ? $"All of them are from a later time: choose a later time, or {OptionName.Latest}."
            : inTime.Find(set => set.BeforeRestore is not null) is { } replaced
                ? $"{OptionName.Latest} never chooses a backup of the data that a restore replaced. If you need it, choose it by its id: " +
                    $"{OptionName.Id} {replaced.Id}."
            : ofDatabase.Count > 0 ? $"{CommandName.ListBackups} shows why each is not good."
            : $"There are backups of: {string.Join(", ", others)}. Name one with {OptionName.Database}, and add " +
                $"{OptionName.AllowDifferentSource} to restore it here.");
    }

    /// <summary>The error for a set whose signature cannot be checked: no key, or another one.</summary>
    public static OpsException Unverified(BackupSet set, Keyring keys) => keys.All.Count == 0
        ? new IntegrityKeyMissingException(set.BackupFile,
            $"The integrity key is missing: {EnvironmentVariables.IntegrityKey} is not set. Without it, nobody can tell whether " +
                $"{set.Id} is genuine.",
            $"Set {EnvironmentVariables.IntegrityKey}, or pass {OptionName.IntegrityKey}. " +
                $"If the key is lost, restore with {OptionName.AllowUnverified}; the record then says so.")
        : set.Legacy ? new WrongKeyException(set.BackupFile,
            $"{set.Id} was signed with a key that is missing here, or was changed since: {BackupDescription.LegacyKeyLimit}",
            $"If it was signed with an older key, add that key to {EnvironmentVariables.PreviousIntegrityKeys}; " +
                $"else use another backup. A restore with {OptionName.AllowUnverified} does not check the signature, and its record " +
                "says so.")
        : new WrongKeyException(set.BackupFile,
            $"{set.Id} was signed with another key, {set.KeyId}, which is missing here. Without it, nobody can tell whether the " +
                "backup is genuine.",
            $"Add that key to {EnvironmentVariables.PreviousIntegrityKeys}. " +
                $"If it is lost, restore with {OptionName.AllowUnverified}; the record then says so.");

    /// <summary>The error of a list of the newest good set that has none: a key is missing, or only sets are there that restores made of
    /// what they replaced, or none is good.</summary>
    /// <param name="candidates">The sets that the newest could have been, newest first.</param>
    public OpsException NoneGood(IReadOnlyList<BackupSet> candidates)
    {
        var made = candidates.Where(set => set.BeforeRestore is null).ToList();
        if (made.Find(set => set.Status == BackupStatus.Unverified) is { } unverified) return Unverified(unverified, settings.Keys);
        if (made.Count == 0 && candidates is [{ BeforeRestore: { } restore } replaced, ..])
            return new SourceNotFoundException(settings.BackupRoot,
                $"No good backup in {settings.BackupRoot} can be chosen: {replaced.Id} was made before the restore {restore}, of the " +
                    "data that it, or its undo, replaced.",
                $"{OptionName.Latest} never chooses such a backup. If you need this one, name it: {OptionName.Id} {replaced.Id}.");
        return new SourceNotFoundException(settings.BackupRoot, $"No good backup in {settings.BackupRoot}.",
            made.Count == 0 ? $"{CommandName.ListBackups} lists all backups; {OptionName.BackupRoot} names another folder."
                : $"{CommandName.ListBackups} shows why each backup is not good: " +
                    $"{string.Join(", ", made.Take(Choices.Most).Select(set => $"{set.Id} is {set.Status}"))}.");
    }

    /// <summary>Raises AmbiguousBackup where sets come from several databases.</summary>
    public static void RequireOneDatabase(List<BackupSet> sets)
    {
        var databases = sets.GroupBy(set => (set.Database, Source: set.SourceIdentity)).ToList();
        if (databases.Count < 2) return;
        var list = string.Join("; ", databases.Select(group =>
            Invariant(
            $"{group.Key.Database} from {group.First().Source} ({group.Count()}, newest ")
            + Invariant($"{group.Max(s => s.SnapshotAt):yyyy-MM-dd HH:mm:ss} UTC {group.MaxBy(s => s.SnapshotAt)!.Id})")));
        throw new AmbiguousBackupException(string.Join(", ", databases.Select(group => group.Key.Database).Distinct()),
            $"Backups of {databases.Count} databases match: {list}.",
            databases.Select(group => group.Key.Database).Distinct().Count() == 1
                ? $"The databases have the same name: choose the backup with {OptionName.Id}."
                : $"Name the database with {OptionName.Database}, or the backup with {OptionName.Id}.");
    }

    /// <summary>
    /// Raises SuspiciousBackup where the newest of the sets that can be chosen is one that may hold a loss: neither that nor an older one
    /// is taken unnamed.
    /// </summary>
    /// <param name="sets">The sets of one database, newest first.</param>
    public static void RequireNoDoubt(List<BackupSet> sets)
    {
        if (sets is not [{ IsSuspicious: true } newest, ..]) return;
        static string Line(BackupSet set) =>
            $"\n{OptionName.Id} {set.Id}: taken {set.TakenAt}, {set.RowsInWords}, {set.Status}. {set.StatusDetail}".TrimEnd();
        var good = sets.Find(set => !set.IsSuspicious);
        throw new SuspiciousBackupException(newest.Id,
            $"The newest backup of {newest.Database} may have been made after a loss of data, so {OptionName.Latest} does not choose it, "
                + (good is null ? $"and there is no good one:{Line(newest)}" : $"nor an older one:{Line(newest)}{Line(good)}"),
            good is null
                ? $"If the database is meant to contain so little, choose this backup: {OptionName.Id} {newest.Id}. " +
                    $"{CommandName.ListBackups} lists " +
                    "the other backups."
                : $"Choose one: {OptionName.Id} {good.Id} is the newest good one. Take {OptionName.Id} {newest.Id} only if the database " +
                    $"is meant to hold so little; {CommandName.BackUpDatabase} {OptionName.AcceptSmaller} accepts that for later backups.");
    }
}
