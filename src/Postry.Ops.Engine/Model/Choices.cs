using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Model;

/// <summary>
/// The answer to a command that does not say which backup or which restore it means: the newest ones, each on a line, and how to name one.
/// No command guesses.
/// </summary>
public static class Choices
{
    /// <summary>The most items that are listed.</summary>
    public const int Most = 5;

    /// <summary>A backup on one line: id, database, age, size and label.</summary>
    /// <param name="set">The backup.</param>
    /// <param name="size">Formats a number of bytes.</param>
    public static string Line(BackupSet set, Func<long, string> size) => $"{set.Id}  {Description(set, size)}";

    /// <summary>A backup on one line without its id: database, age, size, label and version, and what else an operator must know to
    /// choose.</summary>
    /// <param name="set">The backup.</param>
    /// <param name="size">Formats a number of bytes.</param>
    public static string Description(BackupSet set, Func<long, string> size) => string.Join(", ", new[]
    {
        set.Database, set.TakenAt, size(set.SizeBytes), string.IsNullOrEmpty(set.Label) ? null : $"label {set.Label}",
        set.Status == BackupStatus.Complete ? null : $"{set.Status}", set.Proven ? "proven" : null, PinText.Short(set),
        DeployedText.Short(set),
    }.OfType<string>());

    /// <summary>A restore on one line: id, target, age and status.</summary>
    public static string Line(RestoreRecord record) =>
        $"{record.RestoreId}  {record.Target}, {BackupSet.TimeAndAge(record.StartedAt)}, {record.Status}";

    /// <summary>The error of a command that names no backup.</summary>
    /// <param name="newest">The backups that fit, newest first; those that a command can be meant for.</param>
    /// <param name="backupRoot">The backup root.</param>
    /// <param name="size">Formats a number of bytes.</param>
    public static InvalidRequestException BackupNotNamed(IReadOnlyList<BackupSet> newest, string backupRoot, Func<long, string> size) =>
        newest.Count == 0 ? new InvalidRequestException(backupRoot,
            $"No backup is named, and there is none to choose from in {backupRoot}.",
            $"Make one with {CommandName.BackUpDatabase}, or name another {OptionName.BackupRoot}.")
        : new InvalidRequestException(backupRoot,
            $"No backup is named. The newest in {backupRoot}:{Lines(newest.Take(Most).Select(set => Line(set, size)))}",
            $"Name one with {OptionName.Id} {Good(newest).Id}, or take the newest good one with {OptionName.Latest}. " +
                $"{CommandName.ListBackups} lists all of them.");

    /// <summary>The error of a command that names no restore.</summary>
    /// <param name="newest">The restores, newest first.</param>
    /// <param name="backupRoot">The backup root.</param>
    public static InvalidRequestException RestoreNotNamed(IReadOnlyList<RestoreRecord> newest, string backupRoot) => newest.Count == 0
        ? new InvalidRequestException(backupRoot, $"No restore is named, and there is no record of one in {backupRoot}.",
            $"Name another {OptionName.BackupRoot}. {CommandName.ListRestores} lists the restores.")
        : new InvalidRequestException(backupRoot,
            $"No restore is named. The newest in {backupRoot}:{Lines(newest.Take(Most).Select(Line))}",
            $"Name one with {OptionName.RestoreId} {newest[0].RestoreId}, or take the newest with {OptionName.Latest}.");

    /// <summary>The error for an id that no backup has.</summary>
    /// <param name="id">The id.</param>
    /// <param name="backupRoot">The backup root.</param>
    /// <param name="query">The conditions of the list; null where there are none.</param>
    public static SourceNotFoundException BackupNotFound(string id, string backupRoot, BackupQuery? query = null) => new(id,
        query is not { HasConditions: true } ? $"No backup {id} in {backupRoot}."
            : $"No backup {id} in {backupRoot} meets all conditions.",
        $"{CommandName.ListBackups} lists the backups; {OptionName.BackupRoot} names another folder.");

    /// <summary>The error for an id that no restore has.</summary>
    public static SourceNotFoundException RestoreNotFound(string id, string backupRoot) => new(id, $"No restore {id} in {backupRoot}.",
        $"{CommandName.ListRestores} lists the restores; {OptionName.BackupRoot} names another folder.");

    /// <summary>The error for an id that no evidence has.</summary>
    public static SourceNotFoundException DrillNotFound(string id, string backupRoot) => new(id,
        $"No evidence of a drill or test {id} in {backupRoot}.",
        $"{CommandName.ListDrills} lists the evidence; {OptionName.BackupRoot} names another folder.");

    private static BackupSet Good(IReadOnlyList<BackupSet> newest) =>
        newest.FirstOrDefault(set => set.Status == BackupStatus.Complete && set.BeforeRestore is null) ?? newest[0];

    private static string Lines(IEnumerable<string> lines) => string.Concat(lines.Select(line => $"\n  {line}"));
}
