using Npgsql;
using Postry.Ops.Engine.Databases;

namespace Postry.Ops.Engine.Postgres;

/// <summary>The last net under the engine's operations: whatever a server or its driver says is an error of the engine, and never taken for a defect.</summary>
internal static class ServerWord
{
    /// <summary>Runs an operation on a worker. Errors: its own, and those of <see cref="ServerErrors"/> for what nobody below has explained.</summary>
    /// <param name="operation">For errors.</param>
    /// <param name="target">For errors; null where only the operation knows it.</param>
    /// <param name="work">The operation.</param>
    /// <param name="cancellation">Stops it.</param>
    public static Task<T> RunAsync<T>(string operation, DatabaseAddress? target, Func<Task<T>> work, CancellationToken cancellation) => Task.Run(
        async () =>
        {
            try
            {
                return await work().ConfigureAwait(false);
            }
            catch (Exception e) when (e is NpgsqlException or InvalidOperationException { Source: "Npgsql" })
            {
                cancellation.ThrowIfCancellationRequested();
                throw PostgresErrors.Explain(e, operation, target?.Name ?? "the database", (target as PostgresAddress)?.Password) ?? (Exception)e;
            }
        },
        cancellation);
}
