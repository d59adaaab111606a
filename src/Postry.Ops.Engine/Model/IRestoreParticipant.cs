namespace Postry.Ops.Engine.Model;

/// <summary>
/// A part of what a restore or an undo replaces: the database, the runtime files. Every part is prepared beside what is live and checked
/// before the commit point (<see cref="IRestorable.SwapAsync"/>). After that it is only finished, by the process itself or by the
/// command that recovers from a crash: rolling forward or back may be repeated.
/// </summary>
internal interface IRestoreParticipant
{
    /// <summary>True where the part is staged only after the command before the swap, which may still change what is live of it.</summary>
    bool StagesAfterCommand => false;

    /// <summary>
    /// Checks the stored bytes once more, and makes the target ready for a stage (read-only, where that was asked for). The contents of the
    /// target do not change; wrong bytes are a failed check.
    /// </summary>
    Task<IReadOnlyList<Check>> PrepareAsync(RestorePlan plan, LoadedBackup backup, SwapLog log, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<Check>>([]);

    /// <summary>True where a restore would leave no copy of what it replaces, so that a backup of that must come first: an undo restores
    /// it.</summary>
    bool NeedsSafetyBackup(RestorePlan plan) => false;

    /// <summary>Prepares what goes live and checks all of it; a wrong backup is a failed check. Nothing live changes.</summary>
    Task<StagedPart> StageAsync(RestorePlan plan, LoadedBackup backup, SwapLog log, CancellationToken cancellation);

    /// <summary>Prepares what an undo brings back beside the database. Returns what has to be left out, in words.</summary>
    IReadOnlyList<string> StageBack(RestoreRecord record, SwapLog log) => [];

    /// <summary>Right after the commit point: makes live what the swap itself did not. Returns what could not be done, in words.</summary>
    IReadOnlyList<string> Follow(RestoreJournal journal) => [];

    /// <summary>Checks that <see cref="Follow"/> has made everything live; null if it had nothing to do.</summary>
    Check? CheckFollowed(RestoreJournal journal, IReadOnlyList<string> problems) => null;

    /// <summary>Removes the preparations: the commit point was not reached.</summary>
    Task RollBackAsync(RestoreJournal journal, CancellationToken cancellation);

    /// <summary>Finishes what belongs to a swap that took place. Returns what could not be done, in words.</summary>
    Task<IReadOnlyList<string>> RollForwardAsync(RestoreJournal journal, CancellationToken cancellation);

    /// <summary>Removes what is staged and will not go live any more; what was kept stays.</summary>
    void DiscardStage(RestoreJournal journal) { }

    /// <summary>The record with what the part kept of what the swap replaced.</summary>
    RestoreRecord Restored(RestoreRecord record, RestoreJournal journal) => record;

    /// <summary>The record with what the part kept of what an undo replaced.</summary>
    RestoreRecord Undone(RestoreRecord record, RestoreJournal journal) => record;
}

/// <summary>A part that is ready to go live.</summary>
/// <param name="Checks">The checks that were made.</param>
/// <param name="Runtime">The outcome of the runtime files for the record; null for another part, or if none are restored.</param>
internal sealed record StagedPart(IReadOnlyList<Check> Checks, RuntimeOutcome? Runtime = null);
