using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Removal;

namespace Postry.Ops.Commands;

/// <summary>Removes sets whole: the database with the runtime files that belong to it. Which ones, the caller says, or a retention
/// policy.</summary>
[Cmdlet(VerbsCommon.Remove, "PostryBackup",
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Operations.Removal.RemovalPlan", "Postry.Ops.Engine.Model.RetentionVerdict",
    "Postry.Ops.Engine.Model.PreviousCopyVerdict")]
public sealed class RemovePostryBackupCommand : BackupNamingCommand
{
    /// <summary>How long to wait for another command that is at work there.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? WaitTimeout { get; set; }

    private protected override TimeSpan? GivenWaitTimeout => WaitTimeout;

    private const string ByPolicy = "Policy";
    private const int MostKept = 10_000;

    /// <summary>Removes the sets that the retention policy does not keep.</summary>
    [Parameter(ParameterSetName = ByPolicy, Mandatory = true)]
    public SwitchParameter Policy { get; set; }

    /// <summary>Logical name of the database; * and ? are wildcards.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>The newest so many.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [ValidateRange(0, MostKept)]
    public int? KeepLast { get; set; }

    /// <summary>The newest of each of so many hours that have any.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [ValidateRange(0, MostKept)]
    public int? KeepHourly { get; set; }

    /// <summary>The newest of each of so many days that have any.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [ValidateRange(0, MostKept)]
    public int? KeepDaily { get; set; }

    /// <summary>The newest of each of so many weeks that have any.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [ValidateRange(0, MostKept)]
    public int? KeepWeekly { get; set; }

    /// <summary>The newest of each of so many months that have any.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [ValidateRange(0, MostKept)]
    public int? KeepMonthly { get; set; }

    /// <summary>The newest of each of so many years that have any.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [ValidateRange(0, MostKept)]
    public int? KeepYearly { get; set; }

    /// <summary>All in this time before the newest.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [Duration]
    public TimeSpan? KeepWithin { get; set; }

    /// <summary>The newest of each hour in this time before the newest.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [Duration]
    public TimeSpan? KeepWithinHourly { get; set; }

    /// <summary>The newest of each day in this time before the newest.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [Duration]
    public TimeSpan? KeepWithinDaily { get; set; }

    /// <summary>The newest of each week in this time before the newest.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [Duration]
    public TimeSpan? KeepWithinWeekly { get; set; }

    /// <summary>The newest of each month in this time before the newest.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [Duration]
    public TimeSpan? KeepWithinMonthly { get; set; }

    /// <summary>The newest of each year in this time before the newest.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [Duration]
    public TimeSpan? KeepWithinYearly { get; set; }

    /// <summary>None that is younger than this is removed, counted from the newest good set.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [Duration]
    public TimeSpan? MinimumAge { get; set; }

    /// <summary>A copy that a restore or an undo kept goes once a good set is so much newer; zero for never.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [Duration]
    public TimeSpan? PreviousCopies { get; set; }

    /// <summary>The time zone of the calendar.</summary>
    [Parameter(ParameterSetName = ByPolicy)]
    [ValidateNotNullOrEmpty]
    public string? TimeZone { get; set; }

    /// <summary>Allows the removal of the last good set of a database.</summary>
    [Parameter(ParameterSetName = ByInput)]
    [Parameter(ParameterSetName = ById)]
    [Parameter(ParameterSetName = ByFile)]
    public SwitchParameter AllowLast { get; set; }

    /// <summary>Skips the prompt; safety checks still apply.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private readonly List<RemovalPlan> _plans = [];
    private IReadOnlyList<BackupSet>? _listed;
    private Consent? _consent;

    private protected override void Begin()
    {
        RequireName();
        _consent = new Consent(this, Force);
        _consent.RequireInteractive(Id is [var one] ? one : BackupFile ?? "backups");
    }

    // The command waits for the end of the pipeline: whether a good backup is left is known before the first one is removed.
    private protected override void Process()
    {
        if (ParameterSetName == ByPolicy) return;
        ForEach(Chosen(), chosen => chosen.Target, chosen => _plans.Add(Run((engine, _) =>
        {
            // Thousands may come through the pipeline, and each asks what else there is.
            _listed ??= engine.ListBackups(new BackupQuery());
            return Task.FromResult(engine.PlanRemoval(chosen.Selector, _listed));
        })));
    }

    private protected override void End()
    {
        if (ParameterSetName == ByPolicy)
        {
            Prune();
            return;
        }

        var plans = _plans.DistinctBy(plan => plan.Backup.ManifestFile).ToList();
        if (!AllowLast && !_consent!.IsWhatIf)
        {
            Run((engine, _) =>
            {
                engine.RequireOtherBackups(plans);
                return Task.FromResult(true);
            });
        }

        Remove([.. plans.Where(IsConfirmed)]);
    }

    private void Prune()
    {
        var request = Rules();
        var report = Run((engine, _) => Task.FromResult(engine.PlanPruning(request)));
        if (!RetentionReport.Removes(report))
        {
            WriteVerbose(report.Summary);
        }
        else if (_consent!.Ask(report.Summary, "Remove backups by the retention policy") is var answer and not Answer.WhatIf)
        {
            if (answer == Answer.No) return;
            report = Run((engine, cancellation) => engine.PruneAsync(request, cancellation));
        }

        WriteObject(report.Sets, enumerateCollection: true);
        WriteObject(report.Copies, enumerateCollection: true);
        ForEach(RetentionReport.Problems(report), one => one.Name, one => throw new AccessDeniedException(one.Name,
            $"{one.Name} could not be removed: {one.Problem}", "Mend that, and run the command again."));
    }

    private RetentionRequest Rules() => new()
    {
        Database = Database,
        KeepLast = KeepLast,
        KeepHourly = KeepHourly,
        KeepDaily = KeepDaily,
        KeepWeekly = KeepWeekly,
        KeepMonthly = KeepMonthly,
        KeepYearly = KeepYearly,
        KeepWithin = KeepWithin,
        KeepWithinHourly = KeepWithinHourly,
        KeepWithinDaily = KeepWithinDaily,
        KeepWithinWeekly = KeepWithinWeekly,
        KeepWithinMonthly = KeepWithinMonthly,
        KeepWithinYearly = KeepWithinYearly,
        MinimumAge = MinimumAge,
        PreviousCopies = PreviousCopies,
        TimeZone = TimeZone,
    };

    private bool IsConfirmed(RemovalPlan plan)
    {
        var answer = _consent!.Ask(plan.Summary, "Remove a backup");
        if (answer == Answer.WhatIf) WriteObject(plan);
        return answer == Answer.Yes;
    }

    private void Remove(IReadOnlyList<RemovalPlan> plans)
    {
        if (plans.Count == 0) return;
        var failures = new List<(BackupSet Backup, OpsException Problem)>();
        Run((engine, relay, cancellation) => engine.RemoveBackupsAsync(plans, AllowLast, (set, removed, problem) =>
        {
            if (removed is not null) relay.Result(removed);
            else failures.Add((set, problem!));
        }, cancellation));
        ForEach(failures, failure => failure.Backup, failure => throw failure.Problem);
    }
}
