using System.Management.Automation;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Formatting;

namespace Postry.Ops.Commands;

/// <summary>The base of the cmdlets that restore one set: plan, ask, execute.</summary>
public abstract class BackupRestoringCommand : BackupChoosingCommand
{
    /// <summary>How long to wait for another command that is at work there.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? WaitTimeout { get; set; }

    private protected sealed override TimeSpan? GivenWaitTimeout => WaitTimeout;

    private readonly List<(object Target, BackupSelector Selector)> _chosen = [];

    /// <summary>Skips the prompt; safety checks still apply.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Restore a set of another source.</summary>
    [Parameter]
    public SwitchParameter AllowDifferentSource { get; set; }

    /// <summary>Restore although the signature cannot be checked.</summary>
    [Parameter]
    public SwitchParameter AllowUnverified { get; set; }

    /// <summary>A command to run when the backup is staged and verified.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? BeforeSwap { get; set; }

    /// <summary>A command to run after the swap.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AfterSwap { get; set; }

    /// <summary>The time limit of each of the two commands.</summary>
    [Parameter]
    [Duration(LeastSeconds = 1, MostSeconds = 86_400)]
    public TimeSpan HookTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The target of the restore, which is known before anything is read.</summary>
    private protected DatabaseAddress Target { get; set; } = null!;

    private protected Consent Consent => new(this, Force);

    private protected override bool MayAsk => !Force;

    /// <summary>The commands around the swap.</summary>
    private protected virtual RestoreHooks Hooks =>
        new() { BeforeSwap = BeforeSwap, AfterSwap = AfterSwap, Timeout = HookTimeout };

    /// <summary>-HookTimeout, where it was given.</summary>
    private protected TimeSpan? GivenHookTimeout => MyInvocation.BoundParameters.ContainsKey(nameof(HookTimeout))
        ? HookTimeout : null;

    /// <summary>Builds the request; each kind of target has a parameter set of its own.</summary>
    private protected abstract RestoreRequest Request(BackupSelector backup);

    /// <summary>The title of the question.</summary>
    private protected abstract string Caption { get; }

    // The command waits for the end of the pipeline: with several sets, the last one restored would win, which is the oldest of a listing.
    private protected override void Process() => _chosen.AddRange(Chosen());

    private protected sealed override void End()
    {
        if (_chosen.Count == 0) throw NoSet();
        if (_chosen.Count > 1) throw SeveralSets();

        var request = Request(_chosen[0].Selector) with
        {
            AllowDifferentSource = AllowDifferentSource,
            AllowUnverified = AllowUnverified,
            Hooks = Hooks,
        };
        var plan = Run((engine, cancellation) => engine.PlanRestoreAsync(request, cancellation));
        switch (Consent.Ask(plan.Summary, Caption))
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
    private SourceNotFoundException NoSet() => new(Settings.BackupRoot,
        "No backup came in through the pipeline, so nothing was restored.",
        "List the backups with Get-PostryBackup, or name another -BackupRoot.");

    private AmbiguousBackupException SeveralSets()
    {
        var names = _chosen.Select(c => c.Target is BackupSet set
            ? $"{set.Id} ({set.Database}, {DisplayFormat.Time(set.SnapshotAt)})" : c.Target);
        return new AmbiguousBackupException(Target.Name,
            $"{_chosen.Count} backups were given for one target: {string.Join(", ", names)}.",
            "Choose one, for example with Get-PostryBackup -Latest or -Id.");
    }
}
