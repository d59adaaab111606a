using System.Management.Automation;
using Postry.Ops.Completion;

namespace Postry.Ops.Commands;

/// <summary>Adds a signed note to the evidence of a drill or a test, and rewrites nothing.</summary>
[Cmdlet(VerbsCommon.Add, "PostryRestoreDrillNote", SupportsShouldProcess = true)]
[OutputType("Postry.Ops.Engine.Model.DrillNote")]
public sealed class AddPostryRestoreDrillNoteCommand : KeyedCommand
{
    /// <summary>The id of the drill or test.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DrillIdCompleter))]
    public string? DrillId { get; set; }

    /// <summary>The text: a corrective action, a finding, a signature.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? Note { get; set; }

    private protected override void Process() => ForEach([DrillId!], id => id, id =>
    {
        if (ShouldProcess(id, "Add a note"))
            WriteObject(Run((engine, cancellation) => engine.AddDrillNoteAsync(id, Note!, cancellation)));
    });
}
