using System.Diagnostics;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Drills;

/// <summary>The evidence of a drill while it runs: every step is on record before the next begins.</summary>
internal sealed class DrillLog(EvidenceRun run, RestoreDrill drill, IOperationObserver observer, CancellationToken cancellation)
{
    private static readonly string[] Names =
        [DrillSteps.Backup, DrillSteps.CheckBackup, DrillSteps.SetUp, DrillSteps.Lose, DrillSteps.Restore, DrillSteps.Verify,
            DrillSteps.Smoke, DrillSteps.CleanUp];

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private bool _ended;

    /// <summary>The evidence so far.</summary>
    public RestoreDrill Drill { get; private set; } = drill;

    /// <summary>The place of the restores; null until it is open. Errors there are judged by what the place may do.</summary>
    public TrialTarget? Trial { get; set; }

    /// <summary>An error that no step expects; null if there was none.</summary>
    public Exception? Defect { get; private set; }

    /// <summary>True once a step was stopped by the operator.</summary>
    public bool IsInterrupted { get; private set; }

    /// <summary>Adds to the evidence.</summary>
    public void Add(Func<RestoreDrill, RestoreDrill> change) => Drill = change(Drill);

    /// <summary>
    /// Makes a step. Returns false where it failed or was interrupted, so that the next steps are not made. Raises nothing: the
    /// evidence has the error.
    /// </summary>
    /// <param name="name">The name of the step.</param>
    /// <param name="work">The work; returns the outcome with a sentence about it.</param>
    /// <param name="isCleaning">True for work that is done in any case, also where no evidence can be written any more.</param>
    public async Task<bool> StepAsync(string name, Func<Task<(CheckStatus Status, string? Detail)>> work, bool isCleaning = false)
    {
        var (startedAt, clock) = (DateTime.UtcNow, Stopwatch.StartNew());
        _ended = false;
        var (status, detail) = await JudgedAsync(isCleaning, () =>
        {
            Begin(new DrillStep(name, CheckStatus.Inconclusive, startedAt, TimeSpan.Zero, "began and did not end"), isCleaning);
            observer.Progress(new OperationProgress("", name, Drill.Steps.Count, Names.Length));
            if (!isCleaning) cancellation.ThrowIfCancellationRequested();
            return work();
        });
        Drill = With(new DrillStep(name, status, startedAt, clock.Elapsed, detail));
        return status != CheckStatus.Failed && !_ended;
    }

    /// <summary>The evidence as it is signed: with the steps that were not made, the verdict, and the deviations.</summary>
    public RestoreDrill Conclude()
    {
        var done = Drill.Steps.Select(step => step.Name).ToHashSet();
        var missed = Names.Where(name => !done.Contains(name))
            .Select(name => new DrillStep(name, CheckStatus.Skipped, DateTime.UtcNow, TimeSpan.Zero, "not made"));
        return DrillVerdict.Of(Drill with
        {
            Steps = [.. Drill.Steps.Concat(missed).OrderBy(step => Array.IndexOf(Names, step.Name))],
            EndedAt = DateTime.UtcNow,
            Duration = _clock.Elapsed,
        }, IsInterrupted);
    }

    // A process that dies in a step leaves the name of the step.
    private void Begin(DrillStep step, bool isCleaning)
    {
        try
        {
            run.Note(With(step));
        }
        catch (OpsException) when (isCleaning)
        {
            // Writing the evidence itself fails for the same reason, and says so.
        }
    }

    private RestoreDrill With(DrillStep step) => Drill with { Steps = [.. Drill.Steps, step] };

    private async Task<(CheckStatus Status, string? Detail)> JudgedAsync(bool isCleaning,
        Func<Task<(CheckStatus Status, string? Detail)>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception) when (cancellation.IsCancellationRequested && !isCleaning)
        {
            // Programs and sessions that are stopped say so in other ways, too.
            IsInterrupted = _ended = true;
            return (CheckStatus.Inconclusive, "interrupted");
        }
        catch (Exception e)
        {
            _ended = true;
            var explained = OperationNet.Explain(e, Trial?.Address);
            if (explained is not OpsException known)
            {
                Defect ??= e;
                return (CheckStatus.Failed, $"{e.GetType().Name}: {e.Message}");
            }

            // An error that the machine or the server of the drill causes says nothing of the backup.
            var status = Trial is not null && TrialVerdict.Of(known, Trial, TimeSpan.Zero) is { } verdict ? verdict.Status
                : known is TrialNotPossibleException or ToolMissingException or ToolTooOldException or NotEnoughSpaceException
                    ? CheckStatus.Inconclusive : CheckStatus.Failed;
            return (status, $"{known.ErrorId}: {Sentence.End(known.Message)} {known.Hint}".TrimEnd());
        }
    }
}

/// <summary>The names of the steps of a drill.</summary>
internal static class DrillSteps
{
    public const string Backup = "Backup";
    public const string CheckBackup = "Check the backup";
    public const string SetUp = "Set up the test database";
    public const string Lose = "Lose the data";
    public const string Restore = "Restore";
    public const string Verify = "Verify the restored data";
    public const string Smoke = "Smoke checks of the data";
    public const string CleanUp = "Clean up";
}
