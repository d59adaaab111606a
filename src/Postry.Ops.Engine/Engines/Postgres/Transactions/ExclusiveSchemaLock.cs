using System.Diagnostics;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>
/// Locks everything in some schemas against all others until the transaction ends, so that no statement and no transaction sees some tables
/// before the swap and some after it, and no commit goes to a table that has just been replaced.
/// </summary>
internal static class ExclusiveSchemaLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // A session that comes meanwhile waits behind this one, and a session that waits crosswise must not wait until the server detects a
    // deadlock, which it does after a second. The last attempts are longer, because the server's own vacuum gives way then.
    private static readonly int[] Attempts = [50, 50, 50, 100, 100, 100, 200, 200, 200, 400, 400, 400, 800, 800, 1600, 2400, 3200];

    // After so many attempts, a session that still holds a lock is only holding it.
    private const int AttemptsBeforeEnding = 9;

    /// <summary>
    /// Takes the locks, and starts the clock at the attempt that succeeds. Errors: DatabaseBusy, which names the blocking sessions.
    /// </summary>
    /// <param name="session">A session in a transaction.</param>
    /// <param name="schemas">The schemas.</param>
    /// <param name="target">The name of the target, which errors carry.</param>
    /// <param name="cancellation">Stops trying.</param>
    public static async Task<Stopwatch> TakeAsync(PostgresSession session, IReadOnlyCollection<string> schemas,
        string target, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        if (schemas.Count == 0) return clock;
        var statements = await session.TextsAsync(Statements(schemas), cancellation);
        var locks = string.Concat(statements.Select(statement => $"EXECUTE {PostgresNames.Literal(statement)};\n"));
        for (var attempt = 0; attempt < Attempts.Length; attempt++)
        {
            if (attempt >= AttemptsBeforeEnding) await EndHoldersAsync(session, schemas, cancellation);
            clock.Restart();
            await session.ExecuteAsync(Attempt(locks, Attempts[attempt]), cancellation);
            if (await session.TextAsync("SELECT pg_catalog.current_setting('postry.locked')", cancellation) == "yes")
                return clock;
            await Task.Delay(Pause, cancellation);
        }

        var holders = await session.TextsAsync(Holders(schemas), cancellation);
        throw new DatabaseBusyException(target,
            $"Other sessions do not let go of the tables in {string.Join(", ", schemas)}" +
                $"{(holders.Count == 0 ? "." : ": " + string.Join("; ", holders) + ".")}",
            "Stop the application or end these sessions, then run the command again.");
    }

    // A failed attempt lets go of all it got: that is what the block with the exception is for.
    private static string Attempt(string locks, int milliseconds)
    {
        // No name in the locks can hold this word.
        var quote = $"$postry{Guid.NewGuid():N}$";
        return $"""
            DO {quote}
            BEGIN
                PERFORM pg_catalog.set_config('lock_timeout', '{milliseconds}ms', true);
                {locks}
                PERFORM pg_catalog.set_config('lock_timeout', '0', true), pg_catalog.set_config('postry.locked', 'yes', true);
            EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
                PERFORM pg_catalog.set_config('lock_timeout', '0', true), pg_catalog.set_config('postry.locked', 'no', true);
            END {quote};
            """;
    }

    // A change of owner that changes nothing locks the objects that LOCK does not take.
    private static string Statements(IEnumerable<string> schemas) =>
        $"""
        SELECT CASE WHEN c.relkind IN ('r', 'p') THEN pg_catalog.format('LOCK TABLE ONLY %I.%I IN ACCESS EXCLUSIVE MODE', n.nspname,
          c.relname)
                    ELSE pg_catalog.format('ALTER TABLE %I.%I OWNER TO %I', n.nspname, c.relname, r.rolname) END
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname::text = ANY ({PostgresSession.Array(schemas)})
          AND NOT {PlacedObjects.OfExtension("'pg_catalog.pg_class'::pg_catalog.regclass", "c.oid")}
        -- As statements do: first the view, then what it reads.
        ORDER BY c.relkind IN ('v', 'm') DESC, CASE WHEN c.relkind IN ('v', 'm') THEN -(c.oid::pg_catalog.int8)
          ELSE c.oid::pg_catalog.int8 END
        """;

    private static string Blocking(IEnumerable<string> schemas) =>
        $"""
        (SELECT DISTINCT l.pid FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_catalog.pg_backend_pid()
           AND n.nspname::text = ANY ({PostgresSession.Array(schemas)})
           AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
        """;

    private static string Holders(IEnumerable<string> schemas) =>
        $"""
        SELECT pg_catalog.format('process %s of %s (%s)', a.pid, COALESCE(a.usename::text, 'the server'),
          COALESCE(NULLIF(a.application_name, ''), a.backend_type))
        FROM pg_catalog.pg_stat_activity a WHERE a.pid IN {Blocking(schemas)}
        """;

    // Sessions that this role may not end stay, and are named in the error.
    private static Task EndHoldersAsync(PostgresSession session, IEnumerable<string> schemas, CancellationToken cancellation) =>
        SessionTerminator.EndAsync(session,
            $"""
            {SessionTerminator.IsClient} AND session.xact_start < pg_catalog.clock_timestamp() - '2 seconds'::pg_catalog.interval
            AND session.pid IN {Blocking(schemas)}
            """, cancellation);
}
