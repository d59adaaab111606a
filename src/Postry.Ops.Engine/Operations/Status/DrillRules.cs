using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Status;

/// <summary>The rules on the restore drills of a database, and on the evidence of them.</summary>
internal static class DrillRules
{
    /// <summary>The newest drill, or the newest test of which there is evidence, did not pass.</summary>
    public static IEnumerable<StatusReason> Outcome(RecoveryCase status)
    {
        foreach (var kind in Enum.GetValues<EvidenceKind>())
        {
            // A drill that passed later has proven more than the test.
            if (status.NewestEvidence(kind) is not { Status: not DrillStatus.Passed } drill
                || (kind == EvidenceKind.Test && status.PassedDrill?.StartedAt > drill.StartedAt))
                continue;
            var name = kind == EvidenceKind.Drill ? "restore drill" : "test";
            var end = drill.Status switch
            {
                DrillStatus.Failed => "failed",
                DrillStatus.Interrupted => "was interrupted",
                _ => "proved nothing",
            };
            yield return new StatusReason(drill.Status == DrillStatus.Failed ? RecoveryState.Critical : RecoveryState.Warning,
                Unknown: false,
                Invariant($"The newest {name} {drill.DrillId} of {drill.StartedAt:yyyy-MM-dd HH:mm:ss} UTC {end}. ") +
                    string.Join(' ', drill.Deviations.Append(drill.EvidenceDetail)).TrimEnd(),
                status.DrillCommand);
        }
    }

    /// <summary>Evidence was changed after it was signed.</summary>
    public static IEnumerable<StatusReason> Changed(RecoveryCase status)
    {
        var changed = status.Database.Evidence.SelectMany(ChangedFiles).Concat(status.Root.ChangedEvidence).ToList();
        if (changed.Count > 0)
            yield return new StatusReason(RecoveryState.Critical, Unknown: false,
                $"Evidence was changed or removed after it was signed, and proves nothing: {string.Join(", ", changed)}.",
                "Find out who changed it, and bring the file back from a copy, or move it away.");
    }

    /// <summary>The parts of evidence that are not as they were signed, the file itself and notes on it, by their paths.</summary>
    public static IEnumerable<string> ChangedFiles(RestoreDrill drill)
    {
        var name = drill.EvidenceFile ?? drill.DrillId;
        if (drill.Evidence == CheckStatus.Failed) yield return name;
        foreach (var number in drill.ChangedNotes) yield return Invariant($"note {number} on {name}");
    }

    /// <summary>No drill has passed, or the next one is overdue.</summary>
    public static IEnumerable<StatusReason> Due(RecoveryCase status)
    {
        if (status.PassedDrill is null)
        {
            var isUnknown = !status.Root.HasKey && status.Database.Evidence.Count > 0;
            yield return new StatusReason(RecoveryState.Warning, isUnknown,
                isUnknown ? "Whether a restore drill has passed is not known, because there is no key to check its evidence with."
                    : "No restore drill of the database has passed yet: whether and how fast it comes back is not known.",
                status.DrillCommand);
        }
        else if (status.DrillDaysOverdue > 0)
        {
            yield return new StatusReason(RecoveryState.Warning, Unknown: false,
                Invariant($"The next restore drill was due on {status.NextDrillDue:yyyy-MM-dd}, {status.DrillDaysOverdue} ") +
                $"{(status.DrillDaysOverdue == 1 ? "day" : "days")} ago.", status.DrillCommand);
        }
    }

    /// <summary>The newest drill that passed took too long.</summary>
    public static IEnumerable<StatusReason> Time(RecoveryCase status)
    {
        if (status.Rto is { Status: ObjectiveStatus.Missed, Realised: { } time })
            yield return new StatusReason(RecoveryState.Warning, Unknown: false,
                $"The restore drill {status.PassedDrill!.DrillId} took {Durations.InWords(time)}, and " +
                $"{Durations.Write(status.Objectives.Rto)} are allowed.", status.DrillCommand);
    }
}
