using System.Globalization;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>A command that must end with an exit code.</summary>
internal sealed class ProcessSmokeCheck(ProcessCheck check, SmokeTargets targets) : ISmokeCheck
{
    private const int LongestLine = 300;

    /// <inheritdoc/>
    public string Name => check.Name ?? Target;

    /// <inheritdoc/>
    public SmokeKind Kind => SmokeKind.Process;

    /// <inheritdoc/>
    public string Target => SecretMask.Command(check.Command);

    /// <inheritdoc/>
    public string Expected => Code(check.ExpectExitCode);

    /// <inheritdoc/>
    public IReadOnlyList<string> After => check.After;

    /// <inheritdoc/>
    public TimeSpan Timeout => check.Timeout;

    /// <inheritdoc/>
    public CheckStatus WithoutAnswer => CheckStatus.Failed;

    /// <inheritdoc/>
    public async Task<SmokeAnswer> AskAsync(CancellationToken cancellation)
    {
        using var reached = targets.Database is { } database ? HookAddress.Of(database) : null;
        var shell = new ShellCommand(check.Command)
        {
            Folder = targets.Settings.RepoRoot,
            Timeout = check.Timeout,
            Environment = variables =>
            {
                if (reached is not null) variables[EnvironmentVariables.HookTargetUrl] = reached.Url;
            },
        };
        string? LastLine() => shell.LastLine is { } line
            ? SecretMask.Text(RequestSecrets.Printable(ShortText.Middle(line.Trim(), LongestLine))) : null;
        try
        {
            var code = await shell.RunAsync(cancellation);
            var actual = LastLine() is { } line ? $"{Code(code)}: {line}" : Code(code);
            return code == check.ExpectExitCode ? SmokeAnswer.Passed(actual)
                : new SmokeAnswer(CheckStatus.Failed, actual, $"The command ended with {Code(code)} and not with {Expected}. "
                    + "Run it by hand to see all of its output.");
        }
        catch (TimeoutException)
        {
            return new SmokeAnswer(CheckStatus.Failed, LastLine(),
                $"The command had not ended after {NetworkErrors.Seconds(check.Timeout)}, and was stopped with all that it had started. "
                + "Make it end sooner, or give it more time (timeout in postry.json).");
        }
        catch (ChildStartException e)
        {
            return new SmokeAnswer(CheckStatus.Inconclusive, null, $"The command cannot be started: {Sentence.End(e.Message)}",
                MayChange: false);
        }
    }

    private static string Code(int code) => string.Create(CultureInfo.InvariantCulture, $"exit code {code}");
}
