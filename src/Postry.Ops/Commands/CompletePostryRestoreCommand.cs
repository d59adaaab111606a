using System.Management.Automation;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Confirms a restore that could not be checked. Nothing is removed, so the cmdlet asks only where -Confirm says so.</summary>
[Cmdlet(VerbsLifecycle.Complete, "PostryRestore",
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Model.RestoreRecord")]
public sealed class CompletePostryRestoreCommand : RestoreChoosingCommand
{
    /// <summary>How long to wait for another command that is at work there.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? WaitTimeout { get; set; }

    private protected override TimeSpan? GivenWaitTimeout => WaitTimeout;

    private protected override void Apply(object target, RestoreSelector selector)
    {
        var name = selector.RestoreId ?? (selector.Target is { } database ? $"the latest restore of {database}" : "the latest restore");
        if (!ShouldProcess(name, "Confirm the restore")) return;
        WriteObject(Run((engine, cancellation) => engine.CompleteAsync(selector, cancellation)));
    }
}
