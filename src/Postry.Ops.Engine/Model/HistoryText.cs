using static System.FormattableString;

namespace Postry.Ops.Engine.Model;

/// <summary>The words of the history, which both front ends show.</summary>
public static class HistoryText
{
    /// <summary>The name of the file with the newest lines.</summary>
    public const string File = "history.jsonl";

    // The words that say no more than that an operation succeeded.
    private static readonly string[] Plain = ["Complete", "Copied", "Passed", "Committed", "Undone"];

    /// <summary>The operation in a few words: its error, or its outcome with what it is about.</summary>
    public static string About(HistoryEntry entry)
    {
        string?[] words =
        [
            entry.Integrity == CheckStatus.Failed ? "[not as it was written]" : entry.KeyId is null ? "[not signed]" : null,
            entry.ErrorId ?? (entry.Result == HistoryResult.Succeeded && Plain.Contains(entry.Outcome) ? null : entry.Outcome),
            entry.Detail,
            entry.Job ?? entry.RestoreId ?? entry.DrillId ?? entry.BackupId,
            entry.Destination is { } destination ? $"to {destination}" : null,
        ];
        return string.Join(", ", words.OfType<string>());
    }

    /// <summary>The sentence about problems that are not shown one by one.</summary>
    public static string MoreProblems(int count) => Invariant($"{File} has {count} more lines that are not as they were written.");
}
