using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry verify-evidence`: verifies one evidence file, on any machine.</summary>
internal sealed class VerifyEvidenceVerb : Verb
{
    private readonly Argument<string> _file = new("file") { Description = "The evidence file; its signature and its notes lie beside it." };

    private readonly Option<string> _publicKey = NewOption.Text("--public-key", "file",
        "A PEM file with the public key that must have signed it. Default: that of the key in POSTRY_EVIDENCE_KEY_FILE.");

    public VerifyEvidenceVerb() : base("verify-evidence", "Verify an evidence file: its form, its signatures, its notes, what it proves.")
    {
        Add(_file);
        Add(_publicKey);
    }

    protected override Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var report = session.Engine.VerifyEvidence(Path.GetFullPath(input.GetValue(_file)!),
            input.GetValue(_publicKey) is { } key ? Path.GetFullPath(key) : null);
        session.Show(report, () => ResultJson.Instance.EvidenceReport, EvidenceText.Report);
        return Task.FromResult(ExitCodes.Of(report.Status));
    }
}
