using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Restores a database from a set: plans, asks, executes.</summary>
[Cmdlet(VerbsData.Restore, "PostryDatabase",
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Model.RestoreRecord", "Postry.Ops.Engine.Model.RestorePlan")]
public sealed class RestorePostryDatabaseCommand : BackupRestoringCommand
{
    private ChosenDatabase? _chosenTarget;
    private string? _chosenPath;

    /// <summary>The SQLite database to restore, taken as written.</summary>
    [Parameter(ParameterSetName = ByInput, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ById)]
    [Parameter(ParameterSetName = ByFile, Position = 0)]
    [Parameter(ParameterSetName = ByLatest, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ByTime, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath", "PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The address of the PostgreSQL database to restore; DATABASE_URL where nothing is named.</summary>
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

    /// <summary>Do not compare the live database with the set before asking.</summary>
    [Parameter]
    public SwitchParameter SkipCompare { get; set; }

    /// <summary>PostgreSQL: how the backup comes in.</summary>
    [Parameter]
    [ValidateSet("Auto", "Swap", "Schema", "InPlace")]
    public string Strategy { get; set; } = "Auto";

    /// <summary>PostgreSQL: everything belongs to the connecting role, and grants are left out.</summary>
    [Parameter]
    public SwitchParameter NoOwner { get; set; }

    /// <summary>PostgreSQL: tablespaces are left out.</summary>
    [Parameter]
    public SwitchParameter NoTablespaces { get; set; }

    /// <summary>PostgreSQL: go on although replication slots or subscriptions will be left behind.</summary>
    [Parameter]
    public SwitchParameter AllowReplicationBreak { get; set; }

    /// <summary>PostgreSQL: no writes from consent to the end.</summary>
    [Parameter]
    public SwitchParameter FreezeWrites { get; set; }

    /// <summary>PostgreSQL: what becomes of objects that rows or functions of the backup do not let the server make.</summary>
    [Parameter]
    [ValidateSet("Refuse", "Leave")]
    public string OnBrokenObject { get; set; } = "Refuse";

    /// <summary>PostgreSQL: tables restored at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int Jobs { get; set; }

    /// <summary>Restore the runtime files of the set as well, in the same transaction.</summary>
    [Parameter]
    public SwitchParameter WithRuntime { get; set; }

    /// <summary>Restore this archive of runtime files as well, in place of the set's own.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RuntimeFileCompleter))]
    public string? RuntimeBackupFile { get; set; }

    /// <summary>Addresses of the application that must answer with a status of 2xx after the swap.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? PostRestoreHealthUrl { get; set; }

    /// <summary>Smoke checks that must pass after the swap: names of postry.json, or a file with checks.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SmokeNameCompleter))]
    public string[]? Smoke { get; set; }

    /// <summary>Smoke checks of data that the restored copy must pass before the swap: names of postry.json, or a file with
    /// checks.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DataSmokeNameCompleter))]
    public string[]? PreSwapSmoke { get; set; }

    /// <summary>The consequence of a smoke check that fails.</summary>
    [Parameter]
    [ValidateSet("Undo", "Keep")]
    public string? OnSmokeFailure { get; set; }

    /// <summary>How long the smoke checks may take together.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? SmokeDeadline { get; set; }

    private protected override string Caption => "Restore a database";

    private protected override RestoreHooks Hooks => _chosenTarget!.Hooks(BeforeSwap, AfterSwap, GivenHookTimeout);

    private protected override void Begin()
    {
        Path = PathUnlessId(Path);
        RequireChoice();
        // Get-Item app.db | Restore-PostryDatabase -Latest: the path comes with the first item.
        if (!MyInvocation.ExpectingInput || Path is not null || DatabaseUrl is not null) ChooseTarget();
        Consent.RequireInteractive(_chosenTarget?.Address.Name ?? "the database");
    }

    private protected override void Process()
    {
        if (Path is not null && _chosenTarget is not null && Path != _chosenPath)
            throw new InvalidRequestException(Path, $"One database is restored at a time, and {_chosenPath} and {Path} were given.",
                "Run the command once for each.");
        if (_chosenTarget is null) ChooseTarget();
        base.Process();
    }

    private protected override bool Fits(BackupSet set) => base.Fits(set) && (Path is null || set.Source == FullPath(Path));

    private void ChooseTarget()
    {
        _chosenPath = Path;
        try
        {
            _chosenTarget = TargetOfParameters();
        }
        catch (InvalidRequestException e) when (Path is null && DatabaseUrl is null && Database is null && SourceOfId() is { } source)
        {
            throw new InvalidRequestException(e.Target, e.Message,
                $"The backup comes from {source}. To restore it there, add -Path {source}.");
        }

        Target = _chosenTarget.Address;
    }

    private ChosenDatabase TargetOfParameters() => Chosen(Path, DatabaseUrl, Credential, Mode, Database,
            ("-Strategy", !Strategy.Equals("Auto", StringComparison.OrdinalIgnoreCase)), ("-NoOwner", NoOwner),
            ("-NoTablespaces", NoTablespaces),
            ("-AllowReplicationBreak", AllowReplicationBreak), ("-FreezeWrites", FreezeWrites),
            ("-OnBrokenObject", !OnBrokenObject.Equals("Refuse", StringComparison.OrdinalIgnoreCase)), ("-Jobs", Jobs > 0));

    private protected override RestoreRequest Request(BackupSelector backup) => new()
    {
        Backup = backup,
        Target = Target,
        SkipCompare = SkipCompare,
        WithRuntime = WithRuntime,
        RuntimeBackupFile = RuntimeBackupFile is null ? null : FullPath(RuntimeBackupFile),
        Smoke = RestoreSmoke.Of(PostRestoreHealthUrl, Smoke,
            OnSmokeFailure is null ? null : Enum.Parse<SmokeFailureAction>(OnSmokeFailure, ignoreCase: true), SmokeDeadline, FullPath,
            PreSwapSmoke),
        Postgres = new PostgresRestoreOptions
        {
            Strategy = Enum.Parse<RestoreStrategy>(Strategy, ignoreCase: true),
            NoOwner = NoOwner,
            NoTablespaces = NoTablespaces,
            AllowReplicationBreak = AllowReplicationBreak,
            FreezeWrites = FreezeWrites,
            OnBrokenObject = Enum.Parse<BrokenObjectRule>(OnBrokenObject, ignoreCase: true),
            Jobs = Jobs > 0 ? Jobs : null,
        },
    };
}
