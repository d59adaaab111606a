using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>
/// The comparison of a set with the newest good one of its database at the time when the set was made; signed with the set.
/// </summary>
/// <param name="ComparedWith">Id of the set that it was compared with.</param>
/// <param name="ComparedSnapshotAt">The moment of that set, in UTC.</param>
/// <param name="Doubts">The reasons to suspect a loss, one sentence each; empty if there are none.</param>
/// <param name="MissingTables">Tables that held rows there and are not in this set, by name.</param>
/// <param name="Accepted">True if the operator said beforehand that the set may be smaller (-AcceptSmaller).</param>
public sealed record Plausibility(
    string ComparedWith, DateTime ComparedSnapshotAt, IReadOnlyList<string> Doubts, IReadOnlyList<string> MissingTables, bool Accepted)
{
    /// <inheritdoc cref="Plausibility"/>
    public IReadOnlyList<string> Doubts { get; init => field = Indexable.Of(value); } = Indexable.Of(Doubts);

    /// <inheritdoc cref="Plausibility"/>
    public IReadOnlyList<string> MissingTables { get; init => field = Indexable.Of(value); } = Indexable.Of(MissingTables);

    private const int MostNames = 5;

    /// <summary>True where nobody has accepted the doubts: such a set is never chosen without being named.</summary>
    [JsonIgnore]
    public bool IsSuspicious => Doubts.Count > 0 && !Accepted;

    /// <summary>The missing tables for a reader, the first few by name.</summary>
    internal string MissingNames => Names(MissingTables);

    /// <summary>The first few of a list of names.</summary>
    internal static string Names(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(MostNames)) + (names.Count > MostNames ? ", ..." : "");

    /// <summary>The doubts as a check of the set, which only an operator can accept or reject.</summary>
    internal Check ToCheck() => new("Plausibility", CheckStatus.Inconclusive, $"about what {ComparedWith} holds", "much less", ToString());

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', Doubts.Append(
        FormattableString.Invariant($"It was compared with {ComparedWith} of {ComparedSnapshotAt:yyyy-MM-dd HH:mm:ss} UTC.")));
}
