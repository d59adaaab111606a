using System.Management.Automation;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Puts the database back that was live before a restore; what it replaces is kept too.</summary>
[Cmdlet(VerbsCommon.Undo, "PostryRestore",
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Model.RestoreRecord", "Postry.Ops.Engine.Model.UndoPlan")]
public sealed class UndoPostryRestoreCommand : RestoreChoosingCommand
{
    /// <summary>How long to wait for another command that is at work there.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? WaitTimeout { get; set; }

    private protected override TimeSpan? GivenWaitTimeout => WaitTimeout;

    /// <summary>Skips the prompt; safety checks still apply.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private Consent? _consent;

    private protected override bool MayAsk => !Force;

    private protected override void Begin()
    {
        RequireChoice();
        _consent = new Consent(this, Force);
        _consent.RequireInteractive(RestoreId ?? Path ?? "the restore");
    }

    private protected override void Apply(object target, RestoreSelector selector)
    {
        var plan = Run((engine, cancellation) => engine.PlanUndoAsync(selector, cancellation));
        switch (_consent!.Ask(plan.Summary, "Undo a restore"))
        {
            case Answer.Yes:
                WriteObject(Run((engine, cancellation) => engine.UndoAsync(plan, cancellation)));
                break;
            case Answer.WhatIf:
                WriteObject(plan);
                break;
        }
    }
}
