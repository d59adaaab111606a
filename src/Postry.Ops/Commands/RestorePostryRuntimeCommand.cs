using System.Management.Automation;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Restores the runtime files of a set to the repo root, without its database: plans, asks, executes.</summary>
[Cmdlet(VerbsData.Restore, "PostryRuntime",
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Model.RestoreRecord", "Postry.Ops.Engine.Model.RestorePlan")]
public sealed class RestorePostryRuntimeCommand : BackupRestoringCommand
{
    private protected override string Caption => "Restore runtime files";

    private protected override void Begin()
    {
        Target = new RuntimeAddress(Settings.RepoRoot);
        RequireChoice();
        Consent.RequireInteractive(Target.Name);
    }

    private protected override bool Fits(BackupSet set) => set.Runtime.File is not null;

    private protected override RestoreRequest Request(BackupSelector backup) => new() { Backup = backup, Target = Target };

    // The set of a database is one that brings its runtime files with it.
    private protected override BackupSelector Selector(BackupSet set) => set.Mode == DatabaseMode.Runtime
        || set.Status == BackupStatus.Invalid
        ? base.Selector(set)
        : new BackupSelector
        {
            BackupFile = set.Runtime.File ?? throw new InvalidRequestException(set.Id,
                $"{set.Id} has no runtime files: {set.Runtime.Absent}",
                "Choose another backup: Get-PostryBackup shows which have any."),
        };
}
