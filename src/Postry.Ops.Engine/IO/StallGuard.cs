using System.Diagnostics;

namespace Postry.Ops.Engine.IO;

/// <summary>
/// Gives work on files a limit for standing still. A share that does not answer blocks a thread in the kernel, where nothing can stop it:
/// then the caller goes on, and the work is given up. It is cancelled for the case that the share comes back.
/// </summary>
/// <param name="limit">The time without a sign of life after which the work is given up.</param>
internal sealed class StallGuard(TimeSpan limit)
{
    private long _alive = Stopwatch.GetTimestamp();

    /// <summary>Called by the work whenever it has got on.</summary>
    public void Alive() => Volatile.Write(ref _alive, Stopwatch.GetTimestamp());

    /// <summary>Runs work on a thread of its own, which cleans up by itself whenever it ends. Errors: those of the work, and the one for
    /// work that was given up.</summary>
    /// <param name="work">The work.</param>
    /// <param name="stalled">Makes the error for work that stands still.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, Func<Exception> stalled, CancellationToken cancellation)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Alive();
        var task = Task.Run(() => work(stop.Token), CancellationToken.None);
        while (true)
        {
            var rest = limit - Stopwatch.GetElapsedTime(Volatile.Read(ref _alive));
            if (await Task.WhenAny(task, Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, CancellationToken.None)) == task)
            {
                // Only work that was given up still needs its source.
                using (stop) return await task;
            }

            if (Stopwatch.GetElapsedTime(Volatile.Read(ref _alive)) < limit) continue;
            _ = task.ContinueWith(done => _ = done.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted,
                TaskScheduler.Default);
            await stop.CancelAsync();
            throw stalled();
        }
    }
}
