namespace Postry.Ops.Engine.IO;

/// <summary>Tasks that run side by side: the first failure stops the rest.</summary>
internal static class WhenAllFailFast
{
    /// <summary>Cancels the other tasks if this one fails.</summary>
    public static async Task<T> StopOthersOnFailure<T>(Task<T> task, CancellationTokenSource others)
    {
        try
        {
            return await task;
        }
        catch
        {
            await others.CancelAsync();
            throw;
        }
    }

    /// <summary>
    /// Waits for all tasks, so that none is still writing when the caller cleans up; then raises the first cause rather than the
    /// cancellations that followed from it.
    /// </summary>
    public static async Task WhenAllFailFastAsync(CancellationToken cancellation, params Task[] tasks)
    {
        try
        {
            await Task.WhenAll(tasks);
        }
        catch
        {
            cancellation.ThrowIfCancellationRequested();
            var cause = tasks.Select(task => task.Exception?.InnerException)
                .FirstOrDefault(e => e is not null and not OperationCanceledException);
            if (cause is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
            throw;
        }
    }
}
