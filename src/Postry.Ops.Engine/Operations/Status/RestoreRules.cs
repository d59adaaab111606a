using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Status;

/// <summary>The rule on restores that leave the live database in doubt.</summary>
internal static class RestoreRules
{
    /// <summary>A restore awaits a verdict, or was interrupted.</summary>
    public static IEnumerable<StatusReason> Pending(RecoveryCase status) => status.Database.Pending.Select(record =>
    {
        var (restore, id) = ($"The restore {record.RestoreId} of {record.Target}", $"{OptionName.RestoreId} {record.RestoreId}");
        return record.Status == RestoreStatus.AwaitingVerdict
            ? new StatusReason(RecoveryState.Critical, Unknown: false, $"{restore} needs your decision.",
                $"Confirm it with {CommandName.CompleteRestore} {id}, or undo it with {CommandName.UndoRestore} {id}")
            : new StatusReason(RecoveryState.Critical, Unknown: false, $"{restore} was interrupted.", $"{CommandName.UndoRestore} {id}");
    });
}
