using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Status;

/// <summary>The rules on restores that leave the live database in doubt.</summary>
internal static class RestoreRules
{
    /// <summary>A restore awaits a verdict, or was interrupted.</summary>
    public static IEnumerable<StatusReason> Pending(RecoveryCase status) =>
        status.Database.Pending.Concat(status.Root.Pending).Select(Reason);

    /// <summary>A record cannot be read, so that a restore may await a verdict.</summary>
    public static IEnumerable<StatusReason> Unreadable(RecoveryCase status)
    {
        if (status.Root.UnreadableRecords is [var first, ..] all)
            yield return new StatusReason(RecoveryState.Warning, Unknown: true,
                Invariant($"{all.Count} of the records of restores cannot be read, among them {first}: a restore may await a verdict."),
                "Make the file readable for this user, or bring it back from a copy.");
    }

    private static StatusReason Reason(RestoreRecord record)
    {
        var (restore, id) = ($"The restore {record.RestoreId} of {record.Target}", $"{OptionName.RestoreId} {record.RestoreId}");
        return record.Status == RestoreStatus.AwaitingVerdict
            ? new StatusReason(RecoveryState.Critical, Unknown: false, $"{restore} needs your decision.",
                $"Confirm it with {CommandName.CompleteRestore} {id}, or undo it with {CommandName.UndoRestore} {id}")
            : new StatusReason(RecoveryState.Critical, Unknown: false, $"{restore} was interrupted.", $"{CommandName.UndoRestore} {id}");
    }
}
