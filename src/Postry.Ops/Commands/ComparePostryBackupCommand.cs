using System.Management.Automation;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Says table by table what a restore would bring back to a live database and what it would lose.</summary>
[Cmdlet(VerbsData.Compare, "PostryBackup", DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Model.DatabaseComparison")]
public sealed class ComparePostryBackupCommand : BackupChoosingCommand
{
    /// <summary>The live SQLite database, taken as written.</summary>
    [Parameter(ParameterSetName = ByInput, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ById)]
    [Parameter(ParameterSetName = ByFile, Position = 0)]
    [Parameter(ParameterSetName = ByLatest, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ByTime, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath", "PSPath", "FullName")]
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

    private protected override void Process()
    {
        Path = PathUnlessId(Path);
        // The path may come with this item of the pipeline.
        var live = Chosen(Path, DatabaseUrl, Credential, Mode, Database).Address;
        ForEachBackup(selector => WriteObject(Run((engine, cancellation) => engine.CompareAsync(selector, live, cancellation))));
    }

    private protected override bool Fits(BackupSet set) => base.Fits(set) && (Path is null || set.Source == FullPath(Path));
}
