using Postry.Ops.Engine.Engines.Postgres.Transactions;

namespace Postry.Ops.Engine.Engines.Postgres.Swap;

/// <summary>Restores one kind of archive into the database of a stage, which is empty at first.</summary>
internal interface IStageRestore
{
    /// <summary>Restores the archive, and again in another way where the first fails. Errors: those of the programs.</summary>
    Task<RestoreOutcome> RunAsync(CancellationToken cancellation);
}
