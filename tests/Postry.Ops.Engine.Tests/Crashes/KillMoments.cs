using System.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>Random moments to kill a child at.</summary>
internal static class KillMoments
{
    /// <summary>The exit code of a process that got SIGKILL.</summary>
    public const int ExitCodeOfKill = 128 + 9;

    private const double ShortestDelayMs = 0.02;

    /// <summary>Twenty runs, or hundreds in the long version.</summary>
    public static TheoryData<int> Iterations() => [.. Enumerable.Range(0, TestOptions.Long ? 300 : 20)];

    /// <summary>The random numbers of a run; how to repeat it is printed.</summary>
    public static Random RandomFor(ITestOutputHelper output, string test, int iteration)
    {
        output.WriteLine($"POSTRY_TEST_SEED={TestOptions.Seed} iteration {iteration}");
        return TestOptions.RandomFor(test, iteration);
    }

    /// <summary>Sends SIGKILL some time after a step: often at once, now and then long after it. Says when.</summary>
    public static string KillAtAny(HostProcess host, Random random)
    {
        string[] beginnings = ["planned", .. Enum.GetNames<JournalStep>().Select(step => $"step {step}")];
        var beginning = beginnings[random.Next(beginnings.Length)];
        return KillAfter(host, beginning, random, longestMs: 60);
    }

    /// <summary>Sends SIGKILL some time after a line.</summary>
    public static string KillAfter(HostProcess host, string beginning, Random random, double longestMs)
    {
        var delay = ShortestDelayMs * Math.Pow(longestMs / ShortestDelayMs, random.NextDouble());
        var heard = host.WaitFor(beginning);
        var clock = Stopwatch.StartNew();
        // Sleeping would round short delays up.
        while (clock.Elapsed.TotalMilliseconds < delay) Thread.SpinWait(20);
        host.Kill();
        var code = host.WaitForEnd();
        return $"killed {delay:F2} ms after '{heard ?? "the end"}', exit code {code}, last line '{host.Lines.LastOrDefault()}'";
    }
}
