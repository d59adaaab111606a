using System.Management.Automation;

namespace Postry.Ops.Commands;

/// <summary>Looks for what is unfinished, missing or foreign in a backup root. Findings are results, not errors.</summary>
[Cmdlet(VerbsDiagnostic.Test, "PostryCatalog")]
[OutputType("Postry.Ops.Engine.Model.CatalogFinding", "System.Boolean")]
public sealed class TestPostryCatalogCommand : KeyedCommand
{
    /// <summary>Emit true if there is no problem, and false otherwise, instead of the findings.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void End()
    {
        var report = Run((engine, cancellation) => engine.CheckCatalogAsync(cancellation));
        if (Quiet) WriteObject(report.IsClean);
        else WriteObject(report.Findings, enumerateCollection: true);
    }
}
