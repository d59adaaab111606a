using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Copies sets to other folders of backups, reads them back, and publishes each whole.</summary>
[Cmdlet(VerbsCommon.Copy, "PostryBackup",
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Model.BackupCopy", "Postry.Ops.Engine.Model.CopyPlan")]
public sealed class CopyPostryBackupCommand : BackupChoosingCommand
{
    /// <summary>How long to wait for another command that is at work there.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? WaitTimeout { get; set; }

    private protected override TimeSpan? GivenWaitTimeout => WaitTimeout;

    private IReadOnlyList<CopyDestination> _destinations = [];

    /// <summary>The folders, or the names of destinations in postry.json; all of these unless given.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DestinationCompleter))]
    public string[]? Destination { get; set; }

    private protected override bool Fits(BackupSet set) => true;

    private protected override void Begin()
    {
        RequireChoice();
        _destinations = Run((engine, _) => Task.FromResult(engine.FindDestinations(Destination, FullPath)));
    }

    private protected override void Process() => ForEachBackup(selector => ForEach(_destinations, to => to.Path, to => Copy(selector, to)));

    private void Copy(BackupSelector selector, CopyDestination to)
    {
        // Only the backup is looked at for the question: a destination that does not answer is a copy that fails.
        var set = Run((engine, _) => Task.FromResult(engine.FindBackup(selector)));
        var chosen = new BackupSelector { BackupFile = set.ManifestFile };
        var text = $"Copy the backup {set.Id} of {set.Database} to {to}.";
        if (ShouldProcess(text, text, "Copy a backup", out var reason))
        {
            var copy = Run((engine, cancellation) => engine.CopyBackupAsync(chosen, to, cancellation));
            WriteObject(copy);
            copy.Require();
        }
        else if (reason.HasFlag(ShouldProcessReason.WhatIf))
        {
            WriteObject(Run((engine, cancellation) => engine.PlanCopyAsync(chosen, to, cancellation)));
        }
    }
}
