using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Model;

/// <summary>
/// The target of restores. Its swap is the commit point of the two-phase commit that a restore is: before it every
/// <see cref="IRestoreParticipant"/> has been staged, and after it all of them are only finished. After a crash it tells on which side of
/// the swap it is.
/// </summary>
internal interface IRestorable : IAddressable
{
    /// <summary>Itself as a database that comparisons can read; null for runtime files.</summary>
    ILiveDatabase? Live { get; }

    /// <summary>Itself as a part that is staged; null where nothing of the target is but the runtime files, which every restore
    /// stages.</summary>
    IRestoreParticipant? Part { get; }

    /// <summary>True where there is something at the address.</summary>
    Task<bool> ExistsAsync(CancellationToken cancellation);

    /// <summary>Surveys the target for a plan, with all obstacles to a restore. The method only reads.</summary>
    Task<TargetFacts> InspectAsync(RestoreRequest request, LoadedBackup backup, RestoreTarget target, CancellationToken cancellation);

    /// <summary>Takes the lock of the target's one writer. Errors: DatabaseBusy, SourceNotFound.</summary>
    Task<IAsyncDisposable> LockAsync(RestoreTarget target, CancellationToken cancellation);

    /// <summary>Names the stage and the kept copy of a restore or an undo, before its journal is written.</summary>
    RestoreJournal AllocateNames(RestoreJournal journal, RestoreRecord record);

    /// <summary>The address at which what is staged can be read before the swap; null where no other session can see it.</summary>
    DatabaseAddress? StagedAddress(RestoreJournal journal);

    /// <summary>Makes what is staged live, keeping what it replaces. The one place where live data changes.</summary>
    Task<SwapResult> SwapAsync(RestorePlan plan, LoadedBackup backup, SwapLog log, CancellationToken cancellation);

    /// <summary>Returns the damage that the replaced database is known to have, in words; null where none is known. Errors: those of
    /// reading what was kept of it.</summary>
    /// <param name="plan">The plan, for which the database was read while it was live.</param>
    /// <param name="record">The restore, right after its swap.</param>
    /// <param name="cancellation">Stops the reading.</param>
    Task<string?> FindPreviousDamageAsync(RestorePlan plan, RestoreRecord record, CancellationToken cancellation);

    /// <summary>Returns the reason why a restore cannot be undone (its kept copy is gone, the disk is full), or null.</summary>
    Task<OpsException?> FindUndoObstacleAsync(RestoreRecord record, CancellationToken cancellation);

    /// <summary>Puts back the database from before a restore, and keeps the live one.</summary>
    /// <param name="record">The restore.</param>
    /// <param name="restored">The restored backup; null if it is gone.</param>
    /// <param name="safety">The backup that was made of the replaced contents; null if the restore kept a copy instead.</param>
    /// <param name="log">Receives the steps.</param>
    /// <param name="cancellation">Stops the undo before the swap.</param>
    Task<SwapResult> SwapBackAsync(RestoreRecord record, LoadedBackup? restored, LoadedBackup? safety, SwapLog log,
        CancellationToken cancellation);

    /// <summary>Finds after a crash on which side of the swap the live name is.</summary>
    Task<LiveSide> FindSideAsync(RestoreJournal journal, CancellationToken cancellation);

    /// <summary>Returns the strategy of an interrupted swap, as <see cref="SwapResult.Strategy"/> would name it.</summary>
    RestoreStrategy StrategyOf(RestoreJournal journal);

    /// <summary>Removes the remains of stages and half-written journals of the target. The caller must hold the target's lock.</summary>
    Task SweepAsync(RestoreTarget target, CancellationToken cancellation);

    /// <summary>Checks that the live database opens and is the one that was swapped in.</summary>
    Task<Check> CheckLiveAsync(BackupManifest manifest, CancellationToken cancellation);

    /// <summary>Compares what was restored, which nobody else uses, with the manifest and the artefact that it came from: all that can be
    /// compared.</summary>
    Task<IReadOnlyList<Check>> CheckRestoredAsync(LoadedBackup backup, CancellationToken cancellation);

    /// <summary>Removes a kept copy. Returns the bytes that became free.</summary>
    Task<long> RemoveCopyAsync(string copy, CancellationToken cancellation);

    /// <summary>Size of a kept copy in bytes; 0 where there is none.</summary>
    Task<long> SizeOfCopyAsync(string copy, CancellationToken cancellation);
}

/// <summary>The facts of a target for a plan.</summary>
internal sealed record TargetFacts
{
    public required bool Exists { get; init; }

    /// <summary>The size in bytes; 0 if there is no database.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bytes that the restore needs free where the target lies.</summary>
    public required long SpaceNeeded { get; init; }

    /// <summary>Bytes free there; null where that cannot be known.</summary>
    public required long? SpaceFree { get; init; }

    /// <summary>All that stands in the way.</summary>
    public IReadOnlyList<OpsException> Problems { get; init; } = [];

    /// <summary>Notes that the operator should read before agreeing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The strategy of the restore; null if only the swap itself finds out.</summary>
    public RestoreStrategy? Strategy { get; init; }

    /// <summary>The reason for the strategy.</summary>
    public string? StrategyReason { get; init; }
}

/// <summary>The result of a swap.</summary>
/// <param name="Strategy">The strategy that was used, never Auto.</param>
/// <param name="PreviousCopy">The copy of the previous database; null if there is none.</param>
/// <param name="PreviousBytes">The size of the copy in bytes.</param>
/// <param name="Unavailable">The time during which other sessions were locked out.</param>
internal sealed record SwapResult(RestoreStrategy Strategy, string? PreviousCopy, long? PreviousBytes, TimeSpan Unavailable)
{
    /// <summary>Objects of the backup that were left out, because they could not be made.</summary>
    public IReadOnlyList<BrokenObject> Broken { get; init; } = [];
}

/// <summary>The sides of a swap: which database the live name holds.</summary>
internal enum LiveSide
{
    Previous,
    Restored,
    Unknown,
}
