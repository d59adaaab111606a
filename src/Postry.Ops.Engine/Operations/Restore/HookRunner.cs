using System.Diagnostics;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Restore;

/// <summary>Runs the commands around a swap: they stop and start the application that uses the database.</summary>
internal sealed class HookRunner(RestoreHooks hooks, DatabaseAddress address, IOperationObserver observer)
{
    /// <summary>Name of the check that the command after the swap is.</summary>
    public const string AfterSwapCheck = "Hook afterSwap";

    // The command may fail for reasons of its own, and then each backup fails in the same way.
    private const string FailureHint =
        "See why the command (hooks.afterSwap) failed; the backup itself failed no check. Make the command work, or leave it out, "
        + "then restore again.";

    private bool _stopped;

    /// <summary>Runs the command before the swap. Errors: ToolFailed, after which nothing may be swapped.</summary>
    public async Task BeforeSwapAsync(string target, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(hooks.BeforeSwap)) return;
        _stopped = true;
        if (await RunAsync("beforeSwap", hooks.BeforeSwap, target, cancellation) is not { } problem) return;
        throw new ToolFailedException(target, $"The command before the swap failed, so nothing was swapped: {problem.Text}",
            problem.IsOutOfTime ? TimeoutHint("hooks.beforeSwap") : "Make the command (hooks.beforeSwap) work, or restore without it.");
    }

    /// <summary>
    /// Runs the command after the swap; a failure is a failed check whose detail is the next step. Null where there is no command.
    /// </summary>
    public async Task<Check?> AfterSwapAsync(string target)
    {
        _stopped = false;
        if (string.IsNullOrWhiteSpace(hooks.AfterSwap)) return null;
        var clock = Stopwatch.StartNew();
        var problem = await RunAsync("afterSwap", hooks.AfterSwap, target, CancellationToken.None);
        const string Expected = "exit code 0";
        if (problem is null) return new Check(AfterSwapCheck, CheckStatus.Passed, Expected, Expected, Duration: clock.Elapsed);
        var next = problem.IsOutOfTime ? TimeoutHint("hooks.afterSwap") : FailureHint;
        return new Check(AfterSwapCheck, CheckStatus.Failed, Expected, problem.Text, next, clock.Elapsed);
    }

    /// <summary>
    /// Runs the second command after an error, unless it has run already, so that the application is started again. A failure is only a
    /// warning, because the first error matters more.
    /// </summary>
    public async Task StartAgainAsync(string target)
    {
        if (!_stopped || await AfterSwapAsync(target) is not { Status: CheckStatus.Failed } failed) return;
        observer.Warning(
            $"The command after the swap (hooks.afterSwap) failed as well: {Sentence.End(failed.Actual)} " +
            "The application may not be running.");
    }

    // A command that did not end says nothing of the backup, neither good nor bad.
    private static string TimeoutHint(string name) =>
        $"The backup is not the reason. Make the command ({name}) end sooner, or give it more time with {OptionName.HookTimeout} 5m "
        + "(hooks.timeout in postry.json); then restore again.";

    private async Task<CommandProblem?> RunAsync(string name, string command, string target, CancellationToken cancellation)
    {
        using var reached = HookAddress.Of(address);
        return await new OperatorCommand(observer).RunAsync(name, command, hooks.Timeout, new Dictionary<string, string?>
        {
            [EnvironmentVariables.Hook] = name,
            [EnvironmentVariables.HookTarget] = target,
            [EnvironmentVariables.HookTargetUrl] = reached.Url,
        }, cancellation);
    }
}
