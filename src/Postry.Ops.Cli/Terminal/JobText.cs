using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Terminal;

/// <summary>Jobs as text.</summary>
internal static class JobText
{
    /// <summary>Writes what each step would do.</summary>
    public static void Plan(TextWriter writer, JobPlan plan)
    {
        writer.WriteLine(Printable.Line($"The job {plan.Job}:"));
        foreach (var step in plan.Steps) writer.WriteLine(Printable.Line($"  {step.Name}: {step.Detail}"));
    }

    /// <summary>Writes a row for each step, what went wrong, and the sum.</summary>
    public static void Report(TextWriter writer, JobReport report)
    {
        if (report.Steps.Count > 0) Steps(writer, report);
        foreach (var step in report.Steps)
            foreach (var problem in step.Problems)
            {
                var subject = problem.Subject is null ? "" : $"{problem.Subject}: ";
                var id = problem.ErrorId is null ? "" : $" ({problem.ErrorId})";
                writer.WriteLine(Printable.Line($"{step.Name}: {subject}{problem.Message}{id}"));
                if (problem.Next is { } next) writer.WriteLine(Printable.Line($"  {next}"));
            }

        writer.WriteLine(Printable.Line($"The job {report.Job}: {report.Status}, {report.Detail}, {Units.Duration(report.Duration)}"));
    }

    private static void Steps(TextWriter writer, JobReport report)
    {
        var table = new Table("STEP", "STATUS", ">DURATION", "~DETAIL");
        foreach (var step in report.Steps)
            table.Add(step.Name, step.Status.ToString(), Units.Duration(step.Duration), step.Detail);
        table.WriteTo(writer);
    }
}
