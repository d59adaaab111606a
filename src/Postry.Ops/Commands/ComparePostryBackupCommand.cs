using System.Management.Automation;
using Postry.Ops.Engine.Databases;

namespace Postry.Ops.Commands;

/// <summary>Says table by table what a restore would bring back to a live database and what it would lose.</summary>
[Cmdlet(VerbsData.Compare, "PostryBackup", DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Comparing.DatabaseComparison")]
public sealed class ComparePostryBackupCommand : BackupChoosingCommand
{
    /// <summary>The live database, taken as written.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    private protected override void Process()
    {
        var live = FullPath(Path!);
        foreach (var (target, selector) in Chosen())
        {
            ForItem(target, () => WriteObject(Run((engine, cancellation) => engine.CompareAsync(selector, new SqliteAddress(live), cancellation))));
        }
    }
}
