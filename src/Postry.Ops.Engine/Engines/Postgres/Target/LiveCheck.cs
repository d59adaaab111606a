using System.Diagnostics;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Checks after a swap that the live database opens, and has the tables of the backup.</summary>
internal static class LiveCheck
{
    private const string Name = "Live database opens";

    /// <summary>Makes the check. A live database that cannot be reached, or that others have changed by now, proves nothing.</summary>
    public static async Task<Check> RunAsync(PostgresAddress address, PostgresArchive archive, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            await using var live = await PostgresConnector.OpenAsync(address, cancellation);
            var scope = BackupScope.Of(archive.Description.Scope, address.Name);
            var there = (await TableCatalog.ReadAsync(live, scope, sizes: false, cancellation))
                .Select(entry => entry.Table.DisplayName).ToHashSet(StringComparer.Ordinal);
            var missing = archive.OrdinaryTables.Select(table => table.DisplayName).Where(table => !there.Contains(table)).ToList();
            var expected = $"{archive.Description.Tables.Count} tables";
            return missing.Count == 0 ? new Check(Name, CheckStatus.Passed, expected, $"{there.Count} tables", Duration: clock.Elapsed)
                : new Check(Name, CheckStatus.Inconclusive, expected, $"without {string.Join(", ", missing.Take(5))}",
                    "Another session has changed the schema since the swap.", clock.Elapsed);
        }
        catch (Exception e) when (PostgresErrors.Explain(e, address) is { } explained)
        {
            return new Check(Name, CheckStatus.Inconclusive, "opens", explained.Message, Duration: clock.Elapsed);
        }
    }
}
