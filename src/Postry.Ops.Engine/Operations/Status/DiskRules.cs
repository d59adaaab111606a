using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Status;

/// <summary>The rules on the disk that holds the backups.</summary>
internal static class DiskRules
{
    private const int SoonFullDays = 7;

    /// <summary>The disk against the limits; null where it cannot be measured.</summary>
    public static StatusDisk? Measure(RecoveryCase status) => status.Root.Disk is not { } disk ? null
        : new StatusDisk(disk.Folder, disk.TotalBytes, disk.FreeBytes, disk.UsedPercent,
            status.Objectives.Disk.WarnUsed, status.Objectives.Disk.CriticalUsed,
            100 - disk.UsedPercent >= status.Objectives.Disk.MinimumFree ? ObjectiveStatus.Met : ObjectiveStatus.Missed,
            status.Root.DaysUntilFull);

    /// <summary>Too much of the disk is in use.</summary>
    public static IEnumerable<StatusReason> Used(RecoveryCase status)
    {
        if (status.Root.Disk is not { } disk)
        {
            yield return new StatusReason(RecoveryState.Warning, Unknown: true, "How full the disk with the backups is, is not known.",
                $"Check that this user can read the folder, or name another {OptionName.BackupRoot}.");
            yield break;
        }

        var limits = status.Objectives.Disk;
        if (disk.UsedPercent < limits.WarnUsed) yield break;
        yield return new StatusReason(disk.UsedPercent >= limits.CriticalUsed ? RecoveryState.Critical : RecoveryState.Warning,
            Unknown: false,
            Invariant($"The disk with the backups ({disk.Folder}) is {disk.UsedPercent:0.#}% full: {disk.FreeBytes:N0} bytes are free."),
            RemoveCommand);
    }

    /// <summary>Less of the disk is free than postry.json asks for. A disk that is too full has its reason already.</summary>
    public static IEnumerable<StatusReason> Free(RecoveryCase status)
    {
        var limits = status.Objectives.Disk;
        if (status.Root.Disk is { } disk && disk.UsedPercent < limits.WarnUsed && 100 - disk.UsedPercent < limits.MinimumFree)
            yield return new StatusReason(RecoveryState.Warning, Unknown: false,
                Invariant($"Of the disk with the backups ({disk.Folder}), {100 - disk.UsedPercent:0.#}% is free, and ") +
                Invariant($"{limits.MinimumFree}% is wanted."),
                $"{RemoveCommand} Or lower objectives.disk.minimumFree in {OpsSettings.ConfigurationFileName}.");
    }

    /// <summary>The disk will soon be full.</summary>
    public static IEnumerable<StatusReason> Growth(RecoveryCase status)
    {
        if (status.Root.DaysUntilFull is { } days and < SoonFullDays)
            yield return new StatusReason(RecoveryState.Warning, Unknown: false,
                Invariant($"The disk with the backups will be full in {days:0.#} days, if no backup is removed."), RemoveCommand);
    }

    private static string RemoveCommand =>
        $"Free space there: {CommandName.RemoveBackup}, or {CommandName.RemovePreviousCopy}.";
}
