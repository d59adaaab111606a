using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Reports how well each database could be recovered now.</summary>
[Cmdlet(VerbsCommon.Get, "PostryRecoveryStatus")]
[OutputType("Postry.Ops.Engine.Model.RecoveryStatus", "System.Boolean")]
public sealed class GetPostryRecoveryStatusCommand : KeyedCommand
{
    /// <summary>The logical name of the database; takes wildcards.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>Emit true if every database is Healthy, and false otherwise, instead of the statuses.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Process()
    {
        var statuses = Run((engine, cancellation) => engine.StatusAsync(Database, cancellation));
        if (Quiet) WriteObject(statuses.All(status => status.Status == RecoveryState.Healthy));
        else WriteObject(statuses, enumerateCollection: true);
    }
}
