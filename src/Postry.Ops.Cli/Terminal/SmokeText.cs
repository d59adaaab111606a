using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Terminal;

/// <summary>Smoke checks as text.</summary>
internal static class SmokeText
{
    /// <summary>Writes what would be asked.</summary>
    public static void Plan(TextWriter writer, IReadOnlyList<SmokePlan> plans)
    {
        foreach (var plan in plans) writer.WriteLine(Printable.Line($"{plan}"));
    }

    /// <summary>Writes the results as a table, and what did not pass in full below it.</summary>
    public static void Report(TextWriter writer, SmokeReport report)
    {
        var table = new Table("~CHECK", "STATUS", ">TIME", "->TRIES", "~FOUND");
        foreach (var check in report.Checks)
            table.Add(check.Name, check.Status.ToString(), Units.Duration(check.Duration), Units.Count(check.Attempts), check.Actual);
        table.WriteTo(writer);
        writer.WriteLine();
        var missed = report.Checks.Where(check => check.Status != CheckStatus.Passed).ToList();
        foreach (var check in missed) writer.WriteLine(Printable.Line(Problem(check)));
        var passed = report.Checks.Count - missed.Count;
        writer.WriteLine($"{report.Status} in {Units.Duration(report.Duration)}: {passed} of {report.Checks.Count} checks passed");
    }

    private static string Problem(SmokeResult check) => check.Status == CheckStatus.Skipped ? $"{check.Name}: skipped. {check.Detail}"
        : $"{check.Name}: expected {check.Expected}, found {check.Actual ?? "no answer"}"
            + (check.Target == check.Name ? "" : $" ({check.Target})") + (check.Detail is null ? "" : $". {check.Detail}");
}
