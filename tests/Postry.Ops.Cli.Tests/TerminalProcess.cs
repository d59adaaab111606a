namespace Postry.Ops.Cli.Tests;

/// <summary>Runs `postry` at a terminal that `script` (util-linux) makes; what it prints anywhere is the output.</summary>
internal static class TerminalProcess
{
    public static PostryProcess Start(Sandbox sandbox, params string[] arguments)
    {
        var command = string.Join(' ', new[] { "dotnet", PostryProcess.Program }.Concat(arguments).Select(Quote));
        return PostryProcess.StartOther("script", sandbox.Folder, ["--quiet", "--return", "--echo", "never", "--command", command, "/dev/null"],
            ("BACKUP_METADATA_HMAC_KEY", Sandbox.Key));
    }

    private static string Quote(string argument) => $"'{argument.Replace("'", "'\\''")}'";
}
