using System.Text.Json;
using static System.FormattableString;

namespace Postry.Ops.Engine.Model;

/// <summary>The signed document beside a backup that keeps it from every policy and every removal. docs/retention.md has its
/// rules.</summary>
/// <param name="Format">Name and version of the format.</param>
/// <param name="File">Name of the backup's file or folder, so that the pin of one backup never passes for that of another.</param>
/// <param name="PinnedAt">The time of the command, in UTC.</param>
/// <param name="By">User and host of the command.</param>
/// <param name="Until">The end of the pin, in UTC; null for one without an end.</param>
/// <param name="Note">The reason why the backup is kept, or null.</param>
internal sealed record BackupPin(string Format, string File, DateTime PinnedAt, string By, DateTime? Until, string? Note)
{
    /// <summary>The only format that this version writes and reads.</summary>
    public const string CurrentFormat = "postry-pin/1";

    /// <summary>The kind of document that is signed.</summary>
    public const string Domain = "pin";

    /// <summary>The longest note, in characters.</summary>
    public const int LongestNote = 1000;

    /// <summary>The pin as indented JSON without a signature.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, EngineJson.Readable.BackupPin);
}

/// <summary>The request of a command: a pin, or that there is none.</summary>
public sealed record PinRequest
{
    /// <summary>The backup.</summary>
    public required BackupSelector Backup { get; init; }

    /// <summary>False to remove the pin.</summary>
    public bool Pinned { get; init; } = true;

    /// <summary>The end of the pin, in UTC; null for one without an end.</summary>
    public DateTime? Until { get; init; }

    /// <summary>The reason why the backup is kept, or null.</summary>
    public string? Note { get; init; }
}

/// <summary>A pin that would be set or removed.</summary>
/// <param name="Backup">The backup as it is now.</param>
/// <param name="Request">The request.</param>
/// <param name="Summary">The text of the question.</param>
public sealed record PinPlan(BackupSet Backup, PinRequest Request, string Summary)
{
    /// <inheritdoc/>
    public override string ToString() => Summary;
}

/// <summary>Pins in words, for lists, reasons and errors.</summary>
public static class PinText
{
    /// <summary>The pin of a backup on a line, such as "pinned until 2027-01-01: before the migration"; null where it has none that
    /// counts.</summary>
    public static string? Of(BackupSet set) => set switch
    {
        { Pinned: false } => null,
        { PinProblem: { } problem } => $"pinned, though the pin cannot be trusted: {problem.TrimEnd('.')}",
        _ => Line(set.PinnedUntil, set.PinNote),
    };

    /// <summary>The pin of a backup in two or three words, for a table; null where it has none that counts.</summary>
    public static string? Short(BackupSet set) => set switch
    {
        { Pinned: false } => null,
        { PinProblem: not null } => "pinned, not trusted",
        _ => Line(set.PinnedUntil, note: null),
    };

    /// <summary>A pin on a line.</summary>
    internal static string Line(DateTime? until, string? note) =>
        $"pinned{(until is { } end ? $" until {Day(end)}" : "")}{(note is null ? "" : $": {note}")}";

    private static string Day(DateTime time) =>
        time.TimeOfDay == TimeSpan.Zero ? Invariant($"{time:yyyy-MM-dd}") : Invariant($"{time:yyyy-MM-dd HH:mm} UTC");
}
