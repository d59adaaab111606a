using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>A restore that is one transaction on the live database, open between stage and swap.</summary>
internal interface ITransactionStrategy : IAsyncDisposable
{
    /// <summary>Does all but the commit, and checks the contents inside the transaction.</summary>
    Task<IReadOnlyList<Check>> StageAsync(Incoming incoming, SwapLog log, CancellationToken cancellation);

    /// <summary>The outcome of restoring the archive.</summary>
    RestoreOutcome Outcome { get; }

    /// <summary>Makes the step <see cref="JournalStep.Swapping"/> durable, then commits.</summary>
    Task<SwapResult> CommitAsync(SwapLog log, CancellationToken cancellation);
}
