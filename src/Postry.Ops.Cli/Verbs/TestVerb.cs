using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry test`: proves a backup, or says why it cannot be proven.</summary>
internal sealed class TestVerb : Verb
{
    private readonly BackupSelection _backup;

    private readonly Option<VerificationLevel?> _level = NewOption.Choice<VerificationLevel>(
        "--level", "Level of the test. Default: Contents.",
        ("Signature", VerificationLevel.Signature), ("Artefact", VerificationLevel.Artefact),
        ("Contents", VerificationLevel.Contents), ("Restore", VerificationLevel.Restore));

    private readonly AddressOption _scratch = new("--scratch-url",
        "PostgreSQL, level Restore: a server where the test may create a temporary database.");

    public TestVerb() : base("test", "Test a backup: its signature, its bytes, its contents, or a restore of it to a temporary place.")
    {
        _backup = new BackupSelection(this);
        Add(_level);
        foreach (var option in _scratch.All) Add(option);
        Validators.Add(result =>
        {
            if (_scratch.All.All(option => result.GetResult(option) is not null))
                result.AddError($"Give only one of {string.Join(", ", _scratch.All.Select(option => option.Name))}.");
        });
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var level = input.GetValue(_level) ?? VerificationLevel.Contents;
        var scratch = _scratch.Read(input) is { } address ? PostgresAddress.Parse(address) : null;
        var report = await session.Engine.TestAsync(_backup.Selector(session, input), level, scratch, session.Cancellation);
        session.Show(report, () => ResultJson.Instance.VerificationReport, BackupText.Test);
        return ExitCodes.Of(report.Status);
    }
}
