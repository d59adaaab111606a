using System.Collections;

namespace Postry.Ops.Completion;

/// <summary>The command line that is being typed, as far as PowerShell understands it yet.</summary>
/// <param name="Name">The name of the command.</param>
/// <param name="Parameters">The parameters that have a value already.</param>
/// <param name="Word">The beginning of the value that is being typed, without quotes.</param>
/// <param name="Folder">The current folder.</param>
internal sealed record TypedCommand(string Name, IDictionary Parameters, string Word, string Folder)
{
    /// <summary>The value of -Database, where one is typed.</summary>
    public string? Database => Parameters["Database"] as string;

    /// <summary>The value of -DatabaseUrl, where one is typed.</summary>
    public string? DatabaseUrl => Parameters["DatabaseUrl"] as string;

    /// <summary>True for the command that restores runtime files without a database.</summary>
    public bool IsForRuntimeFiles => Name.Equals("Restore-PostryRuntime", StringComparison.OrdinalIgnoreCase);
}
