using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Asks an application and its data whether they are well. A check that does not pass is a result, not an error.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PostrySmoke", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low,
    DefaultParameterSetName = Configured)]
[OutputType("Postry.Ops.Engine.Model.SmokeReport", "System.Boolean", "Postry.Ops.Engine.Model.SmokePlan")]
public sealed class InvokePostrySmokeCommand : OpsCommand
{
    private const string Configured = "Configured";
    private const string ByUrl = "Url";
    private const string ByFile = "File";

    /// <summary>Addresses that must answer with a status of 2xx.</summary>
    [Parameter(ParameterSetName = ByUrl, Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string[]? Url { get; set; }

    /// <summary>Only these checks, and those that must pass before them; * and ? are wildcards.</summary>
    [Parameter(ParameterSetName = Configured)]
    [Parameter(ParameterSetName = ByFile)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SmokeNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>A file with checks, in the form of the section "smoke" of postry.json.</summary>
    [Parameter(ParameterSetName = ByFile, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string? File { get; set; }

    /// <summary>The SQLite database that checks of data ask, taken as written.</summary>
    [Parameter(ParameterSetName = Configured)]
    [Parameter(ParameterSetName = ByFile)]
    [Alias("LiteralPath", "PSPath")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The address of the PostgreSQL database that checks of data ask.</summary>
    [Parameter(ParameterSetName = Configured)]
    [Parameter(ParameterSetName = ByFile)]
    [Alias("ConnectionString")]
    [ValidateNotNullOrEmpty]
    public string? DatabaseUrl { get; set; }

    /// <summary>Role and password, in place of those of the address.</summary>
    [Parameter(ParameterSetName = Configured)]
    [Parameter(ParameterSetName = ByFile)]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>How long all checks together may take.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? Deadline { get; set; }

    /// <summary>A file with the critical alerts of before: only new ones fail.</summary>
    [Parameter(ParameterSetName = Configured)]
    [Parameter(ParameterSetName = ByFile)]
    [ValidateNotNullOrEmpty]
    public string? Baseline { get; set; }

    /// <summary>The file that receives the critical alerts that there are now.</summary>
    [Parameter(ParameterSetName = Configured)]
    [Parameter(ParameterSetName = ByFile)]
    [ValidateNotNullOrEmpty]
    public string? SaveBaseline { get; set; }

    /// <summary>The file that receives the results as JUnit XML.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? JUnitPath { get; set; }

    /// <summary>Emit true if every check passed, and false otherwise, instead of the report.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Process()
    {
        if (Baseline is not null && SaveBaseline is not null)
        {
            throw new InvalidRequestException("-Baseline", "-Baseline and -SaveBaseline were given together.",
                "Give -SaveBaseline before a change, and -Baseline after it.");
        }

        var request = new SmokeRequest
        {
            Urls = Url ?? [],
            Names = Name ?? [],
            File = Full(File),
            Database = NamedOrNone(Path, DatabaseUrl, Credential),
            Deadline = Deadline,
            Baseline = Full(Baseline),
            SaveBaseline = Full(SaveBaseline),
        };
        var plans = Run((engine, _) => Task.FromResult(engine.PlanSmoke(request)));
        var isWanted = true;
        foreach (var plan in plans) isWanted &= ShouldProcess($"Ask {plan}", $"Ask {plan}?", "Smoke check");
        if (!isWanted)
        {
            WriteObject(plans, enumerateCollection: true);
            return;
        }

        var report = Run((engine, cancellation) => engine.SmokeAsync(request, cancellation));
        WriteObject(Quiet ? report.Status == CheckStatus.Passed : report);
        // A file that cannot be written is an error, and hides no result.
        if (Full(JUnitPath) is { } junit) OpsEngine.WriteJUnit(report, junit);
    }

    private string? Full(string? path) => path is null ? null : FullPath(path);
}
