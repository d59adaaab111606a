using System.Management.Automation;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Says table by table what a restore would bring back to a live database and what it would lose.</summary>
[Cmdlet(VerbsData.Compare, "PostryBackup", DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Model.DatabaseComparison")]
public sealed class ComparePostryBackupCommand : BackupChoosingCommand
{
    private DatabaseAddress? _live;

    /// <summary>The live SQLite database, taken as written.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The address of the live PostgreSQL database; else the entry of postry.json that -Database names, else
    /// DATABASE_URL.</summary>
    [Parameter]
    [Alias("ConnectionString")]
    [ValidateNotNullOrEmpty]
    public string? DatabaseUrl { get; set; }

    /// <summary>Role and password, in place of those of the address.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The database engine; auto takes it from the target.</summary>
    [Parameter]
    [ValidateSet("auto", "sqlite", "postgres")]
    public string Mode { get; set; } = "auto";

    private protected override void Begin() => _live = Chosen(Path, DatabaseUrl, Credential, Mode, Database).Address;

    private protected override void Process()
    {
        foreach (var (target, selector) in Chosen())
        {
            ForItem(target, () => WriteObject(Run((engine, cancellation) => engine.CompareAsync(selector, _live!, cancellation))));
        }
    }
}
