namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>One question about a target before a restore. A check changes nothing, and does not depend on what others have found.</summary>
internal interface ITargetCheck
{
    /// <summary>True where there is something to look at.</summary>
    bool Applies(TargetContext target) => target.HasBackup;

    /// <summary>Yields the obstacles to a restore, and notes for the operator. Errors: those of the connection.</summary>
    IAsyncEnumerable<TargetFinding> RunAsync(TargetContext target, CancellationToken cancellation);
}
