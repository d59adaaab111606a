using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Terminal;

/// <summary>The history as text.</summary>
internal static class HistoryTable
{
    /// <summary>The rows that are shown where nobody says how many.</summary>
    public const int UsualRows = 50;

    /// <summary>Writes a row for each operation, newest first, and the damage to the history.</summary>
    public static void Write(TextWriter writer, HistoryReport report, int? last)
    {
        var shown = report.Entries.Take(last ?? UsualRows).ToList();
        if (shown.Count == 0) writer.WriteLine("No operations.");
        else Rows(writer, shown);
        if (shown.Count < report.Entries.Count)
            writer.WriteLine($"{Units.Count(shown.Count)} of {Units.Count(report.Entries.Count)} operations. " +
                $"All: --last {report.Entries.Count}");
        foreach (var problem in report.Problems) writer.WriteLine(Printable.Line($"Problem: {HistoryText.File}: {problem.Detail}"));
    }

    private static void Rows(TextWriter writer, IReadOnlyList<HistoryEntry> entries)
    {
        var table = new Table("->NUMBER", "AT", "OPERATION", "RESULT", "~DATABASE", "->DURATION", "->SIZE", "~ABOUT");
        foreach (var entry in entries)
            table.Add(entry.Number > 0 ? $"{entry.Number}" : "", Units.Time(entry.At), entry.Operation, entry.Result.ToString(),
                entry.Database ?? "", Units.Duration(entry.Duration), entry.SizeBytes is { } size ? Units.Bytes(size) : "",
                HistoryText.About(entry));
        table.WriteTo(writer);
    }
}
