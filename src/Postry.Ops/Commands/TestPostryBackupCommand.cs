using System.Management.Automation;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Tests whether a set is what was backed up. A bad one is a result that says Failed, not an error.</summary>
[Cmdlet(VerbsDiagnostic.Test, "PostryBackup", DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Model.VerificationReport", "System.Boolean")]
public sealed class TestPostryBackupCommand : BackupChoosingCommand
{
    private DatabaseAddress? _scratch;

    /// <summary>The level of the test; each level includes those before it.</summary>
    [Parameter]
    [ValidateSet("Signature", "Artefact", "Contents", "Restore")]
    public string Level { get; set; } = "Contents";

    /// <summary>PostgreSQL, level Restore: a server where a scratch database may be made.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ScratchUrl { get; set; }

    /// <summary>Role and password for that server, in place of those of the address.</summary>
    [Parameter]
    [Credential]
    public PSCredential? ScratchCredential { get; set; }

    /// <summary>Emit true if every check passed, and false otherwise, instead of the report.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Begin()
    {
        if (Database is not null && ParameterSetName is not (ByLatest or ByTime))
            throw new InvalidRequestException("-Database",
                "-Database works only with -Latest and -Before.",
                "Leave -Database out, or choose with -Latest or -Before.");
        if (ScratchUrl is null && ScratchCredential is not null)
            throw new InvalidRequestException("-ScratchCredential",
                "-ScratchCredential was given without -ScratchUrl.", "Add -ScratchUrl with the address of that server.");
        if (ScratchUrl is not null) _scratch = Chosen(null, ScratchUrl, ScratchCredential).Address;
    }

    private protected override void Process()
    {
        var level = Enum.Parse<VerificationLevel>(Level, ignoreCase: true);
        ForEachBackup(selector =>
        {
            var report = Run((engine, cancellation) => engine.TestAsync(selector, level, _scratch, cancellation));
            WriteObject(Quiet ? report.Status == CheckStatus.Passed : report);
        });
    }
}
