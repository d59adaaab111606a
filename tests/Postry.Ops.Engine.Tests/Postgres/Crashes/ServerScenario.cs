using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>The strategies of a restore, and the states of the target.</summary>
public enum ServerScenario
{
    /// <summary>A new database takes the live name.</summary>
    Swap,

    /// <summary>The database is swapped, with writing stopped meanwhile.</summary>
    Frozen,

    /// <summary>There is no database of that name.</summary>
    New,

    /// <summary>New schemas take the live names.</summary>
    Schema,

    /// <summary>The contents are replaced in one transaction.</summary>
    InPlace,
}

/// <summary>The consequences of each scenario for the commands.</summary>
internal static class ServerScenarios
{
    /// <summary>The steps of the journal that a command goes through.</summary>
    /// <param name="first">The first step, which the quick run sets for scenarios that differ from others only later. Before the swap all
    /// scenarios are like Swap.</param>
    /// <param name="undo">True for those of an undo, which renames schemas without preparing any.</param>
    public static TheoryData<ServerScenario, string> Steps(JournalStep first = JournalStep.Started, bool undo = false)
    {
        var data = new TheoryData<ServerScenario, string>();
        foreach (var scenario in Enum.GetValues<ServerScenario>())
            foreach (var step in Enum.GetValues<JournalStep>()
                .Where(step => Occurs(scenario, step) && !(undo && scenario == ServerScenario.Schema && step == JournalStep.Staged)
                && (TestOptions.Long || scenario == ServerScenario.Swap || step >= first && step == JournalStep.Swapping)))
                data.Add(scenario, step.ToString());
        return data;
    }

    /// <summary>True where a restore of the scenario makes the step durable.</summary>
    public static bool Occurs(ServerScenario scenario, JournalStep step) => step switch
    {
        JournalStep.PreviousCopyTaken => false,
        JournalStep.Locked => IsSwap(scenario),
        _ => true,
    };

    /// <summary>True where a whole database takes the live name.</summary>
    public static bool IsSwap(ServerScenario scenario) => scenario is ServerScenario.Swap or ServerScenario.Frozen or ServerScenario.New;

    /// <summary>The strategy to ask for.</summary>
    public static RestoreStrategy Strategy(ServerScenario scenario) =>
        scenario switch { ServerScenario.Schema => RestoreStrategy.Schema, ServerScenario.InPlace => RestoreStrategy.InPlace, _ =>
        RestoreStrategy.Swap };

    /// <summary>The strategy that the record names.</summary>
    public static RestoreStrategy Recorded(ServerScenario scenario) =>
        scenario == ServerScenario.New ? RestoreStrategy.New : Strategy(scenario);
}
