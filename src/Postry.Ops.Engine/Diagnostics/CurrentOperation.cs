namespace Postry.Ops.Engine.Diagnostics;

/// <summary>
/// The name of the operation that runs, for example "Restore". Locks and sessions on a server carry the name, so that somebody else can
/// see what holds them. The name flows with the tasks of the operation, so that no method needs it as a parameter.
/// </summary>
internal static class CurrentOperation
{
    private static readonly AsyncLocal<string?> s_name = new();
    private static readonly AsyncLocal<Action<string>?> s_onWait = new();

    /// <summary>The name; "Command" outside an operation.</summary>
    public static string Name => s_name.Value ?? "Command";

    /// <summary>The name that the sessions of the operation have on a server: the product and the operation.</summary>
    public static string ApplicationName => s_name.Value is { } name ? $"postry {name.ToLowerInvariant()}" : "postry";

    /// <summary>Sets the name for the calling async method and all that it starts; the name ends with that method.</summary>
    /// <param name="name">The name.</param>
    /// <param name="onWait">Receives what the operation waits for, if it has to wait for another process; or null.</param>
    public static void Begin(string name, Action<string>? onWait = null)
    {
        s_name.Value = name;
        s_onWait.Value = onWait;
    }

    /// <summary>Says what the operation waits for, because a command that stands still without a word looks broken.</summary>
    public static void ReportWait(string message) => s_onWait.Value?.Invoke(message);
}
