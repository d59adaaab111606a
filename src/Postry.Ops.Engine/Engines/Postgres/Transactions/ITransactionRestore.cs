using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>Restores one kind of archive in an open transaction. It knows in which other ways that can be tried.</summary>
internal interface ITransactionRestore
{
    /// <summary>Process id of the program that reads the archive, or 0.</summary>
    int ProcessId => 0;

    /// <summary>Stages the archive, with an attempt for each way of restoring it until one succeeds. Errors: those of the
    /// attempts.</summary>
    /// <param name="attempt">Stages it in a transaction of its own.</param>
    /// <param name="cancellation">Stops it.</param>
    Task<IReadOnlyList<Check>> StageAsync(Func<RestoreIntoTransaction, Task<IReadOnlyList<Check>>> attempt,
        CancellationToken cancellation);
}

/// <summary>One way to restore an archive into a transaction from which the old contents have been removed.</summary>
/// <param name="transaction">The transaction.</param>
/// <param name="existing">The objects that stay.</param>
internal delegate Task<RestoreOutcome> RestoreIntoTransaction(PsqlTransaction transaction, Existing existing);
