using System.Management.Automation;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Verifies an evidence file, on any machine. A changed one is a result that says Failed, not an error.</summary>
[Cmdlet(VerbsDiagnostic.Test, "PostryRestoreDrill")]
[OutputType("Postry.Ops.Engine.Model.EvidenceReport", "System.Boolean")]
public sealed class TestPostryRestoreDrillCommand : KeyedCommand
{
    /// <summary>The evidence files.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("EvidenceFile", "LiteralPath", "PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[]? Path { get; set; }

    /// <summary>A file with the public key that must have signed them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PublicKey { get; set; }

    /// <summary>Emit true if the file is as it was signed, and false otherwise, instead of the report.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Process()
    {
        var key = PublicKey is null ? null : FullPath(PublicKey);
        ForEach(Path!, path => path, path =>
        {
            var file = FullPath(path);
            var report = Run((engine, _) => Task.FromResult(engine.VerifyEvidence(file, key)));
            WriteObject(Quiet ? report.Status == CheckStatus.Passed : report);
        });
    }
}
