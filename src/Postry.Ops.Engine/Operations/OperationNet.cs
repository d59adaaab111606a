using System.Globalization;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations;

/// <summary>
/// The last net under the engine's operations. Whatever a server or its driver says is an error of the engine, and never taken for a
/// defect; and nothing that is written or said depends on the culture of the process, which inside PowerShell is the operator's.
/// </summary>
internal static class OperationNet
{
    /// <summary>
    /// Runs an operation on a thread of the pool, where no SynchronizationContext waits for its continuations: this is the one place that
    /// sees to that, so that nothing below needs ConfigureAwait. A caller that is there already stays there. Errors: its own, and those of
    /// <see cref="ServerErrors"/> for what nobody below has explained.
    /// </summary>
    /// <param name="operation">For errors.</param>
    /// <param name="target">For errors; null where only the operation knows it.</param>
    /// <param name="work">The operation.</param>
    /// <param name="cancellation">Stops it.</param>
    public static Task<T> RunAsync<T>(string operation, DatabaseAddress? target, Func<Task<T>> work, CancellationToken cancellation) =>
        Task.Run(
        async () =>
        {
            // The worker's culture flows with its tasks, and is not the caller's.
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            try
            {
                return await work();
            }
            catch (Exception e) when (e is NpgsqlException or InvalidOperationException { Source: "Npgsql" })
            {
                cancellation.ThrowIfCancellationRequested();
                throw PostgresErrors.Explain(e, operation, target?.Name ?? "the database", (target as PostgresAddress)?.Password)
                    ?? (Exception)e;
            }
        }, cancellation);
}
