using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Terminal;

/// <summary>The decisions of a retention policy as text.</summary>
internal static class RetentionText
{
    /// <summary>Writes a line for each backup and each copy with its reasons, and the sum.</summary>
    public static void Report(TextWriter writer, RetentionReport report)
    {
        if (report.Sets.Count > 0)
        {
            var table = new Table("~ID", "~DATABASE", "SNAPSHOT AT", "ACTION", "~REASONS");
            foreach (var set in report.Sets)
                table.Add(set.BackupId, set.Database, Units.Time(set.SnapshotAt), Action(set.IsRemoved, set.Problem, set.Action),
                    Reasons(set.Problem, set.Reasons));
            table.WriteTo(writer);
            writer.WriteLine();
        }

        if (report.Copies.Count > 0)
        {
            var table = new Table("~RESTORE", "~PREVIOUS COPY", "TAKEN AT", "ACTION", "~REASONS");
            foreach (var copy in report.Copies)
                table.Add(copy.RestoreId, copy.Path, Units.Time(copy.TakenAt), Action(copy.IsRemoved, copy.Problem, copy.Action),
                    Reasons(copy.Problem, copy.Reasons));
            table.WriteTo(writer);
            writer.WriteLine();
        }

        writer.WriteLine(Printable.Lines(Sum(report)));
    }

    private static string Reasons(string? problem, IReadOnlyList<string> reasons) => problem is null ? string.Join("; ", reasons)
        : $"could not be removed: {problem}";

    private static string Action(bool isRemoved, string? problem, RetentionAction action) => isRemoved ? "Removed"
        : problem is not null ? "Failed" : action.ToString();

    /// <summary>The sum of what was removed, or would be, on a line.</summary>
    public static string Sum(RetentionReport report)
    {
        var (sets, copies) = (report.Sets.Where(set => set.IsRemoved).ToList(), report.Copies.Where(copy => copy.IsRemoved).ToList());
        if (sets.Count + copies.Count == 0) return report.Summary;
        var freed = Units.Bytes(sets.Sum(set => set.SizeBytes) + copies.Sum(copy => copy.SizeBytes));
        return $"{sets.Count} of {report.Sets.Count} backups removed"
            + (copies.Count == 0 ? "" : $", {copies.Count} of {report.Copies.Count} previous copies")
            + $", {freed} freed. The rules: {report.Policy}.";
    }
}
