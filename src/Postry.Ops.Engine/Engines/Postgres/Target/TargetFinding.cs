using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>A finding of a check of a target: a note for the operator, or a problem.</summary>
/// <param name="Note">The sentence for the operator; null for a problem.</param>
/// <param name="Problem">The obstacle as the error that a restore would raise; null for a note.</param>
/// <param name="Strategies">The strategies that the problem stands in the way of; empty for all of them.</param>
internal sealed record TargetFinding(string? Note, OpsException? Problem, IReadOnlyList<RestoreStrategy> Strategies)
{
    /// <summary>A note for the operator.</summary>
    public static TargetFinding Noted(string note) => new(note, null, []);

    /// <summary>An obstacle to some strategies, or to every restore if none is named.</summary>
    public static TargetFinding Against(OpsException problem, params RestoreStrategy[] strategies) => new(null, problem, strategies);
}
