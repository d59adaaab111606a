using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Finds out everything about a target that a plan has to know, and all that stands in a restore's way at once. Changes
/// nothing.</summary>
internal static class TargetSurvey
{
    private const string Operation = Findings.Operation;

    /// <summary>Surveys the target. Errors: those of reaching the server; all other problems are among the facts.</summary>
    /// <param name="request">The request.</param>
    /// <param name="set">The set.</param>
    /// <param name="manifest">The manifest; null if it cannot be read.</param>
    /// <param name="place">The target.</param>
    /// <param name="address">The address of the target.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<TargetFacts> RunAsync(RestoreRequest request, BackupSet set, BackupManifest? manifest, RestoreTarget place,
        PostgresAddress address, CancellationToken cancellation)
    {
        await using var maintenance = await MaintenanceConnection.TryOpenAsync(address, Operation, cancellation);
        await using var live = await OpenLiveAsync(address, cancellation);
        var any = live ?? maintenance ?? throw new SourceNotFoundException(Operation, place.Target,
            $"There is no database {address.Database}, and {address.User} can connect to no other database from which it could be made.",
            $"Create the database, or let {address.User} connect to the database postgres.");
        try
        {
            var server = await TargetServer.ReadAsync(any, address.Database, cancellation);
            return await RunAsync(new Findings(place.Target), request, set, manifest, server, address, live, maintenance, cancellation);
        }
        catch (NpgsqlException e) when (PostgresErrors.Explain(e, Operation, address) is { } explained)
        {
            throw explained;
        }
    }

    private static async Task<TargetFacts> RunAsync(
        Findings findings, RestoreRequest request, BackupSet set, BackupManifest? manifest, TargetServer server, PostgresAddress address,
        NpgsqlSession? live, NpgsqlSession? maintenance, CancellationToken cancellation)
    {
        var options = request.Postgres;
        var space = manifest?.Postgres is null ? 0 : ServerSpace.Needed(manifest);
        var free = await ServerSpace.FreeAsync(live ?? maintenance!, cancellation);
        if (free is null) findings.Notes.Add("How much disk is free on the server cannot be known from here.");
        var login = !server.CanCreateDatabases || server.IsStandby
            || await OtherDatabases.CheckAsync(findings, address, maintenance is not null, cancellation);
        Rights(findings, server, options, maintenance is not null || !login);
        StrategyChoice? choice = null;
        LiveOmissions? omissions = null;
        // A manifest that cannot be read is refused for what it is.
        if (manifest is not null)
            manifest = await LegacyTarget.CompleteAsync(manifest, live, live ?? maintenance!, cancellation);
        if (manifest?.Postgres is { } description)
        {
            var isPart = description.Scope.Schemas.Count > 0 || description.Scope.ExcludedSchemas.Count > 0;
            Versions(findings, server, description, manifest.Legacy);
            await ExtensionCheck.CheckAsync(findings, live ?? maintenance!, live, server, manifest, cancellation);
            await RoleCheck.CheckAsync(findings, live ?? maintenance!, server, set, manifest, options.NoOwner, cancellation);
            await TablespaceCheck.CheckAsync(findings, live ?? maintenance!, server, set, manifest, options.NoTablespaces, cancellation);
            if (maintenance is not null && server is { CanCreateDatabases: true, IsStandby: false })
                await LocaleCheck.CheckAsync(findings, maintenance, server, description.Database, cancellation);
            if (live is not null && server.LiveExists)
            {
                await LiveBindings.CheckAsync(findings, live, server, address.Database, options, cancellation);
                await SchemaRefusals.CheckAsync(findings, live, server, manifest, cancellation);
                if (manifest.Legacy)
                    await LegacyTarget.CheckAsync(findings, live, manifest, options.NoOwner, cancellation);
                omissions = await LiveOmissions.ReadAsync(live, request, cancellation);
                await omissions.CheckAsync(findings, live, manifest, cancellation);
            }

            choice = StrategyChoice.Make(options.Strategy, findings, server.LiveExists, isPart);
            findings.Problems.AddRange(choice.Problems);
            Notes(findings, manifest, server, choice.Strategy, isPart);
            omissions?.Note(findings, choice.Strategy);
        }

        return new TargetFacts
        {
            Exists = server.LiveExists,
            Bytes = server.LiveBytes,
            SpaceNeeded = space,
            SpaceFree = free,
            Problems = findings.Problems,
            Notes = findings.Notes,
            Strategy = choice?.Strategy,
            StrategyReason = choice?.Reason,
        };
    }

    // A missing database is no error, as long as it can be made; a closed one is.
    private static async Task<NpgsqlSession?> OpenLiveAsync(PostgresAddress address, CancellationToken cancellation)
    {
        try
        {
            return await PostgresConnector.OpenAsync(address, Operation, cancellation);
        }
        catch (SourceNotFoundException)
        {
            return null;
        }
    }

    private static void Rights(Findings findings, TargetServer server, PostgresRestoreOptions options, bool reachesOther)
    {
        var role = PostgresNames.Display(server.Role);
        if (server.IsStandby)
            findings.Problems.Add(findings.Denied("The server is a standby, which only its primary changes.",
                "Use the address of the primary."));
        if (!reachesOther)
        {
            findings.NoSwap
                .Add(findings.Denied($"{server.Role} can connect to no other database of the server, from which one is made and renamed.",
                $"GRANT CONNECT ON DATABASE postgres TO {role}, and admit it in pg_hba.conf."));
        }

        if (!server.CanCreateDatabases)
            findings.NoSwap.Add(findings.Denied($"{server.Role} may not create databases.",
                $"ALTER ROLE {role} CREATEDB, or use a role that may."));
        if (server.LiveExists && !server.OwnsLive)
        {
            findings.NoSwap.Add(findings.Denied($"The live database belongs to {server.LiveOwner}, and {server.Role} may not rename it.",
                $"Use its owner, or GRANT {PostgresNames.Display(server.LiveOwner!)} TO {role}."));
            if (options.FreezeWrites)
                findings.Problems.Add(findings.Denied(
                    $"{OptionName.FreezeWrites} sets a property of the live database, which belongs to {server.LiveOwner}.",
                    $"Use its owner, or leave {OptionName.FreezeWrites} out."));
        }

        if (server.LiveExists && !server.CanCreateSchemas)
        {
            var denied = findings.Denied($"{server.Role} may not make schemas in the live database.",
                "Use the database's owner, or let it GRANT CREATE ON DATABASE.");
            findings.NoSchema.Add(denied);
            findings.NoInPlace.Add(denied);
        }
    }

    private static void Versions(Findings findings, TargetServer server, PostgresDescription description, bool isPlain)
    {
        // psql of any version that the server's is not newer than can read a plain text of pg_dump.
        var dump = isPlain ? server.Major : description.Dump.VersionNumber / 10000;
        if (isPlain) Findings.Try(findings.Problems, () => PgTools.Find("psql", dump, Operation, findings.Target));
        else Findings.Try(findings.Problems, () => PgTools.Find("pg_restore", dump, Operation, findings.Target));
        if (!Findings.Try(findings.NoSchema, () => PgTools.Find("psql", dump, Operation, findings.Target)))
            findings.NoInPlace.Add(findings.NoSchema[^1]);
        if (server.Major < description.Server.Major)
        {
            findings.Problems.Add(findings.Invalid(
                $"The backup comes from PostgreSQL {description.Server.Version}, and this server is {server.Version}: archives are not " +
                $"made for older servers.",
                $"Restore to a server of version {description.Server.Major} or newer."));
        }
        else if (server.Major > description.Server.Major)
        {
            findings.Notes
                .Add($"The backup comes from PostgreSQL {description.Server.Version}, and this server is {server.Version}: it works " +
                $"where pg_restore can, and what cannot be compared between the versions stays unproven.");
        }
    }

    private static void Notes(Findings findings, BackupManifest manifest, TargetServer server, RestoreStrategy strategy, bool isPart)
    {
        if (isPart && server.LiveExists && strategy != RestoreStrategy.Schema)
        {
            findings.Notes.Add(strategy == RestoreStrategy.Swap
                ? $"EVERYTHING ELSE IS GONE FROM THE LIVE NAME after this: only a part of the database was backed up " +
                    $"({manifest.Postgres!.Scope.Summary}), and the swap puts that part alone in its place. The rest is only in the copy " +
                    $"that is kept."
                : $"Only a part of the database was backed up ({manifest.Postgres!.Scope.Summary}); only its schemas are replaced.");
        }

        var left = manifest.Contents.Schema.Where(entry => entry.Type == "subscription").Select(entry => entry.Name).ToList();
        if (left.Count > 0) findings.Notes.Add($"Subscriptions in the backup are not restored: {Findings.List(left)}.");
        if (strategy == RestoreStrategy.Swap || !server.LiveExists) return;
        // A plain dump holds nothing of them anyhow.
        if (!manifest.Legacy) findings.Notes.Add($"{StrategyChoice.PropertiesStay} Strategy Swap brings back those of the backup.");
        if (strategy != RestoreStrategy.Schema) return;
        var stays = manifest.Contents.Schema.Where(entry => entry.Table.Length == 0
            && entry.Type is "event trigger" or "publication" or "server" or "foreign data wrapper" or "cast" or "extension")
            .Select(entry => $"{entry.Type} {entry.Name}").ToList();
        if (stays.Count > 0) findings.Notes.Add($"What is in no schema stays as it is in the live database: {Findings.List(stays)}.");
    }
}
