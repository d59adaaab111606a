using System.Globalization;
using System.Management.Automation.Host;

namespace Postry.Ops.WindowsHost;

/// <summary>The host of a script that a test runs.</summary>
internal sealed class ScriptHost(ScriptUserInterface userInterface) : PSHost
{
    /// <summary>That of pwsh where nobody can answer, which a redirected input then shows.</summary>
    public override string Name => userInterface.HasAnswers ? "WindowsHost" : "ConsoleHost";

    public override Version Version { get; } = new(7, 6);

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override PSHostUserInterface UI => userInterface;

    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;

    public override void EnterNestedPrompt() => throw new NotSupportedException();

    public override void ExitNestedPrompt() => throw new NotSupportedException();

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }

    public override void SetShouldExit(int exitCode) => Environment.ExitCode = exitCode;
}
