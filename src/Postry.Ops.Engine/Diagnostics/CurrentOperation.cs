namespace Postry.Ops.Engine.Diagnostics;

/// <summary>
/// The name of the operation that runs, for example "Restore". Locks and sessions on a server carry the name, so that somebody else can
/// see what holds them. The name flows with the tasks of the operation, so that no method needs it as a parameter.
/// </summary>
internal static class CurrentOperation
{
    private static readonly AsyncLocal<string?> s_name = new();
    private static readonly AsyncLocal<OperationWaits?> s_waits = new();

    /// <summary>The name; "Command" outside an operation.</summary>
    public static string Name => s_name.Value ?? "Command";

    /// <summary>The name that the sessions of the operation have on a server: the product and the operation.</summary>
    public static string ApplicationName => s_name.Value is { } name ? $"postry {name.ToLowerInvariant()}" : "postry";

    /// <summary>Sets the name for the calling async method and all that it starts; the name ends with that method.</summary>
    /// <param name="name">The name.</param>
    /// <param name="waits">How long it waits for other processes, and who hears of that; or null.</param>
    public static void Begin(string name, OperationWaits? waits = null)
    {
        s_name.Value = name;
        s_waits.Value = waits;
    }

    /// <summary>The time limit that the caller has set for waiting for a lock; zero where each lock has its own.</summary>
    public static TimeSpan WaitTimeout => s_waits.Value?.Timeout ?? TimeSpan.Zero;

    /// <summary>Says what the operation waits for, because a command that stands still without a word looks broken.</summary>
    public static void ReportWait(string message) => s_waits.Value?.Begun(message);

    /// <summary>Says how long it has waited, of what limit.</summary>
    public static void ReportWaiting(string step, TimeSpan waited, TimeSpan limit) => s_waits.Value?.GoesOn(step, waited, limit);
}

/// <summary>How an operation waits for other processes.</summary>
/// <param name="Begun">Receives once what it waits for.</param>
/// <param name="GoesOn">Receives again and again what it waits for, for how long, and up to what limit.</param>
/// <param name="Timeout">The time limit; zero where each lock has its own.</param>
internal sealed record OperationWaits(Action<string> Begun, Action<string, TimeSpan, TimeSpan> GoesOn, TimeSpan Timeout);
