using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>Runs `postry` at a terminal that `script` (util-linux) makes; what it prints anywhere is the output.</summary>
internal static class TerminalProcess
{
    /// <summary>Starts `postry` at a terminal of some number of columns.</summary>
    public static PostryProcess StartWide(Sandbox sandbox, int columns, params string[] arguments) =>
        StartCommand(sandbox, $"stty cols {columns}; {Command(arguments)}");

    public static PostryProcess Start(Sandbox sandbox, params string[] arguments) => StartRedirected(sandbox, "", arguments);

    /// <summary>Starts `postry` with a redirection as a shell writes it, for example "> out.json".</summary>
    public static PostryProcess StartRedirected(Sandbox sandbox, string redirection, params string[] arguments) =>
        StartCommand(sandbox, $"{Command(arguments)} {redirection}");

    private static PostryProcess StartCommand(Sandbox sandbox, string command) => PostryProcess.StartOther("script", sandbox.Folder,
        ["--quiet", "--return", "--echo", "never", "--command", command, "/dev/null"], ("BACKUP_METADATA_HMAC_KEY", Sandbox.Key));

    private static string Command(string[] arguments) =>
        string.Join(' ', new[] { ChildPrograms.Postry }.Concat(arguments).Select(Quote));

    private static string Quote(string argument) => $"'{argument.Replace("'", "'\\''")}'";
}

/// <summary>A test that needs a terminal; it is skipped, and says so, where `script` is not installed.</summary>
internal sealed class TerminalFactAttribute : FactAttribute
{
    public TerminalFactAttribute() => Skip = Missing;

    internal static string? Missing { get; } =
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "script")))
            ? null
            : "`script` of util-linux, which makes a terminal, is not installed";
}

/// <summary>A theory that is skipped without a terminal.</summary>
internal sealed class TerminalTheoryAttribute : TheoryAttribute
{
    public TerminalTheoryAttribute() => Skip = TerminalFactAttribute.Missing;
}
