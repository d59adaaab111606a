using System.Management.Automation;

namespace Postry.Ops.Commands;

/// <summary>Makes a key that signs evidence for those who must not hold the integrity key.</summary>
[Cmdlet(VerbsCommon.New, "PostryEvidenceKey", SupportsShouldProcess = true)]
[OutputType("Postry.Ops.Engine.Model.EvidenceKeyFiles")]
public sealed class NewPostryEvidenceKeyCommand : OpsCommand
{
    /// <summary>The folder that gets the two files.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    private protected override void Process()
    {
        var folder = FullPath(Path!);
        Run((engine, _) => Task.FromResult(engine.PlanEvidenceKey(folder)));
        if (ShouldProcess(folder, "Make an evidence key"))
            WriteObject(Run((engine, _) => Task.FromResult(engine.WriteEvidenceKey(folder))));
    }
}
