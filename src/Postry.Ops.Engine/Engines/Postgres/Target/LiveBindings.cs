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
internal static class LiveBindings
{
    // Workers of the server's own that a rename itself sends away, or that end with the session they work for.
    private const string IsNobodys =
        "session.usesysid IS NULL OR coalesce(session.backend_type, '') IN ('autovacuum worker', 'parallel worker')";

    /// <summary>Adds the objects that were found.</summary>
    /// <param name="findings">Receives the problems.</param>
    /// <param name="live">A session on the live database.</param>
    /// <param name="server">The server.</param>
    /// <param name="database">The live database's name.</param>
    /// <param name="options">The options that say whether slots and subscriptions may be left behind.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task CheckAsync(Findings findings, PostgresSession live, TargetServer server, string database,
        PostgresRestoreOptions options, CancellationToken cancellation)
    {
        var oid = server.LiveOid!.Value;
        await ReplicationAsync(findings, live, database, oid, options.AllowReplicationBreak, cancellation);
        var prepared = await live.TextsAsync(
            "SELECT pg_catalog.format('%s of %s', gid, owner) FROM pg_catalog.pg_prepared_xacts WHERE database = $1 ORDER BY prepared",
            cancellation, database);
        if (prepared.Count > 0)
        {
            findings.Problems.Add(findings.InTheWay($"Prepared transactions of {database} have not ended: {Findings.List(prepared)}.",
                $"Connect to the database and end each with COMMIT PREPARED or ROLLBACK PREPARED; {OptionName.AllowReplicationBreak} " +
                    "does not cover them."));
        }

        await SessionsAsync(findings, live, server, database, oid, cancellation);
    }

    private static async Task ReplicationAsync(Findings findings, PostgresSession live, string database, uint oid, bool allowed,
        CancellationToken cancellation)
    {
        var slots = await live.TextsAsync("""
            SELECT pg_catalog.format('%s (%s, %s)', slot_name, plugin, CASE WHEN active THEN 'in use' ELSE 'not in use' END)
            FROM pg_catalog.pg_replication_slots WHERE database = $1 ORDER BY slot_name
            """, cancellation, database);
        var readable = await live.IsTrueAsync(
            "pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subdbid', 'SELECT')", cancellation);
        var subscriptions = readable
            ? await live.TextsAsync("SELECT subname::text FROM pg_catalog.pg_subscription WHERE subdbid = $1 ORDER BY subname",
                cancellation, oid)
            : [];
        if (!readable)
            findings.Notes.Add($"Whether {database} has subscriptions cannot be known as this role; a restore would leave them behind.");
        if (slots.Count > 0 && allowed)
        {
            findings.Notes
                .Add($"Replication slots of {database} are left behind: {Findings.List(slots)}. What reads them must be set up anew; " +
                $"until they are dropped (pg_drop_replication_slot) "
                + "they keep the server's write-ahead log, and after a swap the kept copy.");
        }
        else if (slots.Count > 0)
        {
            findings.Problems.Add(findings.InTheWay(
                $"Replication slots belong to {database}, and what reads them would not see the restore for what it is: " +
                $"{Findings.List(slots)}.",
                $"Stop what reads them and drop them (pg_drop_replication_slot), or add {OptionName.AllowReplicationBreak} and set the " +
                    "replication up anew afterwards."));
        }

        if (subscriptions.Count > 0 && allowed)
            findings.Notes
                .Add($"Subscriptions of {database} are left behind: {Findings.List(subscriptions)}. Make them anew in the restored " +
                $"database, and drop them in what is kept (ALTER SUBSCRIPTION ... SET (slot_name = NONE) first where another takes over " +
                $"the slot).");
        else if (subscriptions.Count > 0)
        {
            findings.Problems.Add(findings.InTheWay(
                $"{database} subscribes to other databases, and the restored one would not: {Findings.List(subscriptions)}.",
                $"Drop the subscriptions (DROP SUBSCRIPTION), or add {OptionName.AllowReplicationBreak} and make them anew afterwards."));
        }
    }

    private static async Task SessionsAsync(Findings findings, PostgresSession live, TargetServer server, string database, uint oid,
        CancellationToken cancellation)
    {
        var sessions = (await live.RowsAsync($"""
            SELECT pg_catalog.format('%s, process %s%s', session.usename, session.pid, CASE
              WHEN coalesce(session.application_name, '') IN ('', '<insufficient privilege>') THEN ''
              ELSE ', ' || session.application_name END),
                   coalesce(session.backend_type, 'client backend'), ({SessionTerminator.MayEnd})::text
            FROM pg_catalog.pg_stat_activity AS session
            WHERE session.datid = $1 AND session.pid <> pg_catalog.pg_backend_pid() AND NOT ({IsNobodys}) ORDER BY session.pid
            """, cancellation, oid)).Select(row => (Name: row[0]!, Type: row[1]!, MayEnd: row[2] == "true")).ToList();
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
            findings.NoSwap.Add(findings.InTheWay($"Background workers are bound to {database}: {Findings.List(workers)}.",
                "Stop them (for pg_cron: set cron.database_name to another database and restart the server), or use " +
                    $"{OptionName.Strategy} Schema."));
        }

        var others = sessions.Where(session => !session.MayEnd && !IsBoundWorker(session.Type)).Select(session => session.Name).ToList();
        if (others.Count > 0)
        {
            findings.NoSwap.Add(findings.InTheWay($"{server.Role} may not end these sessions on {database}: {Findings.List(others)}.",
                $"End them, or let an administrator grant pg_signal_backend to {PostgresNames.Display(server.Role)} (a superuser's " +
                    $"sessions only a superuser ends)."));
        }
    }

    // Workers of replication come and go with slots and subscriptions, which are checked on their own.
    private static bool IsBoundWorker(string type) => type is not ("client backend" or "walsender")
        && !type.StartsWith("logical replication", StringComparison.Ordinal);
}
