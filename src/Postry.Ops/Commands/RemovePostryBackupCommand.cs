using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Removal;
using Postry.Ops.Formatting;

namespace Postry.Ops.Commands;

/// <summary>Removes sets whole: the database with the runtime files that belong to it.</summary>
[Cmdlet(VerbsCommon.Remove, "PostryBackup",
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Operations.Removal.RemovalPlan")]
public sealed class RemovePostryBackupCommand : KeyedCommand
{
    private const string ByInput = "InputObject";
    private const string ById = "Id";
    private const string ByFile = "BackupFile";

    /// <summary>Sets as Get-PostryBackup emits them.</summary>
    [Parameter(ParameterSetName = ByInput, ValueFromPipeline = true)]
    [PSTypeName("Postry.Ops.Engine.Model.BackupSet")]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The ids of the sets.</summary>
    [Parameter(ParameterSetName = ById, Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupIdCompleter))]
    public string[]? Id { get; set; }

    /// <summary>The set's artefact or manifest, for one that cannot be read.</summary>
    [Parameter(ParameterSetName = ByFile, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupFileCompleter))]
    public string? BackupFile { get; set; }

    /// <summary>Allows the removal of the last good set of a database.</summary>
    [Parameter]
    public SwitchParameter AllowLast { get; set; }

    /// <summary>Skips the prompt; safety checks still apply.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private readonly List<RemovalPlan> _plans = [];
    private Consent? _consent;

    private protected override void Begin()
    {
        if (ParameterSetName == ByInput && !MyInvocation.ExpectingInput && InputObject is null) throw Unnamed();
        _consent = new Consent(this, Force);
        _consent.RequireInteractive(Id is [var one] ? one : BackupFile ?? "backups");
    }

    // The command waits for the end of the pipeline: whether a good backup is left is known before the first one is removed.
    private protected override void Process() => ForEach(Chosen(), chosen => chosen.Target, chosen =>
        _plans.Add(Run((engine, _) => Task.FromResult(engine.PlanRemoval(chosen.Selector)))));

    private protected override void End()
    {
        var plans = _plans.DistinctBy(plan => plan.Backup.ManifestFile).ToList();
        if (!AllowLast && !_consent!.IsWhatIf)
        {
            Run((engine, _) =>
            {
                engine.RequireOtherBackups(plans);
                return Task.FromResult(true);
            });
        }

        ForEach(plans, plan => plan.Backup, Remove);
    }

    private IEnumerable<(object Target, BackupSelector Selector)> Chosen() => ParameterSetName switch
    {
        ById => Id!.Select(id => ((object)id, new BackupSelector { Id = id })),
        ByFile => [(FullPath(BackupFile!), new BackupSelector { BackupFile = FullPath(BackupFile!) })],
        _ => from set in Items<BackupSet>(InputObject!) select ((object)set, new BackupSelector { BackupFile = set.ManifestFile }),
    };

    // A backup that is to be removed is never offered.
    private OpsException Unnamed() => Choices.BackupNotNamed(Run((engine, _) => Task.FromResult(engine.ListBackups(new BackupQuery()))),
        Settings.BackupRoot, size => DisplayFormat.Size(size));

    private void Remove(RemovalPlan plan)
    {
        switch (_consent!.Ask(plan.Summary, "Remove a backup"))
        {
            case Answer.Yes:
                WriteObject(Run((engine, cancellation) => engine.RemoveBackupAsync(plan, AllowLast, cancellation)));
                break;
            case Answer.WhatIf:
                WriteObject(plan);
                break;
        }
    }
}
