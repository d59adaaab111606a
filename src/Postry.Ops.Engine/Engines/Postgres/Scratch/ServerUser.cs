using System.Globalization;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Postgres.Scratch;

/// <summary>The operating system's user that a server runs as: this one, or, because a server refuses to run as root, an unprivileged
/// one.</summary>
/// <param name="Name">Name of the other user; null for this one.</param>
/// <param name="UserId">Number of the other user.</param>
/// <param name="GroupId">Number of its group.</param>
internal sealed record ServerUser(string? Name, uint UserId, uint GroupId)
{
    private static readonly string[] Candidates = ["postgres", "_postgres", "nobody"];

    /// <summary>Chooses it; null where this process is root and there is nobody else.</summary>
    public static ServerUser? Choose()
    {
        if (!Environment.IsPrivilegedProcess || OperatingSystem.IsWindows()) return new ServerUser(null, 0, 0);
        foreach (var name in Candidates)
            if (Ask("id", "-u", name) is { } user && uint.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out var userId)
                && Ask("id", "-g", name) is { } group
                    && uint.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out var groupId)) return new ServerUser(name,
                    userId, groupId);
        return null;
    }

    /// <summary>True where the system knows no name for the number that this process runs as, as in a container that was started with a
    /// bare number: initdb refuses to work then.</summary>
    public bool IsNameless => Name is null && !OperatingSystem.IsWindows() && Me.Value != Nobody && Ask("id", "-un") is null;

    /// <summary>True where a path is this process' own, so that what lies there can be trusted.</summary>
    public static bool Owns(string path) => Ask("find", path, "-prune", "-user", Me.Value) == path;

    /// <summary>The command line of a running process; null where there is none.</summary>
    public static string? CommandLine(int process)
    {
        try
        {
            return OperatingSystem.IsLinux() ? File.ReadAllText($"/proc/{process}/cmdline").Replace('\0', ' ')
                : Ask("ps", "-o", "command=", "-p", $"{process}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private const string Nobody = "-1";

    /// <summary>The number that this process runs as.</summary>
    public static string Number => Me.Value;

    private static readonly Lazy<string> Me = new(() => Ask("id", "-u") ?? Nobody);

    private static string? Ask(string program, params string[] arguments) => ChildProcess.Ask(new(program, arguments));
}
