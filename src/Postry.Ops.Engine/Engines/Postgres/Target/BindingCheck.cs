using System.Runtime.CompilerServices;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>
/// The objects that are bound to the live database and would be left behind, or would prevent a rename. Slots and subscriptions stand in
/// the way of every strategy: after a swap they belong to the kept copy; if schemas or contents are replaced, a reader of a slot gets all
/// restored rows as new ones, and a subscription ignores tables that it does not know. Prepared transactions would later commit into the
/// kept copy. Sessions and workers only hinder a rename: the other strategies wait for the locks on tables.
/// </summary>
internal sealed class BindingCheck : ITargetCheck
{
    // Workers of the server's own that a rename itself sends away, or that end with the session they work for.
    private const string IsNobodys =
        "session.usesysid IS NULL OR coalesce(session.backend_type, '') IN ('autovacuum worker', 'parallel worker')";

    /// <inheritdoc/>
    public bool Applies(TargetContext target) => target.HasBoth;

    /// <inheritdoc/>
    public async IAsyncEnumerable<TargetFinding> RunAsync(TargetContext target,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (live, database) = (target.Live!, target.Address.Database);
        await foreach (var finding in ReplicationAsync(target, cancellation)) yield return finding;
        var prepared = await live.TextsAsync(
            "SELECT pg_catalog.format('%s of %s', gid, owner) FROM pg_catalog.pg_prepared_xacts WHERE database = $1 ORDER BY prepared",
            cancellation, database);
        if (prepared.Count > 0)
        {
            yield return TargetFinding.Against(target.InTheWay(
                $"Prepared transactions of {database} have not ended: {TargetContext.List(prepared)}.",
                $"Connect to the database and end each with COMMIT PREPARED or ROLLBACK PREPARED; {OptionName.AllowReplicationBreak} " +
                    "does not cover them."));
        }

        await foreach (var finding in SessionsAsync(target, cancellation)) yield return finding;
    }

    private static async IAsyncEnumerable<TargetFinding> ReplicationAsync(TargetContext target,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (live, database, allowed) = (target.Live!, target.Address.Database, target.Options.AllowReplicationBreak);
        var slots = await live.TextsAsync("""
            SELECT pg_catalog.format('%s (%s, %s)', slot_name, plugin, CASE WHEN active THEN 'in use' ELSE 'not in use' END)
            FROM pg_catalog.pg_replication_slots WHERE database = $1 ORDER BY slot_name
            """, cancellation, database);
        var readable = await live.IsTrueAsync(
            "pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subdbid', 'SELECT')", cancellation);
        var subscriptions = readable
            ? await live.TextsAsync("SELECT subname::text FROM pg_catalog.pg_subscription WHERE subdbid = $1 ORDER BY subname",
                cancellation, target.Server.LiveOid!.Value)
            : [];
        if (!readable)
            yield return TargetFinding.Noted(
                $"Whether {database} has subscriptions cannot be known as this role; a restore would leave them behind.");
        if (slots.Count > 0 && allowed)
        {
            yield return TargetFinding.Noted(
                $"Replication slots of {database} are left behind: {TargetContext.List(slots)}. Their readers must be set up again; " +
                $"until they are dropped (pg_drop_replication_slot) "
                + "they keep the server's write-ahead log, and after a swap also the previous copy.");
        }
        else if (slots.Count > 0)
        {
            yield return TargetFinding.Against(target.InTheWay(
                $"Replication slots belong to {database}, and their readers would not notice the restore: " +
                $"{TargetContext.List(slots)}.",
                $"Stop what reads them and drop them (pg_drop_replication_slot), or add {OptionName.AllowReplicationBreak} and set the " +
                    "replication up anew afterwards."));
        }

        if (subscriptions.Count > 0 && allowed)
            yield return TargetFinding.Noted(
                $"Subscriptions of {database} are left behind: {TargetContext.List(subscriptions)}. Create them again in the restored " +
                $"database, and drop them in what is kept (ALTER SUBSCRIPTION ... SET (slot_name = NONE) first where another takes over " +
                $"the slot).");
        else if (subscriptions.Count > 0)
        {
            yield return TargetFinding.Against(target.InTheWay(
                $"{database} subscribes to other databases, and the restored one would not: {TargetContext.List(subscriptions)}.",
                $"Drop the subscriptions (DROP SUBSCRIPTION), or add {OptionName.AllowReplicationBreak} and create them again " +
                $"afterwards."));
        }
    }

    private static async IAsyncEnumerable<TargetFinding> SessionsAsync(TargetContext target,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (live, server, database) = (target.Live!, target.Server, target.Address.Database);
        var sessions = (await live.RowsAsync($"""
            SELECT pg_catalog.format('%s, process %s%s', session.usename, session.pid, CASE
              WHEN coalesce(session.application_name, '') IN ('', '<insufficient privilege>') THEN ''
              ELSE ', ' || session.application_name END),
                   coalesce(session.backend_type, 'client backend'), ({SessionTerminator.MayEnd})::text
            FROM pg_catalog.pg_stat_activity AS session
            WHERE session.datid = $1 AND session.pid <> pg_catalog.pg_backend_pid() AND NOT ({IsNobodys}) ORDER BY session.pid
            """, cancellation, target.Server.LiveOid!.Value))
            .Select(row => (Name: row[0]!, Type: row[1]!, MayEnd: row[2] == "true")).ToList();
        // The extension's own worker returns as soon as it is ended; without the right to see it, only what it works for tells.
        var schedules = await live.IsTrueAsync("""
            EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'pg_cron')
            OR EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name = 'cron.database_name'
              AND setting = pg_catalog.current_database())
            """, cancellation);
        var workers = sessions.Where(session => IsBoundWorker(session.Type)).Select(session => $"{session.Type} ({session.Name})").ToList();
        if (schedules && !workers.Any(worker => worker.Contains("cron", StringComparison.Ordinal))) workers.Add("pg_cron");
        if (workers.Count > 0)
        {
            yield return TargetFinding.Against(target.InTheWay(
                $"Background workers are bound to {database}: {TargetContext.List(workers)}.",
                "Stop them (for pg_cron: set cron.database_name to another database and restart the server), or use " +
                    $"{OptionName.Strategy} Schema."), RestoreStrategy.Swap);
        }

        var others = sessions.Where(session => !session.MayEnd && !IsBoundWorker(session.Type)).Select(session => session.Name).ToList();
        if (others.Count > 0)
        {
            yield return TargetFinding.Against(target.InTheWay(
                $"{server.Role} may not end these sessions on {database}: {TargetContext.List(others)}.",
                $"End them, or let an administrator grant pg_signal_backend to {PostgresNames.Display(server.Role)} (only a " +
                    $"superuser can end a superuser's sessions)."), RestoreStrategy.Swap);
        }
    }

    // Workers of replication come and go with slots and subscriptions, which are checked on their own.
    private static bool IsBoundWorker(string type) => type is not ("client backend" or "walsender")
        && !type.StartsWith("logical replication", StringComparison.Ordinal);
}
