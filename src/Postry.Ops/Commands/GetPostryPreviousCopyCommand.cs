using System.Management.Automation;
using Postry.Ops.Engine.Databases;

namespace Postry.Ops.Commands;

/// <summary>Lists the copies of databases that restores and undos replaced, oldest first.</summary>
[Cmdlet(VerbsCommon.Get, "PostryPreviousCopy")]
[OutputType("Postry.Ops.Engine.Restoring.PreviousCopy")]
public sealed class GetPostryPreviousCopyCommand : OpsCommand
{
    /// <summary>Only copies of this database.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    private protected override void Process()
    {
        var target = Path is null ? null : FullPath(Path);
        ForItem(null, () => Run((engine, relay, _) =>
        {
            foreach (var copy in engine.ListPreviousCopies(target is null ? null : new SqliteAddress(target))) relay.Result(copy);
            return Task.CompletedTask;
        }));
    }
}
