using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Data;

/// <summary>A check that asks a database or the backups.</summary>
internal abstract class DataCheck(DataTarget target, SmokeKind kind, string name, TimeSpan timeout, IReadOnlyList<string> after)
    : ISmokeCheck
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

    /// <inheritdoc/>
    public async Task<SmokeAnswer> AskAsync(CancellationToken cancellation)
    {
        if (target.Address is not { } address) return CannotAsk(target.Problem!);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            return await AskAsync(address, limit.Token);
        }
        catch (Exception e)
        {
            cancellation.ThrowIfCancellationRequested();
            if (DataErrors.Answer(e, address, timeout) is { } answer) return answer;
            throw;
        }
    }

    /// <summary>Asks the database at its address. Errors of the database are answers of <see cref="DataErrors"/>.</summary>
    protected abstract Task<SmokeAnswer> AskAsync(DatabaseAddress address, CancellationToken cancellation);

    /// <summary>Reads the database in one transaction that only reads.</summary>
    /// <param name="address">The database.</param>
    /// <param name="judge">Reads, and says what the check found; it may be called again.</param>
    /// <param name="cancellation">Stops all of it.</param>
    protected Task<SmokeAnswer> ReadAsync(DatabaseAddress address, Func<IReadTransaction, Task<SmokeAnswer>> judge,
        CancellationToken cancellation) => address is PostgresAddress server
        ? PostgresReadTransaction.RunAsync(server, timeout, judge, cancellation)
        : SqliteReadTransaction.RunAsync(address.Name, timeout, judge, cancellation);

    /// <summary>The answer was wrong, and another attempt would find the same.</summary>
    protected static SmokeAnswer Wrong(string? actual, string detail) => new(CheckStatus.Failed, actual, detail, MayChange: false);

    /// <summary>The check cannot decide, and another attempt could not either.</summary>
    protected static SmokeAnswer CannotAsk(string detail, string? actual = null) =>
        new(CheckStatus.Inconclusive, actual, detail, MayChange: false);
}
