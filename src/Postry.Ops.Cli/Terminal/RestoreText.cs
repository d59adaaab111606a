using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Terminal;

/// <summary>Comparisons, plans and records of restores as text.</summary>
internal static class RestoreText
{
    /// <summary>Writes what a restore would bring back and what would be lost.</summary>
    public static void Comparison(TextWriter writer, DatabaseComparison comparison)
    {
        if (comparison.Tables.Count > 0)
        {
            var table = new Table("~TABLE", ">LIVE ROWS", ">BACKUP ROWS", "DIFFERENCE");
            foreach (var row in comparison.Tables) table.Add(row.Name, Rows(row.LiveRows), Rows(row.BackupRows), Verdict(row));
            table.WriteTo(writer);
        }

        foreach (var change in comparison.Schema)
        {
            writer.WriteLine(Printable.Line($"{change.Type} {change.Name}: {Words(change.Difference)}"));
        }

        foreach (var property in comparison.Properties)
        {
            writer.WriteLine(Printable.Line($"{property.Kind}, {property.Name}: {Values(property)}"));
        }

        writer.WriteLine(Printable.Lines(comparison.Summary));
    }

    public static void Plan(TextWriter writer, RestorePlan plan) => writer.WriteLine(Printable.Lines(plan.Summary));

    public static void Plan(TextWriter writer, UndoPlan plan) => writer.WriteLine(Printable.Lines(plan.Summary));

    /// <summary>Writes one record with what the restore replaced.</summary>
    public static void One(TextWriter writer, RestoreRecord record)
    {
        BackupText.Field(writer, "Restore id", record.RestoreId);
        BackupText.Field(writer, "Backup", $"{record.BackupId} of {record.Database}, {Units.Time(record.SnapshotAt)}");
        BackupText.Deployed(writer, record.Tags, record.Deployed);
        BackupText.Field(writer, "Target", record.Target);
        BackupText.Field(writer, "Status", Status(record));
        if (record.Unverified) BackupText.Field(writer, "Signature", "NOT VERIFIED");
        if (record.Strategy is { } strategy)
            BackupText
                .Field(writer, "Strategy",
                $"{strategy}{(record.WritesFrozen ? ", writes frozen" : "")}{(record.NoTablespaces ? ", without tablespaces" : "")}");
        if (record.PreviousCopy is { } copy) BackupText.Field(writer, "Previous copy", WithSize(copy, record.PreviousCopyBytes));
        if (record.UndoneCopy is { } undone) BackupText.Field(writer, "Undone copy", undone);
        BackupText.NotHeld(writer, record.NotHeld);
        if (record.DataLoss is { } loss) BackupText.Field(writer, "Replaced", loss.Summary);
        if (record.UndoLoss is { } since) BackupText.Field(writer, "Removed", Loss(since));
        foreach (var one in record.BrokenObjects)
            BackupText.Field(writer, record.Status is RestoreStatus.Failed ? "Cannot be created" : "Left out",
                $"{one}. To create it later: {one.Sql}");
        if (record.Runtime is { } runtime) Runtime(writer, runtime, kept: record.Mode is not DatabaseMode.Runtime);
        BackupText.Field(writer, "Duration", Duration(record));
        if (record.Checks.Count == 0) return;

        writer.WriteLine();
        BackupText.Checks(writer, record.Checks);
    }

    /// <summary>Writes what a restore did to the runtime files: their names and, for env files, the names of keys, never values.</summary>
    private static void Runtime(TextWriter writer, RuntimeOutcome runtime, bool kept)
    {
        BackupText.Field(writer, "Runtime files", $"{runtime} (in {runtime.Root}, from {runtime.BackupFile})");
        if (kept && runtime.KeptFolder is { } folder) BackupText.Field(writer, "Kept files", folder);
    }

    private static string Duration(RestoreRecord record)
    {
        var (whole, locked) = (Units.Duration(record.Duration), Units.Duration(record.Unavailable));
        return record.Mode switch
        {
            DatabaseMode.Runtime => whole,
            DatabaseMode.Sqlite => $"{whole}; writes were blocked for {locked}",
            _ => $"{whole}; no answer for {locked}",
        };
    }

    /// <summary>Records as a table, in the order given.</summary>
    public static void Many(TextWriter writer, IReadOnlyList<RestoreRecord> records)
    {
        if (records.Count == 0)
        {
            writer.WriteLine("No restores.");
            return;
        }

        var table = new Table("RESTORE ID", "BACKUP", "STARTED AT", "STATUS", "->DURATION", ">FILES", "~TARGET");
        foreach (var record in records)
        {
            table.Add(record.RestoreId, record.BackupId, Units.Time(record.StartedAt), record.Status.ToString(),
                Units.Duration(record.Duration), record.Runtime is { } runtime ? Units.Count(runtime.FileCount) : "none", Target(record));
        }

        table.WriteTo(writer);
    }

    /// <summary>Kept copies as a table with their total.</summary>
    public static void Copies(TextWriter writer, IReadOnlyList<PreviousCopy> copies)
    {
        if (copies.Count == 0)
        {
            writer.WriteLine("No previous copies.");
            return;
        }

        var table = new Table("RESTORE ID", "TAKEN AT", ">SIZE", "STATE", "~PATH");
        foreach (var copy in copies)
        {
            var state = copy.Removed ? "removed" : "kept";
            table.Add(copy.RestoreId, Units.Time(copy.TakenAt), Units.Bytes(copy.SizeBytes), state, copy.Path);
        }

        table.WriteTo(writer);
        foreach (var copy in copies.Where(copy => copy is { Removed: false, InspectCommand: not null }))
            writer.WriteLine(Printable.Line($"To look into the copy of {copy.RestoreId}: {copy.InspectCommand}"));
        writer.WriteLine($"{copies.Count} in all, {Units.Bytes(copies.Sum(copy => copy.SizeBytes))}");
    }

    private static string Target(RestoreRecord record) =>
        record.Mode is DatabaseMode.Runtime ? $"files of {record.Target}" : record.Target;

    private static string Status(RestoreRecord record) =>
        record.Detail is { } detail ? $"{record.Status}: {detail}" : record.Status.ToString();

    private static string Loss(DatabaseComparison since) =>
        since is { Status: TableDifference.Equal, NotCompared.Count: 0 } ? "nothing; no changes since the restore" : since.Summary;

    private static string WithSize(string path, long? bytes) => bytes is { } size ? $"{path} ({Units.Bytes(size)})" : path;

    private static string Rows(long? rows) => rows is null ? "-" : Units.Count(rows);

    private static string Verdict(TableComparison table) =>
        table.Detail is null ? Words(table.Difference) : $"{Words(table.Difference)}: {table.Detail}";

    private static string Values(PropertyDifference property) => property switch
    {
        { Difference: TableDifference.Different, LiveValue: null, BackupValue: null } => Words(property.Difference),
        { Difference: TableDifference.OnlyInBackup } => $"{Words(property.Difference)}{Value(property.BackupValue)}",
        { Difference: TableDifference.OnlyInLive } => $"{Words(property.Difference)}{Value(property.LiveValue)}",
        _ => $"live {property.LiveValue ?? "(none)"}, backup {property.BackupValue ?? "(none)"}",
    };

    private static string Value(string? value) => value is null ? "" : $" ({value})";

    private static string Words(TableDifference difference) => difference switch
    {
        TableDifference.Equal => "equal",
        TableDifference.Different => "different",
        TableDifference.OnlyInBackup => "only in the backup: a restore brings it back",
        TableDifference.OnlyInLive => "only in the live database: a restore removes it",
        _ => "inconclusive",
    };
}
