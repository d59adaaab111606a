using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Status;

/// <summary>The rules on the backups of a database.</summary>
internal static class BackupRules
{
    private const int ManyFailures = 2;

    /// <summary>A set that is newer than the newest good one may hold a loss, so the live database may have lost its data.</summary>
    public static IEnumerable<StatusReason> Suspicious(RecoveryCase status)
    {
        if (status.NewerThanGood.FirstOrDefault(set => set.Status == BackupStatus.Suspicious) is { } newest)
            yield return Critical($"The backup {newest.Id} is Suspicious: it may have been made after a loss of data. " +
                $"{newest.Plausibility}", $"{CommandName.ListBackups} {OptionName.Id} {newest.Id}. If the database is meant to hold so " +
                $"little: {status.BackupCommand} {OptionName.AcceptSmaller}");
    }

    /// <summary>The signature of the newest set cannot be checked.</summary>
    public static IEnumerable<StatusReason> Key(RecoveryCase status)
    {
        if (!status.Root.HasKey)
            yield return Unknown("No integrity key is set, so that no backup and no evidence can be checked.",
                $"Set {EnvironmentVariables.IntegrityKey} or {EnvironmentVariables.IntegrityKeyFile}.");
        else if (status.Newest is { Status: BackupStatus.Unverified } newest)
            yield return Unknown($"The newest backup {newest.Id} cannot be checked. {newest.StatusDetail}",
                $"Add its key to {EnvironmentVariables.PreviousIntegrityKeys}, or: {status.BackupCommand}");
    }

    /// <summary>The times of backups cannot be trusted.</summary>
    public static IEnumerable<StatusReason> Clock(RecoveryCase status)
    {
        if (status.ClockProblem is { } problem)
            yield return Unknown($"The age of the backups is not known. {problem}",
                $"Correct the clock of this host, then: {status.BackupCommand}");
    }

    /// <summary>There is no good set, or the newest good one is too old.</summary>
    public static IEnumerable<StatusReason> Age(RecoveryCase status)
    {
        if (status.Newest is null)
            yield return Critical("The database was never backed up.", status.BackupCommand);
        else if (status.NewestGood is null && status.Made.Any(set => set.Status != BackupStatus.Unverified))
            yield return Critical(Invariant($"None of its {status.Made.Count} backups is good."), status.BackupCommand);
        else if (status is { Rpo.Status: ObjectiveStatus.Missed, NewestGood: { } good })
            yield return Critical($"The newest good backup {good.Id} is {Durations.InWords(status.Since(good.SnapshotAt))} old, and " +
                $"{Durations.Write(status.Objectives.Rpo)} are allowed." + NoRun(status) + Unused(status), status.BackupCommand);
    }

    /// <summary>A set that is newer than the newest good one cannot be used.</summary>
    public static IEnumerable<StatusReason> Unusable(RecoveryCase status)
    {
        var newest = status.NewerThanGood.FirstOrDefault(set => set.Status is BackupStatus.Tampered or BackupStatus.Damaged);
        if (newest is not null)
            yield return Critical($"The backup {newest.Id} is {newest.Status}. {newest.StatusDetail}",
                $"{CommandName.TestBackup} {OptionName.Id} {newest.Id}, then: {status.BackupCommand}");
    }

    /// <summary>The newest set that the history names is not there any more.</summary>
    public static IEnumerable<StatusReason> Lost(RecoveryCase status)
    {
        if (status.LostSet is { } id)
            yield return Warning($"The newest backup {id}, which the history names, was removed, or its manifest was lost.",
                status.BackupCommand);
    }

    /// <summary>The last attempts failed.</summary>
    public static IEnumerable<StatusReason> Failures(RecoveryCase status)
    {
        if (status.FailedInRow is not [.., var last] failed) yield break;
        var count = failed.Count == 1 ? "The last backup" : Invariant($"The last {failed.Count} backups");
        var message = $"{count} failed, {Durations.InWords(status.Since(last.At))} ago with {last.ErrorId}.";
        yield return failed.Count >= ManyFailures ? Critical(message, status.BackupCommand) : Warning(message, status.BackupCommand);
    }

    /// <summary>The newest set did not get to a destination.</summary>
    public static IEnumerable<StatusReason> Copies(RecoveryCase status)
    {
        var failed = status.Database.Copies.Where(copy => copy.BackupId == status.Newest?.Id)
            .GroupBy(copy => copy.Destination, StringComparer.Ordinal).Select(copies => copies.Last())
            .Where(copy => copy.Result == HistoryResult.Failed);
        foreach (var copy in failed)
            yield return Warning($"The newest backup {copy.BackupId} was not copied to {copy.Destination}: {copy.ErrorId}.",
                $"{CommandName.CopyBackup} {OptionName.Id} {copy.BackupId} {OptionName.Destination} " +
                RecoveryCase.Quoted(copy.Destination ?? ""));
    }

    /// <summary>An attempt failed before it was known of which database, so that it may have been meant for this one.</summary>
    public static IEnumerable<StatusReason> NamelessFailure(RecoveryCase status)
    {
        if (status.Root.NamelessFailures.LastOrDefault(status.IsSinceGood) is { } failed)
            yield return Warning($"A backup{(failed.Database is { } name ? $" of {name}" : "")} failed " +
                $"{Durations.InWords(status.Since(failed.At))} ago with {failed.ErrorId}, before it was known which database was meant.",
                status.BackupCommand);
    }

    /// <summary>A manifest cannot be read, so that it may be one of this database.</summary>
    public static IEnumerable<StatusReason> Unreadable(RecoveryCase status)
    {
        if (status.Root.UnreadableManifests is [var first, ..] all)
            yield return new StatusReason(RecoveryState.Warning, Unknown: true,
                Invariant($"{all.Count} of the manifests in the backup root cannot be read, among them {first}."),
                $"{CommandName.TestBackup} {OptionName.BackupFile} {RecoveryCase.Quoted(first)}");
    }

    /// <summary>The newest set is larger than it is expected to be.</summary>
    public static IEnumerable<StatusReason> Size(RecoveryCase status)
    {
        if (status.Newest is { } newest && Growth.BytesOf(newest) is var bytes && bytes > status.Objectives.MaximumSize)
            yield return Warning(Invariant($"The newest backup {newest.Id} has {bytes:N0} bytes, and ") +
                Invariant($"{status.Objectives.MaximumSize:N0} are expected at most."),
                $"Find out what has grown, or raise objectives.maximumSize in {OpsSettings.ConfigurationFileName}.");
    }

    /// <summary>The backups go by the name of the entry, and come from another address or from several databases.</summary>
    public static IEnumerable<StatusReason> Identity(RecoveryCase status)
    {
        if (status.Database.Mode != DatabaseMode.Postgres || status.Made is not [var newest, ..] made) yield break;
        // A server that was made anew has another identity from then on; where two identities come in turn, there are two servers.
        var others = made.Take(made.ToList().FindLastIndex(set => set.SourceIdentity == newest.SourceIdentity))
            .Where(set => set.SourceIdentity != newest.SourceIdentity).Select(set => set.Source).Distinct().ToList();
        if (others.Count > 0)
            yield return new StatusReason(RecoveryState.Warning, Unknown: true,
                $"Its backups were made of several databases in turn: {string.Join(", ", others.Prepend(newest.Source).Distinct())}. " +
                "Which of them is meant is not known.", $"Give each a name of its own in {OpsSettings.ConfigurationFileName}.");
        if (status.Database.Source is not { } source || made.Any(set => set.Source == source)) yield break;
        yield return new StatusReason(RecoveryState.Warning, Unknown: true,
            $"Its backups were made of {status.Made[0].Source}, and {OpsSettings.ConfigurationFileName} names {source}. Whether the two " +
            "are one database is not known.", status.BackupCommand);
    }

    /// <summary>The history cannot be trusted, so that failures may be missing.</summary>
    public static IEnumerable<StatusReason> History(RecoveryCase status)
    {
        if ((status.Root.HistoryProblem ?? status.HistoryGap) is { } problem)
            yield return new StatusReason(RecoveryState.Warning, Unknown: true, $"Failed backups may not be known. {problem}",
                status.Root.HistoryProblem is null ? $"Find out why, then: {status.BackupCommand}"
                    : "Find out why, then make history.jsonl in the backup root readable, or move the files of the history away and " +
                        "back up again.");
    }

    /// <summary>There is no database to report on.</summary>
    public static StatusReason NothingAtAll(string backupRoot) => Critical(
        $"There is no backup of a database in {backupRoot}, and {OpsSettings.ConfigurationFileName} names no database.",
        $"{CommandName.WriteConfiguration}, then {CommandName.BackUpDatabase}; or name the folder of the backups with " +
        $"{OptionName.BackupRoot}.");

    // Backups that fail and backups that nobody starts have different causes.
    private static string NoRun(RecoveryCase status) =>
        status is { Root: { HistoryProblem: null, NamelessFailures: [] }, HistoryGap: null, FailedInRow: [] }
        && status.Database.Attempts is [.., var last] && !status.NewerThanGood.Any()
            ? Invariant($" No backup was tried since {last.At:yyyy-MM-dd HH:mm:ss} UTC: check that its schedule runs.") : "";

    private static string Unused(RecoveryCase status) => status.Database.Configured ? ""
        : $" If the database is no longer in use, remove its backups with {CommandName.RemoveBackup}.";

    private static StatusReason Critical(string message, string next) => new(RecoveryState.Critical, Unknown: false, message, next);

    private static StatusReason Warning(string message, string next) => new(RecoveryState.Warning, Unknown: false, message, next);

    // The worst of all: whoever asks has to act, because the database may not be recoverable.
    private static StatusReason Unknown(string message, string next) => new(RecoveryState.Critical, Unknown: true, message, next);
}
