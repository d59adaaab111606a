using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>
/// The lock of a target on its server, which every host sees: an advisory lock of the same session that makes, renames and drops databases.
/// The lock ends with that session, and the server ends a session of a dead client only after its last statement: so the next holder of the
/// lock sees all work of the one before.
/// </summary>
internal static class ServerLock
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Takes the lock on a session.</summary>
    /// <exception cref="DatabaseBusyException">Somebody else holds it for longer than the timeout lasts.</exception>
    public static async Task AcquireAsync(PostgresSession session, RestoreTarget target, TimeSpan usual,
        CancellationToken cancellation)
    {
        var key = KeyOf(target);
        var wait = new LockWait(usual);
        while (await session.TextAsync($"SELECT pg_catalog.pg_try_advisory_lock({key})::text", cancellation) != "true")
        {
            if (wait.IsDue || wait.IsOver)
            {
                var problem = $"{target.Name} is being restored or undone from {await HolderAsync(session, key, cancellation)}.";
                wait.Report(problem);
                if (wait.IsOver)
                    throw new DatabaseBusyException(target.Name, problem,
                        $"Wait until that command has finished, then run this one again. {LockWait.Longer}");
            }

            await Task.Delay(PollInterval, cancellation);
        }
    }

    /// <summary>Gives it back.</summary>
    public static Task ReleaseAsync(PostgresSession session, RestoreTarget target) =>
        session.ExecuteAsync($"SELECT pg_catalog.pg_advisory_unlock({KeyOf(target)})", CancellationToken.None);

    /// <summary>Takes the lock of a trial's database on a session; false where somebody alive holds it.</summary>
    public static async Task<bool> TryTrialAsync(PostgresSession session, string database, CancellationToken cancellation) =>
        await session.TextAsync($"SELECT pg_catalog.pg_try_advisory_lock({KeyOf($"postry trial {database}")})::text",
            cancellation) == "true";

    private static long KeyOf(RestoreTarget target) => KeyOf($"postry restore {target.Identity}");

    private static long KeyOf(string text) => BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static async Task<string> HolderAsync(PostgresSession session, long key, CancellationToken cancellation) =>
        await session.TextAsync($"""
            SELECT coalesce(a.client_hostname, pg_catalog.host(a.client_addr), 'the server''s own host') || ' (backend ' || a.pid || ')'
            FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
            WHERE l.locktype = 'advisory' AND l.granted AND ((l.classid::bigint << 32) | l.objid::bigint) = {key}
            """, cancellation) ?? "another host";
}
