using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration;

namespace Postry.Ops.Completion;

/// <summary>
/// The base of the completers: lists what the backup root of the command line being typed holds. A key that can guess must never
/// disturb the prompt, so every failure means no suggestions.
/// </summary>
internal abstract class CatalogCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            var word = wordToComplete.Trim('\'', '"');
            var folder = CurrentFolder();
            var settings = OpsSettings.Resolve(
                fakeBoundParameters["RepoRoot"] as string, fakeBoundParameters["BackupRoot"] as string, integrityKey: null,
                folder);
            return [.. Candidates(new OpsEngine(settings, []), new TypedCommand(commandName, fakeBoundParameters, word, folder))
                .Where(c => IsMeant(c.Value, word, folder))
                .DistinctBy(c => c.Value)
                .Select(c => new CompletionResult(
                    Quoted(c.Value), c.Value, CompletionResultType.ParameterValue, c.ToolTip is "" ? c.Value : c.ToolTip))];
        }
        catch (Exception)
        {
            return [];
        }
    }

    /// <summary>The values to suggest, in order.</summary>
    /// <param name="engine">The engine, which knows the values.</param>
    /// <param name="typed">The command that is being typed.</param>
    private protected abstract IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed);

    /// <summary>True for a value that the typed beginning can be meant for.</summary>
    /// <param name="value">The value.</param>
    /// <param name="word">The typed beginning, without quotes.</param>
    /// <param name="folder">The current folder.</param>
    private protected virtual bool IsMeant(string value, string word, string folder) =>
        value.StartsWith(word, StringComparison.OrdinalIgnoreCase);

    private static string CurrentFolder()
    {
        // A completer is not handed the session it completes for; a nested pipeline in it can ask.
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand("Microsoft.PowerShell.Management\\Get-Location").AddParameter("PSProvider", "FileSystem");
        return shell.Invoke<PathInfo>()[0].ProviderPath;
    }

    private static string Quoted(string value) => value.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or '/')
        ? value
        : "'" + CodeGeneration.EscapeSingleQuotedStringContent(value) + "'";
}
