using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.History;

/// <summary>Runs a job under its lock, and writes how it ended into the history.</summary>
/// <param name="settings">The backup root and the keys.</param>
/// <param name="observer">Hears of the wait for another process.</param>
/// <param name="job">The name of the job.</param>
internal sealed class LockedJob(OpsSettings settings, IOperationObserver observer, string job)
{
    private readonly JobLocks _locks = new(settings);

    /// <summary>Runs it. Errors: those of its lock and of the work.</summary>
    public async Task<JobReport> RunAsync(bool skipIfRunning, Func<Task<JobReport>> work, CancellationToken cancellation)
    {
        using var held = await LockAsync(skipIfRunning, cancellation);
        return held is not null ? await RecordAsync(work) : new JobReport(job, CheckStatus.Skipped, DateTime.UtcNow, TimeSpan.Zero,
            $"It is running already: {_locks.HolderOf(job)}.", []);
    }

    // A job that is running already writes its own line. One that cannot be run has to leave a trace.
    private async Task<IDisposable?> LockAsync(bool skipIfRunning, CancellationToken cancellation)
    {
        try
        {
            return skipIfRunning ? _locks.TryTake(job) : await _locks.TakeAsync(job, cancellation);
        }
        catch (OpsException e) when (!_locks.IsRunning(job))
        {
            await RecordAsync(() => Task.FromException<JobReport>(e));
            throw;
        }
    }

    private Task<JobReport> RecordAsync(Func<Task<JobReport>> work) =>
        new HistoryRecorder(settings, observer, HistoryOutcomes.Begun("Job") with { Job = job })
            .RunAsync(null, work, HistoryOutcomes.JobEnded);
}
