using Npgsql;
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
    /// <param name="connection">A session on the server, best on another database; it is not ended.</param>
    /// <param name="database">The database.</param>
    /// <param name="log">The journal of the restore; it knows of the server.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="except">Server processes of our own that stay.</param>
    public static async Task<IReadOnlyList<string>> FreezeAsync(
        NpgsqlConnection connection, string database, SwapLog log, CancellationToken cancellation, IReadOnlyCollection<int>? except = null)
    {
        if (await FindAsync(connection, "datname = $1", database, cancellation) is not { } found) return [];
        // A second call must not take the first one's setting for the operator's.
        if (!log.Journal.Server!.Frozen)
            log.Note(journal => journal with { Server =
                journal.Server! with { LiveOid = journal.Server.LiveOid ?? found.Oid, Frozen = true, ReadOnlyBefore = found.ReadOnly } });
        await RunWritableAsync(connection, $"ALTER DATABASE {PostgresNames.Quote(database)} SET {Setting} = on", cancellation);
        await EndOlderSessionsAsync(connection, found.Oid, except ?? [], cancellation);
        return await TypedQuery.TextsAsync(connection, $"""
            SELECT pg_catalog.format('%s, process %s', session.usename, session.pid) FROM pg_catalog.pg_stat_activity AS session
            WHERE session.datid = $1 AND {SessionEnder.IsClient} AND session.pid <> pg_catalog.pg_backend_pid() AND session.pid <> ALL ($2)
              AND NOT {SessionEnder.MayEnd}
            """, cancellation, found.Oid, (except ?? []).ToArray());
    }

    /// <summary>
    /// Puts back what the database was set to, whatever it is called now, and ends the sessions that began read-only: they would stay so.
    /// Does nothing where the journal knows of no freeze or the database is gone, and can be repeated.
    /// </summary>
    /// <param name="connection">A session on the server, best on another database; it is not ended.</param>
    /// <param name="server">What the journal knows.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="except">Server processes of our own that stay.</param>
    public static async Task LiftAsync(NpgsqlConnection connection, ServerJournal server, CancellationToken cancellation,
        IReadOnlyCollection<int>? except = null)
    {
        if (server is not { Frozen: true, LiveOid: { } oid }) return;
        if (await FindAsync(connection, "db.oid = $1", oid, cancellation) is not { } found) return;
        var name = PostgresNames.Quote(found.Name);
        await RunWritableAsync(connection, server.ReadOnlyBefore is { } before
            ? $"ALTER DATABASE {name} SET {Setting} = {PostgresNames.Literal(before)}" : $"ALTER DATABASE {name} RESET {Setting}",
            cancellation);
        await EndOlderSessionsAsync(connection, oid, except ?? [], cancellation);
    }

    /// <summary>What a manifest says of a frozen database, as if it were not.</summary>
    public static PostgresDescription Without(PostgresDescription description, ServerJournal server)
    {
        var own = description.Database.Settings.Where(setting => setting is not { Role: null, Name: Setting });
        return description with
        {
            Database = description.Database with { Settings = server.ReadOnlyBefore is { } before
                ? [.. own, new PostgresSetting(null, Setting, before)] : [.. own] },
        };
    }

    private static async Task<FrozenDatabase?> FindAsync(NpgsqlConnection connection, string condition, object value,
        CancellationToken cancellation) =>
        (await TypedQuery.RowsAsync(connection, $"""
            SELECT db.oid, db.datname, (SELECT pg_catalog.split_part(setting, '=', 2)
              FROM pg_catalog.pg_db_role_setting AS own, pg_catalog.unnest(own.setconfig) AS setting
                                        WHERE own.setdatabase = db.oid AND own.setrole = 0 AND setting LIKE '{Setting}=%')
            FROM pg_catalog.pg_database AS db WHERE {condition}
            """, row => new FrozenDatabase(row.GetFieldValue<uint>(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2)),
            cancellation, value)).FirstOrDefault();

    private static async Task RunWritableAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        // A session that began on the frozen database is read-only itself.
        await TypedQuery.RunAsync(connection, $"SET {Setting} = off", cancellation);
        await TypedQuery.RunAsync(connection, sql, cancellation);
    }

    // A session reads its settings before it is listed: some that began under the old ones appear a moment later.
    private static async Task EndOlderSessionsAsync(NpgsqlConnection connection, uint database, IReadOnlyCollection<int> except,
        CancellationToken cancellation)
    {
        var now = await TypedQuery.ValueAsync<DateTime>(connection, "SELECT pg_catalog.clock_timestamp()", cancellation);
        for (int round = 0, quiet = 0; round < MostRounds && quiet < QuietRounds; round++)
        {
            quiet = await SessionEnder.EndClientsAsync(connection, database, except, now, cancellation) == 0
                ? quiet + 1 : 0;
            await Task.Delay(Pause, cancellation);
        }
    }

    private sealed record FrozenDatabase(uint Oid, string Name, string? ReadOnly);
}
