using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>How a backup comes in, and over what.</summary>
public enum ServerScene
{
    /// <summary>A new database takes the live name.</summary>
    Swap,

    /// <summary>The same, with writing stopped meanwhile.</summary>
    Frozen,

    /// <summary>There is no database of that name.</summary>
    New,

    /// <summary>New schemas take the live names.</summary>
    Schema,

    /// <summary>Everything is replaced in one transaction.</summary>
    InPlace,
}

/// <summary>What each scene means for the commands.</summary>
internal static class ServerScenes
{
    /// <summary>The steps of the journal that a command comes through.</summary>
    /// <param name="first">In the quick run: the first step of scenes that differ from others only later. Before the swap all scenes are
    /// like Swap.</param>
    /// <param name="undo">True for those of an undo, which renames schemas without preparing any.</param>
    public static TheoryData<ServerScene, string> Steps(JournalStep first = JournalStep.Started, bool undo = false)
    {
        var data = new TheoryData<ServerScene, string>();
        foreach (var scene in Enum.GetValues<ServerScene>())
            foreach (var step in Enum.GetValues<JournalStep>()
                .Where(step => Occurs(scene, step) && !(undo && scene == ServerScene.Schema && step == JournalStep.Staged)
                && (TestOptions.Long || scene == ServerScene.Swap || step >= first && step == JournalStep.Swapping)))
                data.Add(scene, step.ToString());
        return data;
    }

    /// <summary>True where a restore of the scene makes the step durable.</summary>
    public static bool Occurs(ServerScene scene, JournalStep step) => step switch
    {
        JournalStep.PreviousCopyTaken => false,
        JournalStep.Locked => IsSwap(scene),
        _ => true,
    };

    /// <summary>True where a whole database takes the live name.</summary>
    public static bool IsSwap(ServerScene scene) => scene is ServerScene.Swap or ServerScene.Frozen or ServerScene.New;

    /// <summary>What is asked for.</summary>
    public static RestoreStrategy Strategy(ServerScene scene) =>
        scene switch { ServerScene.Schema => RestoreStrategy.Schema, ServerScene.InPlace => RestoreStrategy.InPlace, _ =>
        RestoreStrategy.Swap };

    /// <summary>What the record says of it.</summary>
    public static string Recorded(ServerScene scene) => scene == ServerScene.New ? "New" : Strategy(scene).ToString();
}
