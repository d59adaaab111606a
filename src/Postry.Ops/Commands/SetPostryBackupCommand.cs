using System.Management.Automation;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Pins sets, so that no policy and no other removal takes them, or unpins them.</summary>
[Cmdlet(VerbsCommon.Set, "PostryBackup", SupportsShouldProcess = true, DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Model.BackupSet")]
public sealed class SetPostryBackupCommand : BackupNamingCommand
{
    /// <summary>Pins the sets, or with $false unpins them.</summary>
    [Parameter(Mandatory = true)]
    public SwitchParameter Pinned { get; set; }

    /// <summary>The end of the pin; a time without a zone is local.</summary>
    [Parameter]
    public DateTime? Until { get; set; }

    /// <summary>The reason why the sets are kept.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Note { get; set; }

    private DateTime? _until;

    private protected override void Begin()
    {
        RequireName();
        _until = Utc(nameof(Until), Until);
    }

    private protected override void Process() => ForEach(Chosen(), chosen => chosen.Target, chosen =>
    {
        var request = new PinRequest { Backup = chosen.Selector, Pinned = Pinned, Until = _until, Note = Note };
        var plan = Run((engine, _) => Task.FromResult(engine.PlanPin(request)));
        if (ShouldProcess(plan.Summary, plan.Summary, Pinned ? "Pin a backup" : "Unpin a backup"))
            WriteObject(Run((engine, cancellation) => engine.PinAsync(plan, cancellation)));
    });
}
