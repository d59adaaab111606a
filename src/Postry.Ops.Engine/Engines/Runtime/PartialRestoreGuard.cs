using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>
/// Tells whether the runtime files of a repo root are half old and half new, because a restore or an undo is in the middle of replacing
/// them, or died there. A backup of such files would prove nothing. Files that were all replaced, and only await their verdict, can be
/// backed up.
/// </summary>
/// <param name="settings">The folder with the records of restores.</param>
/// <param name="root">Full path of the repo root, links resolved.</param>
internal sealed class PartialRestoreGuard(OpsSettings settings, string root)
{
    /// <summary>Returns the reason why the files cannot be backed up now, or null.</summary>
    /// <param name="source">The target of the database that is backed up with the files, whose journal may name a restore from another
    /// backup root; null if it has none of its own.</param>
    public OpsException? FindObstacle(RestoreTarget? source)
    {
        foreach (var target in Targets(source))
        {
            if (JournalAt(target) is not { Step: >= JournalStep.Swapping, Runtime: { } files } journal || files.Root != root
                || !files.Steps.Any(IsLeft))
                continue;
            return target.Busy() as OpsException ?? new TargetPendingException(root,
                $"The {journal.Kind.ToString().ToLowerInvariant()} {journal.RestoreId} of {journal.TargetName} was interrupted before it " +
                    $"replaced all of the runtime files of {root}: some may be old, some new.",
                (journal.Kind == JournalKind.Undo ? "Finish it first: "
                    : $"Complete or undo it first: {CommandName.CompleteRestore} {OptionName.RestoreId} {journal.RestoreId}, or ") +
                $"{CommandName.UndoRestore} {OptionName.RestoreId} {journal.RestoreId}. A database can be backed up alone, with " +
                    $"{OptionName.NoRuntime}.");
        }

        return null;
    }

    /// <summary>Returns the reason why files that were read since a moment may be half old and half new, or null.</summary>
    public OpsException? FindObstacleSince(DateTime start, RestoreTarget? source) => FindObstacle(source)
        ?? (new RestoreRecords(settings).All().FirstOrDefault(record => record.Runtime?.Root == root
            && (record.SwappedAt >= start || (record.Status == RestoreStatus.Undone && record.EndedAt >= start))) is { } record
            ? new DatabaseBusyException(root,
                $"The runtime files of {root} were replaced by the restore {record.RestoreId}, or by its undo, while they were being " +
                $"backed up.", "Back up again.")
            : null);

    private IEnumerable<RestoreTarget> Targets(RestoreTarget? source) =>
        new RestoreRecords(settings).All().Where(record => record.Runtime?.Root == root)
        .Select(record => RestoreTarget.Of(record, settings.BackupRoot)).Append(source ?? RestoreTarget.OfRuntime(root))
            .Append(RestoreTarget.OfRuntime(root)).DistinctBy(target => target.JournalFile);

    private static RestoreJournal? JournalAt(RestoreTarget target)
    {
        try
        {
            return RestoreJournal.Read(target);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new AccessDeniedException(target.Name,
                $"A restore of {target.Name} is running or was interrupted, and its journal cannot be read: {e.Message}",
                "Run as the user who restored it.", e);
        }
    }

    private bool IsLeft(RuntimeStep step)
    {
        if (step.Stage is { } stage) return FileFacts.Of(stage).Kind != FileKind.Missing;
        return LiveState.Of(Path.Combine(root, step.Path)) is { } live && live == step.Live;
    }
}
