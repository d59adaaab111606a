using System.Management.Automation;

namespace Postry.Ops.Commands;

/// <summary>Lists the copies of databases that restores and undos replaced, oldest first.</summary>
[Cmdlet(VerbsCommon.Get, "PostryPreviousCopy")]
[OutputType("Postry.Ops.Engine.Model.PreviousCopy")]
public sealed class GetPostryPreviousCopyCommand : OpsCommand
{
    /// <summary>Selects copies of this SQLite database.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Selects copies of this PostgreSQL database.</summary>
    [Parameter]
    [Alias("ConnectionString")]
    [ValidateNotNullOrEmpty]
    public string? DatabaseUrl { get; set; }

    private protected override void Process()
    {
        var target = NamedOrNone(Path, DatabaseUrl);
        Run((engine, relay, _) =>
        {
            foreach (var copy in engine.ListPreviousCopies(target)) relay.Result(copy);
            return Task.CompletedTask;
        });
    }
}
