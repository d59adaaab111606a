using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Hosting;

namespace Postry.Ops.Commands;

/// <summary>The answers to a question.</summary>
internal enum Answer
{
    Yes,
    No,

    /// <summary>-WhatIf: show the plan and do nothing.</summary>
    WhatIf,
}

/// <summary>
/// Consent to a destructive operation. -Force, -Confirm:$false written on this very command, and RESTORE_ALLOW_NONINTERACTIVE=1 are
/// consent; a $ConfirmPreference inherited from a caller or a profile is not. Without consent the user is asked; if nobody can be asked,
/// the command ends before anything is touched.
/// </summary>
internal sealed class Consent(PSCmdlet cmdlet, bool force)
{
    private const int No = 2;

    private readonly bool? _confirm = Switch(cmdlet, "Confirm");
    private Answer? _forAll;

    /// <summary>An explicit -Confirm asks, whatever else is said.</summary>
    private bool Given => _confirm != true && (force || _confirm == false
        || Environment.GetEnvironmentVariable(EnvironmentVariables.AllowNonInteractive) == "1");

    /// <summary>True if nothing is to be changed.</summary>
    public bool IsWhatIf =>
        Switch(cmdlet, "WhatIf") ?? LanguagePrimitives.IsTrue(cmdlet.SessionState.PSVariable.GetValue("WhatIfPreference"));

    /// <summary>Ends the command where a question would be needed and nobody can answer it. Comes before any other work.</summary>
    public void RequireInteractive(string target)
    {
        if (IsWhatIf || Given || CanAsk(cmdlet)) return;
        throw new ConfirmationRequiredException(target,
            $"{cmdlet.MyInvocation.MyCommand.Name} needs consent, and nobody can be asked: the session is not interactive.",
            $"Look at the plan with -WhatIf, then pass -Force (or -Confirm:$false, or set {EnvironmentVariables.AllowNonInteractive}=1).");
    }

    /// <summary>
    /// Asks, unless consent was given. The answer of a person who only presses Enter is No, because what is replaced or removed may be
    /// needed; ShouldProcess and ShouldContinue of PowerShell would offer Yes.
    /// </summary>
    /// <param name="plan">The whole plan as the text of the question, of -WhatIf and of -Verbose.</param>
    /// <param name="caption">The title of the question.</param>
    public Answer Ask(string plan, string caption)
    {
        if (IsWhatIf)
        {
            cmdlet.ShouldProcess(plan, plan, caption);
            return Answer.WhatIf;
        }

        if (Given)
        {
            cmdlet.WriteVerbose(plan);
            return Answer.Yes;
        }

        if (_forAll is { } answered) return answered;
        Collection<ChoiceDescription> choices =
        [
            new("&Yes", "Go on."), new("Yes to &All", "Go on, and do not ask again in this command."),
            new("&No", "Change nothing."), new("No to A&ll", "Change nothing more in this command."),
        ];
        var choice = cmdlet.Host.UI.PromptForChoice(caption, plan, choices, No);
        var answer = choice is 0 or 1 ? Answer.Yes : Answer.No;
        if (choice is 1 or 3) _forAll = answer;
        return answer;
    }

    /// <summary>True if a person can answer a question of the cmdlet.</summary>
    public static bool CanAsk(PSCmdlet cmdlet) => Interactivity.CanAsk(
        cmdlet.Host?.Name ?? "", cmdlet.Host?.UI is not null, Environment.GetCommandLineArgs(), Console.IsInputRedirected);

    /// <summary>The value of a switch that was written on this command; null where it was not.</summary>
    private static bool? Switch(PSCmdlet cmdlet, string name) =>
        cmdlet.MyInvocation.BoundParameters.TryGetValue(name, out var value) ? LanguagePrimitives.IsTrue(value) : null;
}
