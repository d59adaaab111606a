using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>The runtime files of a restore, with a database or alone; a part that does nothing where none are restored.</summary>
internal sealed class RuntimeParticipant(OpsSettings settings, IOperationObserver observer) : IRestoreParticipant
{
    /// <inheritdoc/>
    // The command may edit an env file, which keeps its live values.
    public bool StagesAfterCommand => true;

    /// <inheritdoc/>
    public async Task<StagedPart> StageAsync(RestorePlan plan, LoadedBackup backup, SwapLog log, CancellationToken cancellation)
    {
        if (plan.Runtime is not { } runtime) return new StagedPart([]);
        var (checks, outcome) = await new RuntimeStage(settings, observer).StageAsync(runtime, log, cancellation);
        return new StagedPart(checks, outcome);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> StageBack(RestoreRecord record, SwapLog log) =>
        record.Runtime is { } runtime ? new RuntimeStage(settings, observer).StageBack(runtime, log) : [];

    /// <inheritdoc/>
    public IReadOnlyList<string> Follow(RestoreJournal journal) => journal.Runtime is { } runtime ? RuntimeSwap.Forward(runtime) : [];

    /// <inheritdoc/>
    public Check? CheckFollowed(RestoreJournal journal, IReadOnlyList<string> problems) => journal.Runtime switch
    {
        null => null,
        var runtime when problems.Count == 0 => RuntimeSwap.CheckLive(runtime),
        var runtime => new Check(RuntimeSwap.InPlaceCheck, CheckStatus.Failed, $"{runtime.Steps.Count} replaced",
            string.Join("; ", problems)),
    };

    /// <inheritdoc/>
    public Task RollBackAsync(RestoreJournal journal, CancellationToken cancellation)
    {
        if (journal.Runtime is { } runtime) RuntimeSwap.Discard(runtime);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> RollForwardAsync(RestoreJournal journal, CancellationToken cancellation) =>
        Task.FromResult(Follow(journal));

    /// <inheritdoc/>
    public void DiscardStage(RestoreJournal journal)
    {
        if (journal.Runtime is { } runtime) RuntimeSwap.DiscardStages(runtime);
    }

    /// <inheritdoc/>
    public RestoreRecord Restored(RestoreRecord record, RestoreJournal journal)
    {
        record = record with { Runtime = PreviousFiles.Found(record.Runtime, journal.Runtime) };
        // The kept folder is the previous copy if only runtime files were restored, even if a file was to be kept only at the last moment.
        return record is { Mode: DatabaseMode.Runtime, PreviousCopy: null, Runtime.KeptFolder: { } kept }
            ? record with { PreviousCopy = kept, PreviousCopyBytes = PreviousFiles.SizeOf(kept) } : record;
    }

    /// <inheritdoc/>
    public RestoreRecord Undone(RestoreRecord record, RestoreJournal journal) =>
        record.Runtime is not { } runtime || journal.Runtime is not { } files ? record
            : record with { Runtime = runtime with { UndoneFolder = PreviousFiles.SizeOf(files.Kept) > 0 ? files.Kept : null } };

    /// <summary>
    /// Names the runtime files of a restore that an undo could not put back, as a sentence with a space before it; empty if all are back.
    /// </summary>
    public static string NotPutBack(RestoreRecord record) => record.Runtime is { NotPutBack: { Count: > 0 } files }
        ? $" Runtime files that could not be put back: {string.Join("; ", files.Select(file => file.TrimEnd('.')))}; what was there " +
            $"before is in {record.Runtime.KeptFolder}." : "";
}
