using System.Management.Automation;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Commands;

/// <summary>Tests whether a set is what was backed up. A bad one is a result that says Failed, not an error.</summary>
[Cmdlet(VerbsDiagnostic.Test, "PostryBackup", DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Verifying.VerificationReport")]
public sealed class TestPostryBackupCommand : BackupChoosingCommand
{
    /// <summary>How deep to test; each level includes those before it.</summary>
    [Parameter]
    [ValidateSet("Signature", "Artefact", "Contents", "Restore")]
    public string Level { get; set; } = "Contents";

    private protected override void Process()
    {
        var level = Enum.Parse<VerificationLevel>(Level, ignoreCase: true);
        foreach (var (target, selector) in Chosen())
        {
            ForItem(target, () => WriteObject(Run((engine, cancellation) => engine.TestAsync(selector, level, cancellation: cancellation))));
        }
    }
}
