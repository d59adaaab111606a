namespace Postry.Ops.Hosting;

/// <summary>Tells whether somebody is there to answer a question.</summary>
internal static class Interactivity
{
    /// <summary>The name of the host that owns the process's console: its command line and standard input decide.</summary>
    private const string ConsoleHost = "ConsoleHost";

    /// <summary>Hosts that have no user, whatever their user interface says: [powershell]::Create() and remoting sessions.</summary>
    private static readonly string[] HostsWithoutUser = ["Default Host", "ServerRemoteHost"];

    /// <summary>True if a person can answer a prompt.</summary>
    /// <param name="hostName">$Host.Name.</param>
    /// <param name="hasUserInterface">True if the host has a user interface at all.</param>
    /// <param name="commandLine">The process's command line, its program first.</param>
    /// <param name="inputRedirected">True if standard input is not a terminal.</param>
    public static bool CanAsk(string hostName, bool hasUserInterface, IReadOnlyList<string> commandLine, bool inputRedirected)
    {
        if (!hasUserInterface || HostsWithoutUser.Contains(hostName)) return false;
        return hostName != ConsoleHost || (!inputRedirected && !StartedNonInteractive(commandLine));
    }

    /// <summary>
    /// True where pwsh was started with -NonInteractive, spelled in any of the ways it takes. Arguments after -Command, -File or a script
    /// belong to that script.
    /// </summary>
    public static bool StartedNonInteractive(IReadOnlyList<string> commandLine)
    {
        foreach (var argument in commandLine.Skip(1))
        {
            var name = SwitchName(argument);
            if (name is null)
            {
                if (argument.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase)) return false;
            }
            else if (IsAbbreviation(name, "noninteractive", 4))
            {
                return true;
            }
            else if (name is "cwa" || IsAbbreviation(name, "commandwithargs", 1) || IsAbbreviation(name, "file", 1))
            {
                return false;
            }
        }

        return false;
    }

    private static string? SwitchName(string argument)
    {
        var dashes = argument.StartsWith("--", StringComparison.Ordinal) ? 2 : argument is ['-' or '/', _, ..] ? 1 : 0;
        return dashes == 0 || argument.Length == dashes ? null : argument[dashes..].ToLowerInvariant();
    }

    private static bool IsAbbreviation(string name, string full, int atLeast) =>
        name.Length >= atLeast && full.StartsWith(name, StringComparison.Ordinal);
}
