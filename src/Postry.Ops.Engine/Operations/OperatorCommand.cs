using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations;

/// <summary>Runs commands that an operator has written down, by the system's shell.</summary>
/// <param name="folder">Full path of the folder that they run in.</param>
/// <param name="observer">Hears each line of their output.</param>
internal sealed class OperatorCommand(string folder, IOperationObserver observer)
{
    /// <summary>Runs one, and returns what was wrong with it, or null.</summary>
    public async Task<string?> RunAsync(string name, string command, TimeSpan timeout, IReadOnlyDictionary<string, string> variables,
        CancellationToken cancellation)
    {
        var shell = new ShellCommand(command)
        {
            Folder = folder,
            Timeout = timeout,
            OnLine = line => observer.Detail($"{name}: {SecretMask.Text(line)}"),
            Environment = environment =>
            {
                foreach (var (key, value) in variables) environment[key] = value;
            },
        };
        try
        {
            var code = await shell.RunAsync(cancellation);
            return code == 0 ? null : Invariant($"It ended with exit code {code}{Ending(shell)}");
        }
        catch (TimeoutException)
        {
            return Invariant($"{SecretMask.Command(command)}: it had not ended after {timeout.TotalSeconds:0} s, and was stopped")
                + Ending(shell);
        }
        catch (ChildStartException e)
        {
            return e.Message;
        }
    }

    private static string Ending(ShellCommand shell) => shell.LastLine is { } line ? $": {SecretMask.Text(line)}" : ".";
}
