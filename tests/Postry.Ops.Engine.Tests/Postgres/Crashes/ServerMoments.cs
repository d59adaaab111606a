using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>Random moments in commands that work with a server.</summary>
internal static class ServerMoments
{
    /// <summary>A few runs, or hundreds in the long version.</summary>
    public static TheoryData<int> Iterations(int quick) => [.. Enumerable.Range(0, TestOptions.Long ? 220 : quick)];

    /// <summary>
    /// True where the commands that only read come before the operator's first command: some of the runs, so that what breaks is recovered
    /// both by a command that was preceded by others and by one that was not.
    /// </summary>
    public static bool ReadsFirst(int iteration) => iteration % 5 == 0;

    /// <summary>Returns the scenarios in turn.</summary>
    public static ServerScenario ScenarioOf(int iteration) => (ServerScenario)(iteration % Enum.GetValues<ServerScenario>().Length);

    /// <summary>Sends SIGKILL some time after a step: often at once, now and then long after it. Most of a restore's time lies before the
    /// step Staged.</summary>
    public static string KillAtAny(HostProcess host, Random random)
    {
        var beginning = Beginning(random);
        return KillMoments.KillAfter(host, beginning, random, LongestMs(beginning));
    }

    /// <summary>The line that a moment comes after.</summary>
    public static string Beginning(Random random)
    {
        string[] beginnings = ["planned", .. Enum.GetValues<JournalStep>().Where(step => step != JournalStep.PreviousCopyTaken)
            .Select(step => $"step {step}")];
        return beginnings[random.Next(beginnings.Length)];
    }

    /// <summary>The longest time in milliseconds to wait after a beginning.</summary>
    public static double LongestMs(string beginning) => beginning is "planned" or "step Started" ? 2000 : 80;
}
