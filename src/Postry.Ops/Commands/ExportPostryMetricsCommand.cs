using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine;

namespace Postry.Ops.Commands;

/// <summary>Writes how well each database could be recovered as metrics for Prometheus.</summary>
[Cmdlet(VerbsData.Export, "PostryMetrics", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType("Postry.Ops.Engine.Model.MetricSample")]
public sealed class ExportPostryMetricsCommand : KeyedCommand
{
    /// <summary>The file, taken as written.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("LiteralPath", "PSPath")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The logical name of the databases; takes wildcards.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>Emit the metrics as well.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process()
    {
        var path = FullPath(Path!);
        var statuses = Run((engine, cancellation) => engine.StatusAsync(Database, cancellation));
        var samples = OpsEngine.Metrics(statuses);
        if (ShouldProcess($"Write {samples.Count} series of {statuses.Count} databases to {path}", $"Write {path}?", "Export metrics"))
            OpsEngine.WriteMetrics(samples, path);
        if (PassThru) WriteObject(samples, enumerateCollection: true);
    }
}
