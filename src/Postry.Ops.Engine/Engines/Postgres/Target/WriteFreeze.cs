using System.Globalization;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>
/// Makes a database read-only by default for the time of a restore, and lifts that again. Best effort: a session can still switch back,
/// and what a role is set to in this database goes before what the database is set to.
/// </summary>
internal static class WriteFreeze
{
    private const string Setting = "default_transaction_read_only";
    private const int QuietRounds = 4;
    private const int MostRounds = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Freezes a database, once the journal says so. Returns the sessions that this role may not end and that can still
    /// write.</summary>
    /// <param name="session">A session on the server, best on another database; it is not ended.</param>
    /// <param name="database">The database.</param>
    /// <param name="log">The journal of the restore; it knows of the server.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="except">Server processes of our own that stay.</param>
    public static async Task<IReadOnlyList<string>> FreezeAsync(
        PostgresSession session, string database, SwapLog log, CancellationToken cancellation, IReadOnlyCollection<int>? except = null)
    {
        if (await FindAsync(session, "datname = $1", database, cancellation) is not { } found) return [];
        // A second call must not take the first one's setting for the operator's.
        if (!log.Journal.Server!.Frozen)
            log.Note(journal => journal with { Server =
                journal.Server! with { LiveOid = journal.Server.LiveOid ?? found.Oid, Frozen = true, ReadOnlyBefore = found.ReadOnly } });
        await RunWritableAsync(session, $"ALTER DATABASE {PostgresNames.Quote(database)} SET {Setting} = on", cancellation);
        await EndOlderSessionsAsync(session, found.Oid, except ?? [], cancellation);
        return await session.TextsAsync($"""
            SELECT pg_catalog.format('%s, process %s', session.usename, session.pid) FROM pg_catalog.pg_stat_activity AS session
            WHERE {SessionTerminator.Of(found.Oid, except ?? [])} AND {SessionTerminator.IsClient}
              AND session.pid <> pg_catalog.pg_backend_pid() AND NOT {SessionTerminator.MayEnd}
            """, cancellation);
    }

    /// <summary>
    /// Restores the database's earlier setting, whatever its name is now, and ends the sessions that began read-only, because they would
    /// stay so. The method does nothing if the journal has no freeze or the database is gone, and can be repeated.
    /// </summary>
    /// <param name="session">A session on the server, best on another database; it is not ended.</param>
    /// <param name="server">The server's part of the journal.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="except">Server processes of this product that stay.</param>
    public static async Task LiftAsync(PostgresSession session, ServerJournal server, CancellationToken cancellation,
        IReadOnlyCollection<int>? except = null)
    {
        if (server is not { Frozen: true, LiveOid: { } oid }) return;
        if (await FindAsync(session, "db.oid = $1", oid, cancellation) is not { } found) return;
        var name = PostgresNames.Quote(found.Name);
        await RunWritableAsync(session, server.ReadOnlyBefore is { } before
            ? $"ALTER DATABASE {name} SET {Setting} = {PostgresNames.Literal(before)}" : $"ALTER DATABASE {name} RESET {Setting}",
            cancellation);
        await EndOlderSessionsAsync(session, oid, except ?? [], cancellation);
    }

    /// <summary>Returns the description of a frozen database as if it were not frozen.</summary>
    public static PostgresDescription Without(PostgresDescription description, ServerJournal server)
    {
        var own = description.Database.Settings.Where(setting => setting is not { Role: null, Name: Setting });
        return description with
        {
            Database = description.Database with { Settings = server.ReadOnlyBefore is { } before
                ? [.. own, new PostgresSetting(null, Setting, before)] : [.. own] },
        };
    }

    private static async Task<FrozenDatabase?> FindAsync(PostgresSession session, string condition, object value,
        CancellationToken cancellation) =>
        (await session.RowsAsync($"""
            SELECT db.oid::text, db.datname::text, (SELECT pg_catalog.split_part(setting, '=', 2)
              FROM pg_catalog.pg_db_role_setting AS own, pg_catalog.unnest(own.setconfig) AS setting
                                        WHERE own.setdatabase = db.oid AND own.setrole = 0 AND setting LIKE '{Setting}=%')
            FROM pg_catalog.pg_database AS db WHERE {condition}
            """, cancellation, value))
            .Select(row => new FrozenDatabase(uint.Parse(row[0]!, CultureInfo.InvariantCulture), row[1]!, row[2])).FirstOrDefault();

    private static async Task RunWritableAsync(PostgresSession session, string sql, CancellationToken cancellation)
    {
        // A session that began on the frozen database is read-only itself.
        await session.ExecuteAsync($"SET {Setting} = off", cancellation);
        await session.ExecuteAsync(sql, cancellation);
    }

    // A session reads its settings before it is listed: some that began under the old ones appear a moment later.
    private static async Task EndOlderSessionsAsync(PostgresSession session, uint database, IReadOnlyCollection<int> except,
        CancellationToken cancellation)
    {
        var now = await session.TextAsync("SELECT pg_catalog.clock_timestamp()::text", cancellation);
        // The server does not tell when other roles' sessions began.
        var older = $"{SessionTerminator.Of(database, except)} AND {SessionTerminator.IsClient} "
            + $"AND coalesce(session.backend_start <= '{now}'::pg_catalog.timestamptz, true)";
        for (int round = 0, quiet = 0; round < MostRounds && quiet < QuietRounds; round++)
        {
            quiet = await SessionTerminator.EndAsync(session, older, cancellation) == 0 ? quiet + 1 : 0;
            await Task.Delay(Pause, cancellation);
        }
    }

    private sealed record FrozenDatabase(uint Oid, string Name, string? ReadOnly);
}
