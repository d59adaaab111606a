using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Terminal;

/// <summary>The findings in a backup root as text.</summary>
internal static class CatalogText
{
    /// <summary>Writes each finding with its next step, and the sum.</summary>
    public static void Report(TextWriter writer, CatalogReport report)
    {
        foreach (var finding in report.Findings)
        {
            var age = finding.Age is { } time ? $", {Durations.InWords(time)} old" : "";
            var size = finding.SizeBytes > 0 ? $" ({Units.Bytes(finding.SizeBytes)}{age})" : "";
            writer.WriteLine(Printable.Line(finding.IsRepaired ? $"Removed: {finding.Path}{size}"
                : $"{(finding.IsProblem ? "Problem" : "Note")}: {finding.Kind}: {finding.Path}{size}"));
            if (finding.IsRepaired) continue;
            writer.WriteLine(Printable.Line($"  {finding.Detail}"));
            writer.WriteLine(Printable.Line($"  {finding.Next}"));
        }

        var problems = report.Findings.Count(finding => finding is { IsProblem: true, IsRepaired: false });
        writer.WriteLine($"{report.Backups} backup{(report.Backups == 1 ? "" : "s")}, {problems} problem{(problems == 1 ? "" : "s")}: " +
            Printable.Line(report.BackupRoot));
    }
}
