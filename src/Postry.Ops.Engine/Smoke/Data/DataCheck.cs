using Postry.Ops.Engine.Engines;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Data;

/// <summary>A check that asks a database or the backups.</summary>
internal abstract class DataCheck(DataTarget target, SmokeTargets targets, SmokeKind kind, string name, TimeSpan timeout,
    IReadOnlyList<string> after) : ISmokeCheck
{
    /// <summary>The longest value in a report.</summary>
    protected const int LongestValue = 100;

    /// <inheritdoc/>
    public string Name => name + target.Suffix;

    /// <inheritdoc/>
    public SmokeKind Kind => kind;

    /// <inheritdoc/>
    public virtual string Target => target.Name;

    /// <inheritdoc/>
    public abstract string Expected { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> After => after;

    /// <inheritdoc/>
    public TimeSpan Timeout => timeout;

    /// <inheritdoc/>
    public CheckStatus WithoutAnswer => CheckStatus.Failed;

    /// <summary>The database.</summary>
    protected DataTarget Database => target;

    /// <summary>The settings, and what is compared with.</summary>
    protected SmokeTargets Targets => targets;

    /// <inheritdoc/>
    public async Task<SmokeAnswer> AskAsync(CancellationToken cancellation)
    {
        if (target.Address is not { } address) return CannotAsk(target.Problem!);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        await using var database = Databases.At(targets.Settings, address, SilentObserver.Instance);
        if (database.Live is not { } live) return CannotAsk($"{address.Name} is no database that can be asked.");
        try
        {
            return await AskAsync(database, live, limit.Token);
        }
        catch (Exception e)
        {
            cancellation.ThrowIfCancellationRequested();
            if (DataErrors.Answer(e, live, timeout) is { } answer) return answer;
            throw;
        }
    }

    /// <summary>Asks the database. Its errors are answers of <see cref="DataErrors"/>.</summary>
    /// <param name="database">The database.</param>
    /// <param name="live">The same, as it is read.</param>
    /// <param name="cancellation">Stops all of it.</param>
    protected abstract Task<SmokeAnswer> AskAsync(IDatabase database, ILiveDatabase live, CancellationToken cancellation);

    /// <summary>The answer was wrong, and another attempt would find the same.</summary>
    protected static SmokeAnswer Wrong(string? actual, string detail) => new(CheckStatus.Failed, actual, detail, MayChange: false);

    /// <summary>The check cannot decide, and another attempt could not either.</summary>
    protected static SmokeAnswer CannotAsk(string detail, string? actual = null) =>
        new(CheckStatus.Inconclusive, actual, detail, MayChange: false);
}
