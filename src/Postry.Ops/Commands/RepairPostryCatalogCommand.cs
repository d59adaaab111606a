using System.Management.Automation;

namespace Postry.Ops.Commands;

/// <summary>Sweeps what killed commands left in a backup root, and reports all else untouched.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "PostryCatalog", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType("Postry.Ops.Engine.Model.CatalogFinding")]
public sealed class RepairPostryCatalogCommand : KeyedCommand
{
    /// <summary>How long to wait for another command that is at work there.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? WaitTimeout { get; set; }

    private protected override TimeSpan? GivenWaitTimeout => WaitTimeout;

    private protected override void End()
    {
        var report = Run((engine, cancellation) => engine.CheckCatalogAsync(cancellation));
        var swept = report.Findings.Where(finding => finding.CanRepair).ToList();
        // A command that writes sweeps all of it or nothing, so there is one question; each file is named.
        var text = $"Remove what killed commands left: {string.Join(", ", swept.Select(finding => finding.Path))}.";
        if (swept.Count > 0 && ShouldProcess(text, text, "Repair the catalogue"))
            report = Run((engine, cancellation) => engine.RepairCatalogAsync(cancellation));
        WriteObject(report.Findings, enumerateCollection: true);
    }
}
