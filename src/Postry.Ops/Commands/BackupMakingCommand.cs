using System.Management.Automation;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>The base of the cmdlets that make a set: plan, ask, back up.</summary>
public abstract class BackupMakingCommand : KeyedCommand
{
    /// <summary>How long to wait for another command that is at work there.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? WaitTimeout { get; set; }

    private protected sealed override TimeSpan? GivenWaitTimeout => WaitTimeout;

    /// <summary>Goes on where the backup root seems to have too little room.</summary>
    [Parameter]
    public SwitchParameter SkipSpaceCheck { get; set; }

    /// <summary>Backs up and emits the set; with -WhatIf emits the plan.</summary>
    /// <param name="request">The backup.</param>
    /// <param name="caption">The title of the question.</param>
    /// <param name="prune">True to test the set, and then to remove those that the policy does not keep.</param>
    private protected void BackUp(BackupRequest request, string caption, bool prune = false)
    {
        request = request with { SkipSpaceCheck = SkipSpaceCheck };
        var plan = Run((engine, cancellation) => IsAttempt ? engine.PlanBackupAttemptAsync(request, cancellation)
            : engine.PlanBackupAsync(request, cancellation));
        if (ShouldProcess(plan.Summary, plan.Summary, caption, out var reason))
        {
            if (prune) BackUpAndPrune(request);
            else Emit(Run((engine, cancellation) => engine.BackUpAsync(request, cancellation)));
        }
        else if (reason.HasFlag(ShouldProcessReason.WhatIf))
        {
            WriteObject(plan);
        }
    }

    // A set that did not get to a destination is there; the error says where it is not.
    private void Emit(BackupSet set)
    {
        WriteObject(set);
        ForEach(set.Copies, _ => set, copy => copy.Require());
    }

    // The set is emitted before the error of a test that failed: it is there, and says itself what it is worth.
    private void BackUpAndPrune(BackupRequest request)
    {
        var made = Run((engine, cancellation) => engine.BackUpAndPruneAsync(request, cancellation));
        if (made.Pruned is { } pruned) WriteVerbose(pruned.Summary);
        Emit(made.Backup);
        if (made.Test is { Status: CheckStatus.Failed })
            throw new BackupCorruptException(made.Backup.BackupFile, $"The backup {made.Backup.Id} did not pass its test.",
                $"Look at the checks: Test-PostryBackup -Id {made.Backup.Id}. Nothing was pruned.");
    }

    /// <summary>Runs what determines the database. An error there is a failed backup.</summary>
    private protected T Choose<T>(string? database, Func<T> choose)
    {
        try
        {
            return choose();
        }
        catch (OpsException e) when (IsAttempt)
        {
            Run((engine, _) =>
            {
                engine.RecordFailedChoice(database, e);
                return Task.FromResult(true);
            });
            throw;
        }
    }

    // A scheduled backup that fails must leave its trace, and a plan that was only asked for must not.
    private bool IsAttempt => !new Consent(this, force: false).IsWhatIf;

    /// <summary>
    /// Returns the selection of runtime files: each list that is given replaces the configured one. Null if none is given.
    /// </summary>
    private protected RuntimeSelection? RuntimeFiles(string[]? include, string[]? exclude, string[]? required) =>
        include is null && exclude is null && required is null
            ? null
            : Settings.Runtime with
            {
                Include = include is null ? Settings.Runtime.Include : [.. include.Select(BelowRoot)],
                Exclude = exclude is null ? Settings.Runtime.Exclude : [.. exclude.Select(BelowRoot)],
                Required = required is null ? Settings.Runtime.Required : [.. required.Select(BelowRoot)],
            };

    // Get-ChildItem gives full paths, but patterns start from the repo root.
    private string BelowRoot(string pattern) => Path.IsPathFullyQualified(pattern) ? Path.GetRelativePath(Settings.RepoRoot, pattern)
        : pattern;
}
