using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;

namespace Postry.Ops.Cli.Terminal;

/// <summary>
/// Consent to an operation that replaces or removes data. --force or RESTORE_ALLOW_NONINTERACTIVE=1 gives it; a person at a terminal
/// is asked to type "yes"; redirected input never gives it, whatever it holds.
/// </summary>
internal sealed class Consent
{
    private readonly string _target;
    private readonly bool _given;

    private Consent(string target, bool given)
    {
        _target = target;
        _given = given;
    }

    /// <summary>Decides before any work whether consent is there or can be asked for. Throws ConfirmationRequired otherwise.</summary>
    public static Consent For(string target, bool force)
    {
        var given = force || Environment.GetEnvironmentVariable(EnvironmentVariables.AllowNonInteractive) == "1";
        // A question on a redirected standard error would be asked of nobody.
        if (!given && (Console.IsInputRedirected || Console.IsErrorRedirected))
        {
            throw new ConfirmationRequiredException(target,
                "The command needs your consent, but there is no terminal for the question. Nothing was changed.",
                $"Look at the plan with --what-if, then add --force (or set {EnvironmentVariables.AllowNonInteractive}=1).");
        }

        return new Consent(target, given);
    }

    /// <summary>Returns when consent is given. Throws ConfirmationRequired for any answer but "yes".</summary>
    public async Task ObtainAsync(ConsoleReporter observer, string summary, CancellationToken cancellation)
    {
        if (_given)
        {
            observer.Detail(summary);
            return;
        }

        observer.Pause();
        observer.Write(summary);
        Console.Error.Write("Type \"yes\" to go on: ");
        // Reading a line cannot be cancelled; the process ends without its answer.
        var answer = await Task.Run(Console.In.ReadLine, CancellationToken.None).WaitAsync(cancellation);
        // A terminal that closes interrupts the command and ends its input at once; the interruption is what happened.
        cancellation.ThrowIfCancellationRequested();
        if (answer?.Trim() == "yes") return;

        throw new ConfirmationRequiredException(_target, "Not confirmed. Nothing was changed.",
            "Answer \"yes\" to go on, or use --force.");
    }
}
