using System.Diagnostics;
using Polly;
using Polly.Retry;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke;

/// <summary>Runs smoke checks side by side: each asks again, with growing pauses, until it passes, or until the deadline of all.</summary>
internal sealed class SmokeRunner(IOperationObserver observer)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly ResiliencePipeline<SmokeAnswer> _attempts = new ResiliencePipelineBuilder<SmokeAnswer>()
        .AddRetry(new RetryStrategyOptions<SmokeAnswer>
        {
            ShouldHandle = asked => ValueTask.FromResult(asked.Outcome.Result is { Status: not CheckStatus.Passed, MayChange: true }),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = FirstPause,
            MaxDelay = LongestPause,
            MaxRetryAttempts = int.MaxValue,
        })
        .Build();

    /// <summary>Runs the checks. Errors: InvalidRequest where a check waits for one that is not there, or for itself.</summary>
    /// <param name="checks">The checks; at least one, because nothing checked is nothing proven.</param>
    /// <param name="deadline">How long all checks together may take.</param>
    /// <param name="cancellation">Stops all.</param>
    /// <param name="leftOut">Checks that exist and are not made: nothing waits for them.</param>
    public async Task<SmokeReport> RunAsync(IReadOnlyList<ISmokeCheck> checks, TimeSpan deadline, CancellationToken cancellation,
        IReadOnlyList<ISmokeCheck>? leftOut = null)
    {
        var (startedAt, clock) = (DateTime.UtcNow, Stopwatch.StartNew());
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        over.CancelAfter(deadline);
        var ends = checks.Select(_ => new TaskCompletionSource<SmokeResult>(TaskCreationOptions.RunContinuationsAsynchronously)).ToList();
        var before = SmokeOrder.Before(checks, leftOut);
        var done = 0;
        await Task.WhenAll(checks.Select(async (check, i) =>
        {
            try
            {
                var earlier = await Task.WhenAll(before[i].Select(j => ends[j].Task));
                var result = Array.Find(earlier, one => one.Status != CheckStatus.Passed) is { } missing ? Skipped(check, missing)
                    : await RunAsync(check, deadline, over.Token, cancellation);
                observer.Report(new OperationProgress("", check.Name, Interlocked.Increment(ref done), checks.Count));
                ends[i].SetResult(result);
            }
            catch (Exception e)
            {
                ends[i].TrySetException(e);
                throw;
            }
        }));
        var results = ends.ConvertAll(end => end.Task.Result);
        return new SmokeReport(Check.Worst(results.Select(result => result.Status)), startedAt, clock.Elapsed, results);
    }

    private async Task<SmokeResult> RunAsync(ISmokeCheck check, TimeSpan deadline, CancellationToken over, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var (attempts, last) = (0, (SmokeAnswer?)null);
        try
        {
            await _attempts.ExecuteAsync(async token =>
            {
                attempts++;
                return last = await AttemptAsync(check, token);
            }, over);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested && over.IsCancellationRequested)
        {
            last ??= new SmokeAnswer(check.WithoutAnswer, null, $"No answer until the deadline of {Durations.Write(deadline)}.");
        }

        cancellation.ThrowIfCancellationRequested();
        var answer = last!;
        return new SmokeResult(check.Name, check.Kind, check.Target, answer.Status, check.Expected, answer.Actual, answer.Detail,
            clock.Elapsed, attempts);
    }

    private static async Task<SmokeAnswer> AttemptAsync(ISmokeCheck check, CancellationToken over)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(over);
        attempt.CancelAfter(check.Timeout);
        try
        {
            return await check.AskAsync(attempt.Token);
        }
        catch (OperationCanceledException) when (!over.IsCancellationRequested)
        {
            return new SmokeAnswer(check.WithoutAnswer, null, $"No answer within {Durations.Write(check.Timeout)}.");
        }
        catch (OpsException e)
        {
            // The check could not be asked, for example because postry.json does not name its database.
            return new SmokeAnswer(CheckStatus.Inconclusive, null, $"{Sentence.End(e.Message)} {e.Hint}".TrimEnd(), MayChange: false);
        }
    }

    private static SmokeResult Skipped(ISmokeCheck check, SmokeResult missing) => new(check.Name, check.Kind, check.Target,
        CheckStatus.Skipped, check.Expected, null, $"{missing.Name} must pass first.", TimeSpan.Zero, 0);
}
