using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Drills;

namespace Postry.Ops.Commands;

/// <summary>Proves with a backup that a lost database would come back, at a place of its own, and signs the evidence. A drill that did not
/// pass is a result, not an error.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PostryRestoreDrill", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low,
    DefaultParameterSetName = OfDatabase)]
[OutputType("Postry.Ops.Engine.Model.RestoreDrill", "Postry.Ops.Engine.Model.DrillPlan", "System.Boolean")]
public sealed class InvokePostryRestoreDrillCommand : KeyedCommand
{
    /// <summary>How long to wait for another command that is at work there.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? WaitTimeout { get; set; }

    private protected override TimeSpan? GivenWaitTimeout => WaitTimeout;

    private const string OfDatabase = "Database";
    private const string ByInput = "InputObject";
    private const string ById = "Id";
    private const string ByFile = "BackupFile";

    private DatabaseAddress? _scratch;

    /// <summary>The SQLite database, taken as written.</summary>
    [Parameter(ParameterSetName = OfDatabase, Position = 0)]
    [Alias("LiteralPath", "PSPath")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The address of the PostgreSQL database; else the entries of postry.json that -Database names, else DATABASE_URL.</summary>
    [Parameter(ParameterSetName = OfDatabase)]
    [Alias("ConnectionString")]
    [ValidateNotNullOrEmpty]
    public string? DatabaseUrl { get; set; }

    /// <summary>Role and password, in place of those of the address.</summary>
    [Parameter(ParameterSetName = OfDatabase)]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The databases of postry.json, with wildcards; beside -Path or -DatabaseUrl the logical name of the database.</summary>
    [Parameter(ParameterSetName = OfDatabase)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>The newest good backup of the database, in place of a fresh one.</summary>
    [Parameter(ParameterSetName = OfDatabase)]
    public SwitchParameter Latest { get; set; }

    /// <summary>Sets as Get-PostryBackup and Backup-PostryDatabase emit them.</summary>
    [Parameter(ParameterSetName = ByInput, Mandatory = true, ValueFromPipeline = true)]
    [PSTypeName("Postry.Ops.Engine.Model.BackupSet")]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The id of the backup, in place of a fresh one.</summary>
    [Parameter(ParameterSetName = ById, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupIdCompleter))]
    public string? Id { get; set; }

    /// <summary>The artefact or manifest of the backup, inside the backup root or not.</summary>
    [Parameter(ParameterSetName = ByFile, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupFileCompleter))]
    public string? BackupFile { get; set; }

    /// <summary>PostgreSQL: a server where the drill makes a scratch database.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ScratchUrl { get; set; }

    /// <summary>Role and password for that server, in place of those of the address.</summary>
    [Parameter]
    [Credential]
    public PSCredential? ScratchCredential { get; set; }

    /// <summary>A folder on a disk with room for the database, where the drill makes its scratch files.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ScratchPath { get; set; }

    /// <summary>Restore into the disposable database that BACKUP_RESTORE_E2E_DATABASE_URL names.</summary>
    [Parameter]
    public SwitchParameter EndToEnd { get; set; }

    /// <summary>Smoke checks, of which those of the data are made: names of postry.json, or a file with checks.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DataSmokeNameCompleter))]
    public string[]? Smoke { get; set; }

    /// <summary>Remarks and corrective actions for the evidence.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Note { get; set; }

    /// <summary>Emit true if the drill passed, and false otherwise, instead of the evidence.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Begin()
    {
        if (ScratchUrl is null && ScratchCredential is not null)
            throw new InvalidRequestException("-ScratchCredential",
                "-ScratchCredential was given without -ScratchUrl.", "Add -ScratchUrl with the address of that server.");
        if (EndToEnd && ScratchUrl is not null)
            throw new InvalidRequestException("-EndToEnd", "-EndToEnd and -ScratchUrl name two places.", "Give one of them.");
        if (ScratchUrl is not null) _scratch = Chosen(null, ScratchUrl, ScratchCredential).Address;
    }

    private protected override void Process()
    {
        switch (ParameterSetName)
        {
            case ById:
                Drill(Common() with { Backup = new BackupSelector { Id = Id } });
                break;
            case ByFile:
                Drill(Common() with { Backup = new BackupSelector { BackupFile = FullPath(BackupFile!) } });
                break;
            case ByInput:
                ForEach(Items<BackupSet>(InputObject!), set => set,
                    set => Drill(Common() with { Backup = new BackupSelector { BackupFile = set.ManifestFile } }));
                break;
            default:
                ForEach([.. Names()], name => name ?? "the database", name => Drill(DrillChoice.Of(
                    Chosen(Path, DatabaseUrl, Credential, name: name), name, Latest, Common())));
                break;
        }
    }

    // A pattern stands for each entry of postry.json that fits; beside an address the name is only a name.
    private IEnumerable<string?> Names()
    {
        var entries = new DatabaseEntries(Settings);
        return Path is null && DatabaseUrl is null && Database is { } pattern && entries.Any
            ? entries.Matching(pattern).Select(string? (entry) => entry.Name) : [Database];
    }

    private DrillRequest Common() => new()
    {
        ScratchServer = _scratch,
        ScratchFolder = ScratchPath is null ? null : FullPath(ScratchPath),
        EndToEnd = EndToEnd,
        Smoke = RestoreSmoke.Of(null, Smoke, null, null, FullPath)?.Checks,
        Remarks = Note ?? [],
    };

    private void Drill(DrillRequest request)
    {
        var plan = Run((engine, cancellation) => engine.PlanDrillAsync(request, cancellation));
        if (ShouldProcess(plan.Summary, plan.Summary, "Restore drill", out var reason))
        {
            var drill = Run((engine, cancellation) => engine.DrillAsync(request, cancellation));
            WriteObject(Quiet ? drill.Status == DrillStatus.Passed : drill);
        }
        else if (reason.HasFlag(ShouldProcessReason.WhatIf))
        {
            WriteObject(plan);
        }
    }
}
