using System.Diagnostics;
using Postry.Ops.Cli.Terminal;

namespace Postry.Ops.Cli.Demo;

/// <summary>Tells a demonstration step by step on standard output, unless that is kept for a JSON document, and keeps the times.</summary>
internal sealed class DemoProgress(Output output, ConsoleReporter observer, DemoReport report)
{
    private const int TitleWidth = 74;

    /// <summary>Runs a step, then says what it did and how long it took. The step returns its detail, a line per line.</summary>
    public async Task StepAsync(string name, Func<Task<string>> step)
    {
        var clock = Stopwatch.StartNew();
        var detail = await step();
        var done = new DemoStep(name, detail, clock.Elapsed);
        report.Steps.Add(done);

        Say($"{report.Steps.Count}. {name} ".PadRight(TitleWidth, '.') + $" {Units.Duration(done.Duration)}");
        foreach (var line in detail.Split('\n')) Say($"   {line}");
    }

    /// <summary>Writes a line.</summary>
    public void Say(string line)
    {
        if (output.IsJson) return;
        observer.Pause();
        Console.Out.WriteLine(Printable.Line(line).TrimEnd());
    }
}
