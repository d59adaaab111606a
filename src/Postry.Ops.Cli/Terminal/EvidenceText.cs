using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Terminal;

/// <summary>Evidence of drills and tests as text.</summary>
internal static class EvidenceText
{
    /// <summary>Evidence as a table, in the order given, and below it what is wrong with files.</summary>
    public static void Many(TextWriter writer, IReadOnlyList<RestoreDrill> drills)
    {
        if (drills.Count == 0)
        {
            writer.WriteLine("No evidence of drills or tests.");
            return;
        }

        var table = new Table("DRILL ID", "KIND", "STARTED AT", "STATUS", "->DURATION", "BACKUP", "EVIDENCE", "~DATABASE");
        foreach (var drill in drills)
            table.Add(drill.DrillId, drill.Kind.ToString(), Units.Time(drill.StartedAt), drill.Status.ToString(),
                Units.Duration(drill.Duration), drill.Backup?.Id ?? "none", $"{drill.Evidence}", drill.Database);
        table.WriteTo(writer);
        foreach (var drill in drills)
        {
            if (drill.EvidenceDetail is not null) writer.WriteLine(Printable.Line($"{drill.DrillId}: {drill.EvidenceDetail}"));
            foreach (var note in (drill.Notes ?? []).Where(note => note.Evidence == CheckStatus.Failed))
                writer.WriteLine($"{drill.DrillId}: Note {note.Number} is not as it was signed.");
        }
    }

    /// <summary>Writes the evidence of one drill or test, with its steps and tables.</summary>
    public static void One(TextWriter writer, RestoreDrill drill)
    {
        BackupText.Field(writer, "Drill id", $"{drill.DrillId} ({drill.Kind})");
        BackupText.Field(writer, "Status", drill.Status.ToString());
        if (drill.Evidence is { } evidence)
            BackupText.Field(writer, "Evidence", drill.EvidenceDetail is { } detail ? $"{evidence}: {detail}" : $"{evidence}");
        BackupText.Field(writer, "Database", $"{drill.Database}, {drill.Source}");
        if (drill.Backup is { } backup) BackupText.Field(writer, "Backup", $"{backup.Id}, {Units.Time(backup.SnapshotAt)}");
        BackupText.Deployed(writer, drill.Backup?.Tags, drill.Backup?.Deployed);
        BackupText.Field(writer, "Restored to", drill.Target);
        BackupText.Field(writer, "Started at", Units.Time(drill.StartedAt));
        BackupText.Field(writer, "Duration", Units.Duration(drill.Duration));
        if (drill.Rpo is { } rpo) BackupText.Field(writer, "RPO", Objective(rpo));
        if (drill.Rto is { } rto) BackupText.Field(writer, "RTO", Objective(rto));
        foreach (var deviation in drill.Deviations) BackupText.Field(writer, "Deviation", deviation);
        foreach (var remark in drill.Remarks) BackupText.Field(writer, "Remark", remark);
        foreach (var note in drill.Notes ?? [])
            BackupText.Field(writer, $"Note {note.Number}", $"{note.Text} ({note.Author}, {Units.Time(note.WrittenAt)}, {note.Evidence})");
        if (drill.EvidenceFile is { } file) BackupText.Field(writer, "File", file);
        Steps(writer, drill);
        Tables(writer, drill);
    }

    /// <summary>Writes what was checked of a file, and what it proves.</summary>
    public static void Report(TextWriter writer, EvidenceReport report)
    {
        BackupText.Checks(writer, report.Checks);
        writer.WriteLine();
        writer.WriteLine(Printable.Line($"{report.Status}: {report.EvidenceFile}"));
        writer.WriteLine(Printable.Line(report.Proves ?? "The file proves no backup."));
    }

    private static void Steps(TextWriter writer, RestoreDrill drill)
    {
        if (drill.Steps.Count == 0) return;
        writer.WriteLine();
        var table = new Table("~STEP", "STATUS", ">TIME", "~DETAIL");
        foreach (var step in drill.Steps) table.Add(step.Name, step.Status.ToString(), Units.Duration(step.Duration), step.Detail);
        table.WriteTo(writer);
    }

    private static void Tables(TextWriter writer, RestoreDrill drill)
    {
        if (drill.Tables.Count == 0) return;
        writer.WriteLine();
        var table = new Table("~TABLE", ">ROWS EXPECTED", ">ROWS FOUND", "STATUS");
        foreach (var one in drill.Tables)
            table.Add(one.Name, Units.Count(one.RowsExpected), Units.Count(one.RowsFound), one.Status.ToString());
        table.WriteTo(writer);
    }

    private static string Objective(ObjectiveResult result) =>
        $"{result.Status}: {(result.Realised is { } time ? Units.Duration(time) : "not known")} of "
            + $"{Units.Duration(result.Objective)} allowed";
}
