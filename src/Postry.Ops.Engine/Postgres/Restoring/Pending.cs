using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Restoring;

namespace Postry.Ops.Engine.Postgres.Restoring;

// TEMPORARY: stands in for parts that land in the next commits.
internal static class TargetSurvey
{
    public static async Task<TargetFacts> RunAsync(RestoreRequest request, BackupSet set, BackupManifest? manifest, RestorePlace place, PostgresAddress address, CancellationToken cancellation)
    {
        await using var server = (await MaintenanceConnection.TryOpenAsync(address, "Restore", cancellation).ConfigureAwait(false))!;
        var oid = await ServerDatabases.OidAsync(server, address.Database, cancellation).ConfigureAwait(false);
        return new TargetFacts { Exists = oid is not null, Bytes = await ServerDatabases.SizeAsync(server, address.Database, cancellation).ConfigureAwait(false), SpaceNeeded = 0, SpaceFree = null, Strategy = RestoreStrategy.Swap, StrategyReason = "Pending." };
    }
}
