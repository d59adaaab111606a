using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Finds out everything about a target that a plan has to know, and all that stands in a restore's way at once. Changes
/// nothing.</summary>
internal static class TargetSurvey
{

    private static readonly ITargetCheck[] Checks =
    [
        new LoginCheck(), new RightsCheck(), new VersionCheck(), new ExtensionCheck(), new RoleCheck(), new TablespaceCheck(),
        new LocaleCheck(), new BindingCheck(), new SchemaCheck(), new PlainDumpCheck(), new OmissionCheck(),
    ];

    /// <summary>Surveys the target. Errors: those of reaching the server; all other problems are among the facts.</summary>
    /// <param name="request">The request.</param>
    /// <param name="set">The set.</param>
    /// <param name="manifest">The manifest; null if it cannot be read.</param>
    /// <param name="targetName">The name of the target, which errors carry.</param>
    /// <param name="address">The address of the target.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<TargetFacts> RunAsync(RestoreRequest request, BackupSet set, BackupManifest? manifest, string targetName,
        PostgresAddress address, CancellationToken cancellation)
    {
        await using var maintenance = await MaintenanceConnection.TryOpenAsync(address, cancellation);
        await using var live = await OpenLiveAsync(address, cancellation);
        var any = live ?? maintenance ?? throw new SourceNotFoundException(targetName,
            $"There is no database {address.Database}, and {address.User} can connect to no other database from which it could be made.",
            $"Create the database, or let {address.User} connect to the database postgres.");
        try
        {
            var server = await TargetServer.ReadAsync(any, address.Database, cancellation);
            var target = new TargetContext(targetName, address, request, set, server, live, maintenance);
            // A manifest that cannot be read is refused for what it is.
            if (manifest is not null)
                {
                var archive = PostgresArchive.Of(manifest, set.BackupFile);
                target = target with { Archive = await TargetProperties.CompleteAsync(archive, live, any, cancellation) };
            }

            if (target.HasBoth) target = target with { LostRows = await OmissionCheck.ReadAsync(live!, request, cancellation) };
            return await RunAsync(target, cancellation);
        }
        catch (NpgsqlException e) when (PostgresErrors.Explain(e, address) is { } explained)
        {
            throw explained;
        }
    }

    private static async Task<TargetFacts> RunAsync(TargetContext target, CancellationToken cancellation)
    {
        var findings = new List<TargetFinding>();
        var free = await ServerSpace.FreeAsync(target.Any, cancellation);
        if (free is null) findings.Add(TargetFinding.Noted("How much disk is free on the server cannot be known from here."));
        foreach (var check in Checks.Where(check => check.Applies(target)))
            await foreach (var finding in check.RunAsync(target, cancellation)) findings.Add(finding);
        var choice = target.HasBackup ? StrategyChoice.Make(target, findings) : null;
        return new TargetFacts
        {
            Exists = target.Server.LiveExists,
            Bytes = target.Server.LiveBytes,
            SpaceNeeded = target.HasBackup ? ServerSpace.Needed(target.Manifest!) : 0,
            SpaceFree = free,
            Problems =
            [
                .. findings.Where(finding => finding.Strategies.Count == 0).Select(finding => finding.Problem).OfType<OpsException>(),
                .. choice?.Problems ?? [],
            ],
            Notes = [.. findings.Select(finding => finding.Note).OfType<string>(), .. choice is null ? [] : Notes(target, choice.Strategy)],
            Strategy = choice?.Strategy,
            StrategyReason = choice?.Reason,
        };
    }

    // A missing database is no error, as long as it can be made; a closed one is.
    private static async Task<NpgsqlSession?> OpenLiveAsync(PostgresAddress address, CancellationToken cancellation)
    {
        try
        {
            return await PostgresConnector.OpenAsync(address, cancellation);
        }
        catch (SourceNotFoundException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Notes(TargetContext target, RestoreStrategy strategy) =>
        StrategyNotes(target, strategy).Concat(OmissionCheck.Notes(target, strategy));

    private static IEnumerable<string> StrategyNotes(TargetContext target, RestoreStrategy strategy)
    {
        var (manifest, server) = (target.Manifest!, target.Server);
        if (target.IsPart && server.LiveExists && strategy != RestoreStrategy.Schema)
        {
            yield return strategy == RestoreStrategy.Swap
                ? $"EVERYTHING ELSE WILL BE MISSING IN THE LIVE DATABASE: only a part of the database was backed up " +
                    $"({manifest.Postgres!.Scope.Summary}), and the swap replaces the whole database by that part. The rest is then " +
                    $"only in the " +
                    $"previous copy."
                : $"Only a part of the database was backed up ({manifest.Postgres!.Scope.Summary}); only its schemas are replaced.";
        }

        var left = manifest.Contents.Schema.Where(entry => entry.Type == "subscription").Select(entry => entry.Name).ToList();
        if (left.Count > 0) yield return $"Subscriptions in the backup are not restored: {TargetContext.List(left)}.";
        if (strategy == RestoreStrategy.Swap || !server.LiveExists) yield break;
        if (target.Archive!.HoldsDatabaseProperties)
            yield return $"{StrategyChoice.PropertiesStay} Strategy Swap brings back those of the backup.";
        if (strategy != RestoreStrategy.Schema) yield break;
        var stays = manifest.Contents.Schema.Where(entry => entry.Table.Length == 0
            && entry.Type is "event trigger" or "publication" or "server" or "foreign data wrapper" or "cast" or "extension")
            .Select(entry => $"{entry.Type} {entry.Name}").ToList();
        if (stays.Count > 0)
            yield return $"Objects that are in no schema stay as they are in the live database: {TargetContext.List(stays)}.";
    }
}
