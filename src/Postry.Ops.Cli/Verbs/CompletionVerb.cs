using System.CommandLine;

namespace Postry.Ops.Cli.Verbs;

/// <summary>
/// `postry completion`: prints the script by which a shell completes postry's arguments. The verb uses no part of the engine, because a
/// shell runs it at its start, in any folder.
/// </summary>
internal sealed class CompletionVerb : Command
{
    private static readonly string[] Shells = ["bash", "zsh", "pwsh"];

    private readonly Argument<string> _shell = new("shell") { Description = "The shell that is to complete: bash, zsh or pwsh." };

    public CompletionVerb()
        : base("completion", "Print a script that completes verbs, options, ids, databases and labels. For example in ~/.bashrc: "
            + "eval \"$(postry completion bash)\"")
    {
        _shell.AcceptOnlyFromAmong(Shells);
        Add(_shell);
        SetAction(input => Print(input.GetRequiredValue(_shell)));
    }

    private static void Print(string shell)
    {
        var name = shell == "pwsh" ? "postry.ps1" : $"postry.{shell}";
        using var script = typeof(CompletionVerb).Assembly.GetManifestResourceStream(name)!;
        using var output = Console.OpenStandardOutput();
        script.CopyTo(output);
    }
}
