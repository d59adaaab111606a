using System.Management.Automation;

namespace Postry.Ops.Commands;

/// <summary>Removes the locks that processes on another host left on the backup root, on restore drills and on jobs.</summary>
[Cmdlet(VerbsCommon.Unlock, "PostryBackupRoot", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(string))]
public sealed class UnlockPostryBackupRootCommand : OpsCommand
{
    private protected override void Process()
    {
        var root = Run((engine, _) => Task.FromResult(engine.Settings.BackupRoot));
        if (!ShouldProcess(root, "Remove the lock")) return;
        if (Run((engine, cancellation) => engine.UnlockBackupRootAsync(cancellation)) is { } holder) WriteObject(holder);
        else WriteVerbose($"{root} is not locked.");
    }
}
