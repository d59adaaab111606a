using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Backups;

/// <summary>The history as it was read.</summary>
/// <param name="Entries">The entries, oldest first.</param>
/// <param name="Unreadable">The number of lines that cannot be read.</param>
/// <param name="IsTorn">True where the last line has no end, because its process was killed.</param>
internal sealed record HistoryReading(IReadOnlyList<HistoryEntry> Entries, int Unreadable, bool IsTorn)
{
    /// <summary>True where the entries are all of the history; false where older ones were left out.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>The places of the lines whose operation is not known: they cannot be read, or no key here has signed them.</summary>
    public IReadOnlyList<int> Untold { get; init; } = [];

    /// <summary>The damage, in the order of the lines.</summary>
    public IReadOnlyList<HistoryProblem> Problems { get; init; } = [];

    /// <summary>A history without a line.</summary>
    public static readonly HistoryReading Empty = new([], 0, false);
}
