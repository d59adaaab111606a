using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Reporting;
using Postry.Ops.Engine.Restoring;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Engine.Postgres.Restoring;

// TEMPORARY: stands in for parts that land in the next commits.
internal sealed class SchemaStrategy(PostgresAddress address, IReporter reporter) : ITransactionStrategy
{
    public static bool IsKeptSchemas(string copy) => copy.StartsWith("schemas ", StringComparison.Ordinal);
    public Task<IReadOnlyList<Check>> StageAsync(RestorePlan plan, BackupManifest manifest, SwapLog log, CancellationToken cancellation) => throw new NotImplementedException($"{address}{reporter}");
    public Task<SwapResult> CommitAsync(SwapLog log, CancellationToken cancellation) => throw new NotImplementedException();
    public Task<SwapResult> SwapBackAsync(RestoreRecord record, SwapLog log, CancellationToken cancellation) => throw new NotImplementedException();
    public Task DropKeptAsync(string copy, CancellationToken cancellation) => throw new NotImplementedException();
    public Task<long> SizeOfKeptAsync(string copy, CancellationToken cancellation) => throw new NotImplementedException();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

internal sealed class InPlaceStrategy(PostgresAddress address, IReporter reporter) : ITransactionStrategy
{
    public Task<IReadOnlyList<Check>> StageAsync(RestorePlan plan, BackupManifest manifest, SwapLog log, CancellationToken cancellation) => throw new NotImplementedException($"{address}{reporter}");
    public Task<SwapResult> CommitAsync(SwapLog log, CancellationToken cancellation) => throw new NotImplementedException();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

internal static class TransactionOutcome
{
    public static Task<LiveSide> FindSideAsync(PostgresAddress address, RestoreJournal journal, CancellationToken cancellation) => throw new NotImplementedException();
}

internal static class TargetSurvey
{
    public static async Task<TargetFacts> RunAsync(RestoreRequest request, BackupSet set, BackupManifest? manifest, RestorePlace place, PostgresAddress address, CancellationToken cancellation)
    {
        await using var server = (await MaintenanceConnection.TryOpenAsync(address, "Restore", cancellation).ConfigureAwait(false))!;
        var oid = await ServerDatabases.OidAsync(server, address.Database, cancellation).ConfigureAwait(false);
        return new TargetFacts { Exists = oid is not null, Bytes = await ServerDatabases.SizeAsync(server, address.Database, cancellation).ConfigureAwait(false), SpaceNeeded = 0, SpaceFree = null, Strategy = RestoreStrategy.Swap, StrategyReason = "Pending." };
    }
}
