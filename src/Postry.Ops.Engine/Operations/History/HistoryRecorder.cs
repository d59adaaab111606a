using System.Diagnostics;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.History;

/// <summary>Runs an operation and writes how it ended into the history of the backup root.</summary>
/// <param name="settings">The backup root and the keys.</param>
/// <param name="observer">Receives the events of the operation.</param>
/// <param name="begun">The facts that are known before the operation ends.</param>
internal sealed class HistoryRecorder(OpsSettings settings, IOperationObserver observer, HistoryEntry begun) : IOperationObserver
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private HistoryEntry _known = begun;

    /// <inheritdoc/>
    public void Report(OperationEvent happened)
    {
        // A restore that fails has an id, too, which its error does not tell.
        if (RestoreOf(happened) is { } restore) _known = HistoryOutcomes.About(_known, restore);
        observer.Report(happened);
    }

    /// <summary>Notes the backup that the operation has found to be meant.</summary>
    public void IsAbout(BackupSet set) => _known = HistoryOutcomes.About(_known, set);

    /// <summary>Runs it. Errors: its own.</summary>
    /// <param name="target">The target, which explained errors name; or null.</param>
    /// <param name="work">The operation.</param>
    /// <param name="describe">Adds the result to what is known; null for a result that leaves no line.</param>
    public async Task<T> RunAsync<T>(DatabaseAddress? target, Func<Task<T>> work, Func<HistoryEntry, T, HistoryEntry?> describe)
    {
        T result;
        try
        {
            result = await work();
        }
        catch (Exception e)
        {
            Write(_known with { Result = HistoryResult.Failed, ErrorId = HistoryObserver.IdOf(OperationNet.Explain(e, target)) });
            throw;
        }

        Write(describe(_known, result));
        return result;
    }

    private void Write(HistoryEntry? entry)
    {
        if (entry is null) return;
        var end = HistoryObserver.EntryOf(entry.Operation, _clock.Elapsed);
        new HistoryLog(settings).TryAppend(entry with { At = end.At, Duration = end.Duration, By = end.By }, observer);
    }

    private static RestoreRecord? RestoreOf(OperationEvent happened) => happened switch
    {
        RestoreStaged staged => staged.Restore,
        RestoreCommitted committed => committed.Restore,
        RestoreAwaitingVerdict awaiting => awaiting.Restore,
        RestoreUndone undone => undone.Restore,
        RestoreFailed failed => failed.Restore,
        UndoFailed failed => failed.Restore,
        _ => null,
    };
}
