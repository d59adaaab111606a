using System.Globalization;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Operations;

/// <summary>The failure of a command.</summary>
/// <param name="Text">The failure in words, without secrets.</param>
/// <param name="IsOutOfTime">True if the command was stopped at its time limit.</param>
internal sealed record CommandProblem(string Text, bool IsOutOfTime = false);

/// <summary>Runs commands that an operator has written down, in postry.json or as parameters, by the system's shell.</summary>
/// <param name="observer">Hears each line of their output, without what looks like a secret.</param>
internal sealed class OperatorCommand(IOperationObserver observer)
{
    /// <summary>The folder that they run in; null for the current one.</summary>
    public string? Folder { get; init; }

    /// <summary>Runs one, and returns what was wrong with it, or null.</summary>
    /// <param name="name">The name of the command in what is reported.</param>
    /// <param name="command">The command.</param>
    /// <param name="timeout">The time after which the command is stopped with all that it has started.</param>
    /// <param name="variables">Variables of its environment; those without a value are removed.</param>
    /// <param name="cancellation">Stops the command.</param>
    public async Task<CommandProblem?> RunAsync(string name, string command, TimeSpan timeout,
        IReadOnlyDictionary<string, string?> variables, CancellationToken cancellation)
    {
        var shell = new ShellCommand(command)
        {
            Folder = Folder,
            Timeout = timeout,
            OnLine = line => observer.Detail($"{name}: {SecretMask.Text(line)}"),
            Environment = environment =>
            {
                foreach (var (key, value) in variables) environment[key] = value;
            },
        };
        string Ending() => shell.LastLine is { } line ? $": {SecretMask.Text(line)}" : "";
        try
        {
            var code = await shell.RunAsync(cancellation);
            return code == 0 ? null : new CommandProblem(string.Create(CultureInfo.InvariantCulture, $"exit code {code}{Ending()}"));
        }
        catch (TimeoutException)
        {
            return new CommandProblem(string.Create(CultureInfo.InvariantCulture,
                $"{SecretMask.Command(command)}: it had not ended after {timeout.TotalSeconds:F0} s, and was stopped{Ending()}"),
                IsOutOfTime: true);
        }
        catch (ChildStartException e)
        {
            return new CommandProblem(e.Message);
        }
    }
}
