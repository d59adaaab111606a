using System.Management.Automation;
using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.Restoring;
using Postry.Ops.Formatting;

namespace Postry.Ops.Commands;

/// <summary>Restores a database from a set: plans, asks, executes.</summary>
[Cmdlet(VerbsData.Restore, "PostryDatabase",
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Restoring.RestoreRecord", "Postry.Ops.Engine.Restoring.RestorePlan")]
public sealed class RestorePostryDatabaseCommand : BackupChoosingCommand
{
    private readonly List<(object Target, BackupSelector Selector)> _chosen = [];
    private ChosenDatabase? _chosenTarget;

    /// <summary>The SQLite database to restore, taken as written.</summary>
    [Parameter(Position = 0)]
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

    /// <summary>Do not ask. Never overrides a refusal.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Restore a set of another database.</summary>
    [Parameter]
    public SwitchParameter AllowDifferentSource { get; set; }

    /// <summary>Restore although the signature cannot be checked.</summary>
    [Parameter]
    public SwitchParameter AllowUnverified { get; set; }

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

    /// <summary>PostgreSQL: go on although replication slots or subscriptions will be left behind.</summary>
    [Parameter]
    public SwitchParameter AllowReplicationBreak { get; set; }

    /// <summary>PostgreSQL: no writes from consent to the end.</summary>
    [Parameter]
    public SwitchParameter FreezeWrites { get; set; }

    /// <summary>PostgreSQL: tables restored at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int Jobs { get; set; }

    /// <summary>A command to run when the backup is staged and verified.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? BeforeSwap { get; set; }

    /// <summary>A command to run after the swap.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AfterSwap { get; set; }

    /// <summary>How many seconds each of the two commands may take.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int HookTimeout { get; set; } = 60;

    private Consent Consent => new(this, Force);

    private DatabaseAddress Target => _chosenTarget!.Address;

    private RestoreHooks Hooks => _chosenTarget!.Hooks(BeforeSwap, AfterSwap, MyInvocation.BoundParameters.ContainsKey(nameof(HookTimeout)) ? TimeSpan.FromSeconds(HookTimeout) : null);

    private protected override void Begin()
    {
        _chosenTarget = Chosen("Restore", Path, DatabaseUrl, Credential, Mode, Database,
            ("-Strategy", !Strategy.Equals("Auto", StringComparison.OrdinalIgnoreCase)), ("-NoOwner", NoOwner), ("-AllowReplicationBreak", AllowReplicationBreak),
            ("-FreezeWrites", FreezeWrites), ("-Jobs", Jobs > 0));
        Consent.RequireSomebodyToAsk("Restore", Target.Name);
    }

    // Only when all have come is it known that there is one: with several, the last restored would win, which is the oldest of a listing.
    private protected override void Process() => _chosen.AddRange(Chosen());

    private protected override void End()
    {
        if (_chosen.Count == 0) throw NoSet();
        if (_chosen.Count > 1) throw SeveralSets();

        var request = new RestoreRequest
        {
            Backup = _chosen[0].Selector,
            Target = Target,
            AllowDifferentSource = AllowDifferentSource,
            AllowUnverified = AllowUnverified,
            SkipCompare = SkipCompare,
            Hooks = Hooks,
            Postgres = new PostgresRestoreOptions
            {
                Strategy = Enum.Parse<RestoreStrategy>(Strategy, ignoreCase: true),
                NoOwner = NoOwner,
                AllowReplicationBreak = AllowReplicationBreak,
                FreezeWrites = FreezeWrites,
                Jobs = Jobs > 0 ? Jobs : null,
            },
        };
        var plan = Run((engine, cancellation) => engine.PlanRestoreAsync(request, cancellation));
        switch (Consent.Ask(plan.Summary, "Restore a database"))
        {
            case Answer.Yes:
                WriteObject(Run((engine, cancellation) => engine.RestoreAsync(plan, cancellation)));
                break;
            case Answer.WhatIf:
                WriteObject(plan);
                break;
        }
    }

    // A script that pipes in what it has found must not take an empty pipeline for a restore.
    private SourceNotFoundException NoSet() => new("Restore", Target.Name,
        "No backup came in through the pipeline, so nothing was restored.", "List what is there with Get-PostryBackup, or name another -BackupRoot.");

    private AmbiguousBackupException SeveralSets()
    {
        var names = _chosen.Select(c => c.Target is BackupSet set ? $"{set.Id} ({set.Database}, {Human.Time(set.SnapshotAt)})" : c.Target);
        return new AmbiguousBackupException("Restore", Target.Name,
            $"{_chosen.Count} backups were given for one database: {string.Join(", ", names)}.",
            "Choose one, for example with Get-PostryBackup -Latest or -Id.");
    }
}
