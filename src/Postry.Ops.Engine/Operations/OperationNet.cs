using System.Globalization;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations;

/// <summary>
/// The outermost frame of the engine's operations. An error of a server or its driver, and a full disk, become errors of the engine, and
/// are never reported as a defect; and no text depends on the culture of the process, which inside PowerShell is the operator's.
/// </summary>
internal static class OperationNet
{
    /// <summary>
    /// Runs an operation on a thread of the pool without a SynchronizationContext, so that nothing below needs ConfigureAwait. A caller
    /// that is there already stays there. Errors: its own, and those of <see cref="ServerErrors"/> for what nobody below has explained.
    /// </summary>
    /// <param name="operation">The operation's name, which locks and sessions on a server carry.</param>
    /// <param name="target">The target, which errors carry; null if only the operation knows it.</param>
    /// <param name="work">The operation.</param>
    /// <param name="observer">Receives what the operation waits for.</param>
    /// <param name="waitTimeout">How long it waits for a lock; zero where each lock has its own limit.</param>
    /// <param name="cancellation">Stops it.</param>
    public static Task<T> RunAsync<T>(string operation, DatabaseAddress? target, Func<Task<T>> work,
        IOperationObserver observer, TimeSpan waitTimeout, CancellationToken cancellation) =>
        Thread.CurrentThread.IsThreadPoolThread && SynchronizationContext.Current is null
            ? ExplainedAsync(operation, target, work, observer, waitTimeout, cancellation)
            : Task.Run(() => ExplainedAsync(operation, target, work, observer, waitTimeout, cancellation), cancellation);

    private static async Task<T> ExplainedAsync<T>(string operation, DatabaseAddress? target, Func<Task<T>> work,
        IOperationObserver observer, TimeSpan waitTimeout, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        CurrentOperation.Begin(operation, new OperationWaits(observer.Warning, (step, waited, limit) =>
            observer.Report(new OperationProgress(operation, step, (long)waited.TotalSeconds, (long)limit.TotalSeconds)), waitTimeout));
        // A culture that an async method sets flows with its tasks, and ends with the method.
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            return await work();
        }
        catch (Exception e) when (IsOfServer(e) || IsFullDisk(e))
        {
            cancellation.ThrowIfCancellationRequested();
            throw Explain(e, target);
        }
    }

    /// <summary>The error that the caller of an operation gets for what was thrown in it; never one that holds a password.</summary>
    public static Exception Explain(Exception e, DatabaseAddress? target) => e switch
    {
        _ when IsOfServer(e) => PostgresErrors.Explain(e, Name(target), (target as PostgresAddress)?.Password) ?? e,
        _ when IsFullDisk(e) => new NotEnoughSpaceException(Name(target), $"The disk (or a quota or size limit) is full. {e.Message}",
            "Free space there, then run the command again.", e),
        _ => e,
    };

    private static string Name(DatabaseAddress? target) => target?.Name ?? "the database";

    private static bool IsFullDisk(Exception e) => e is not OpsException && Files.IsDiskFull(e);

    private static bool IsOfServer(Exception e) => e is NpgsqlException or InvalidOperationException { Source: "Npgsql" };
}
