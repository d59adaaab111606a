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

    /// <summary>The database to restore, taken as written.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

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

    private Consent Consent => new(this, Force);

    private protected override void Begin() => Consent.RequireSomebodyToAsk("Restore", FullPath(Path!));

    // Only when all have come is it known that there is one: with several, the last restored would win, which is the oldest of a listing.
    private protected override void Process() => _chosen.AddRange(Chosen());

    private protected override void End()
    {
        if (_chosen.Count == 0) throw NoSet();
        if (_chosen.Count > 1) throw SeveralSets();

        var request = new RestoreRequest
        {
            Backup = _chosen[0].Selector,
            Target = new SqliteAddress(FullPath(Path!)),
            AllowDifferentSource = AllowDifferentSource,
            AllowUnverified = AllowUnverified,
            SkipCompare = SkipCompare,
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
    private SourceNotFoundException NoSet() => new("Restore", Path!,
        "No backup came in through the pipeline, so nothing was restored.", "List what is there with Get-PostryBackup, or name another -BackupRoot.");

    private AmbiguousBackupException SeveralSets()
    {
        var names = _chosen.Select(c => c.Target is BackupSet set ? $"{set.Id} ({set.Database}, {Human.Time(set.SnapshotAt)})" : c.Target);
        return new AmbiguousBackupException("Restore", Path!,
            $"{_chosen.Count} backups were given for one database: {string.Join(", ", names)}.",
            "Choose one, for example with Get-PostryBackup -Latest or -Id.");
    }
}
