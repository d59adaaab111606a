using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Terminal;

/// <summary>The decisions of a retention policy as text.</summary>
internal static class RetentionText
{
    /// <summary>Writes a line for each backup with its reasons, and the sum.</summary>
    public static void Report(TextWriter writer, RetentionReport report)
    {
        if (report.Sets.Count > 0)
        {
            var table = new Table("~ID", "~DATABASE", "SNAPSHOT AT", "ACTION", "~REASONS");
            foreach (var set in report.Sets)
                table.Add(set.BackupId, set.Database, Units.Time(set.SnapshotAt), Action(set),
                    set.Problem is { } problem ? $"could not be removed: {problem}" : string.Join("; ", set.Reasons));
            table.WriteTo(writer);
            writer.WriteLine();
        }

        writer.WriteLine(Printable.Lines(Sum(report)));
    }

    private static string Action(RetentionVerdict set) => set switch
    {
        { IsRemoved: true } => "Removed",
        { Problem: not null } => "Failed",
        _ => set.Action.ToString(),
    };

    private static string Sum(RetentionReport report)
    {
        var removed = report.Sets.Where(set => set.IsRemoved).ToList();
        return removed.Count == 0 ? report.Summary
            : $"{removed.Count} of {report.Sets.Count} backups removed, {Units.Bytes(removed.Sum(set => set.SizeBytes))} freed. "
                + $"The rules: {report.Policy}.";
    }
}
