using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry test`: proves a backup, or says why it cannot be proven.</summary>
internal sealed class TestVerb : Verb
{
    private readonly BackupSelection _backup;

    private readonly Option<VerificationLevel?> _level = NewOption.Choice<VerificationLevel>("--level", "How deeply. Default: Contents.",
        ("Signature", VerificationLevel.Signature), ("Artefact", VerificationLevel.Artefact),
        ("Contents", VerificationLevel.Contents), ("Restore", VerificationLevel.Restore));

    public TestVerb() : base("test", "Test a backup: its signature, its bytes, its contents, or a restore of it to a scratch place.")
    {
        _backup = new BackupSelection(this);
        Add(_level);
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var level = input.GetValue(_level) ?? VerificationLevel.Contents;
        var report = await session.Engine.TestAsync(_backup.Selector(input, session.Reporter), level, cancellation: session.Cancellation);
        session.Show(report, json => json.VerificationReport, BackupText.Test);
        return ExitCodes.Of(report.Status);
    }
}
