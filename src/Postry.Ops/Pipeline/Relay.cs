using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Postry.Ops.Engine.Events;

namespace Postry.Ops.Pipeline;

/// <summary>
/// Carries what a worker says to the pipeline thread, the only one that may write to PowerShell. The worker only posts and never
/// waits for an answer. Results, errors, warnings and verbose messages arrive in order; of the progress only the newest value is kept.
/// </summary>
internal sealed class Relay : IOperationObserver
{
    /// <summary>The shortest time between two writes of progress: a terminal cannot show more, and writing is slow.</summary>
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(100);

    private readonly object _gate = new();
    private readonly Queue<Action<IPipelineOutput>> _posts = [];
    private OperationProgress? _progress;
    private bool _closed;

    private Relay() { }

    /// <summary>Runs work on a worker and, until it has ended, writes its messages on the calling thread.</summary>
    /// <param name="output">The output to write to.</param>
    /// <param name="work">The work; its token is cancelled when <paramref name="stop"/> is, and when a write fails.</param>
    /// <param name="stop">Cancelled when the pipeline is stopped.</param>
    /// <returns>The exception of the work, or null. An exception of the output is thrown instead, after the work has ended.</returns>
    public static Exception? Run(IPipelineOutput output, Func<Relay, CancellationToken, Task> work, CancellationToken stop)
    {
        var relay = new Relay();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var worker = Task.Run(() => relay.WorkAsync(work, cancellation.Token), CancellationToken.None);
        try
        {
            relay.Pump(output);
        }
        catch
        {
            // Only the worker can remove its half-written files, so the prompt does not come back before the worker has ended.
            cancellation.Cancel();
            worker.Wait(CancellationToken.None);
            throw;
        }

        return worker.Result;
    }

    /// <summary>Posts an object for the pipeline.</summary>
    public void Result(object value) => Post(output => output.Result(value));

    /// <summary>
    /// Reports the names that nothing was found for. A command that was asked for one name only ends with that error.
    /// </summary>
    public void Missing(string[]? names, Predicate<string> isFound, Func<string, Exception> error)
    {
        foreach (var name in (names ?? []).Where(name => !isFound(name)))
        {
            if (names!.Length == 1) throw error(name);
            Error(error(name), name);
        }
    }

    /// <summary>Posts an error that concerns one item only.</summary>
    public void Error(Exception error, object? target) => Post(output => output.Error(error, target));

    /// <inheritdoc/>
    public void Report(OperationEvent happened)
    {
        switch (happened)
        {
            case OperationProgress progress:
                Volatile.Write(ref _progress, progress);
                break;
            case OperationWarning warning:
                Post(output => output.Warning(warning.Message));
                break;
            case OperationDetail detail:
                Post(output => output.Verbose(detail.Message));
                break;
        }
    }

    private async Task<Exception?> WorkAsync(Func<Relay, CancellationToken, Task> work, CancellationToken cancellation)
    {
        try
        {
            await work(this, cancellation);
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
        finally
        {
            lock (_gate)
            {
                _closed = true;
                Monitor.Pulse(_gate);
            }
        }
    }

    private void Post(Action<IPipelineOutput> post)
    {
        lock (_gate)
        {
            if (_closed) return;
            _posts.Enqueue(post);
            Monitor.Pulse(_gate);
        }
    }

    private void Pump(IPipelineOutput output)
    {
        OperationProgress? shown = null;
        var sinceShown = Stopwatch.StartNew();
        while (Next(out var post))
        {
            post?.Invoke(output);
            if (sinceShown.Elapsed < ProgressInterval || Volatile.Read(ref _progress) is not { } progress || progress == shown) continue;
            output.Progress(progress);
            shown = progress;
            sinceShown.Restart();
        }

        if (shown is not null) output.ProgressDone(shown);
    }

    /// <summary>Waits for a post, at most until progress is due again. False where the worker has ended and everything was
    /// written.</summary>
    private bool Next([MaybeNull] out Action<IPipelineOutput> post)
    {
        lock (_gate)
        {
            if (_posts.Count == 0 && !_closed) Monitor.Wait(_gate, ProgressInterval);
            return _posts.TryDequeue(out post) || !_closed;
        }
    }
}
