using System.Management.Automation;
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
    private readonly bool? _confirm = Switch(cmdlet, "Confirm");

    /// <summary>An explicit -Confirm asks, whatever else is said.</summary>
    private bool Given => _confirm != true && (force || _confirm == false
        || Environment.GetEnvironmentVariable(EnvironmentVariables.AllowNonInteractive) == "1");

    private bool WhatIf =>
        Switch(cmdlet, "WhatIf") ?? LanguagePrimitives.IsTrue(cmdlet.SessionState.PSVariable.GetValue("WhatIfPreference"));

    /// <summary>Ends the command where a question would be needed and nobody can answer it. Comes before any other work.</summary>
    public void RequireInteractive(string target)
    {
        if (WhatIf || Given || CanAsk(cmdlet)) return;
        throw new ConfirmationRequiredException(target,
            $"{cmdlet.MyInvocation.MyCommand.Name} needs consent, and nobody can be asked: the session is not interactive.",
            $"Look at the plan with -WhatIf, then pass -Force (or -Confirm:$false, or set {EnvironmentVariables.AllowNonInteractive}=1).");
    }

    /// <summary>Asks, unless consent was given.</summary>
    /// <param name="plan">The whole plan as the text of the question, of -WhatIf and of -Verbose.</param>
    /// <param name="caption">The title of the question.</param>
    public Answer Ask(string plan, string caption)
    {
        if (!WhatIf && Given)
        {
            cmdlet.WriteVerbose(plan);
            return Answer.Yes;
        }

        // ShouldProcess would take an inherited $ConfirmPreference='None' for an answer.
        if (!WhatIf && _confirm != true && PreferenceIsNone()) return cmdlet.ShouldContinue(plan, caption) ? Answer.Yes : Answer.No;

        if (cmdlet.ShouldProcess(plan, plan, caption, out var reason)) return Answer.Yes;
        return reason.HasFlag(ShouldProcessReason.WhatIf) ? Answer.WhatIf : Answer.No;
    }

    /// <summary>True if a person can answer a question of the cmdlet.</summary>
    public static bool CanAsk(PSCmdlet cmdlet) => Interactivity.CanAsk(
        cmdlet.Host?.Name ?? "", cmdlet.Host?.UI is not null, Environment.GetCommandLineArgs(), Console.IsInputRedirected);

    private bool PreferenceIsNone() =>
        LanguagePrimitives.TryConvertTo(cmdlet.SessionState.PSVariable.GetValue("ConfirmPreference"), out ConfirmImpact preference)
        && preference == ConfirmImpact.None;

    /// <summary>The value of a switch that was written on this command; null where it was not.</summary>
    private static bool? Switch(PSCmdlet cmdlet, string name) =>
        cmdlet.MyInvocation.BoundParameters.TryGetValue(name, out var value) ? LanguagePrimitives.IsTrue(value) : null;
}
