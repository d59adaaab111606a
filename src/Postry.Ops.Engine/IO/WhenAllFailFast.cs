namespace Postry.Ops.Engine.IO;

/// <summary>Work that goes on side by side, of which the first failure stops the rest.</summary>
internal static class WhenAllFailFast
{
    /// <summary>Cancels the others where this one fails.</summary>
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

    /// <summary>Waits for all of them, so that nothing is still writing when the caller cleans up; then raises the cause rather than the
    /// cancellations it led to.</summary>
    public static async Task WhenAllOrFirstCauseAsync(CancellationToken cancellation, params Task[] tasks)
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
