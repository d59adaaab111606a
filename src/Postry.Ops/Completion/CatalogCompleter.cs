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
            var typed = wordToComplete.Trim('\'', '"');
            var settings = OpsSettings.Resolve(
                fakeBoundParameters["RepoRoot"] as string, fakeBoundParameters["BackupRoot"] as string, integrityKey: null,
                CurrentFolder());
            return [.. Candidates(new OpsEngine(settings, []), commandName)
                .Where(c => c.Value.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
                .DistinctBy(c => c.Value)
                .Select(c => new CompletionResult(Quoted(c.Value), c.Value, CompletionResultType.ParameterValue, c.ToolTip))];
        }
        catch (Exception)
        {
            return [];
        }
    }

    /// <summary>The values to suggest, in order.</summary>
    /// <param name="engine">The engine, which knows the values.</param>
    /// <param name="command">The name of the command that is being typed.</param>
    private protected abstract IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, string command);

    private static string CurrentFolder()
    {
        // A completer is not handed the session it completes for; a nested pipeline in it can ask.
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand("Microsoft.PowerShell.Management\\Get-Location").AddParameter("PSProvider", "FileSystem");
        return shell.Invoke<PathInfo>()[0].ProviderPath;
    }

    private static string Quoted(string value) => value.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.')
        ? value
        : "'" + CodeGeneration.EscapeSingleQuotedStringContent(value) + "'";
}
