using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.Restoring;

namespace Postry.Ops.Engine.Postgres.Restoring;

/// <summary>The lock of a target on its server, which every host sees: an advisory lock that ends with its session.</summary>
internal sealed class ServerLock : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private readonly NpgsqlConnection _session;

    private ServerLock(NpgsqlConnection session) => _session = session;

    /// <summary>Takes the lock on a session, which then belongs to it.</summary>
    /// <exception cref="DatabaseBusyException">Somebody else holds it for longer than the patience lasts.</exception>
    public static async Task<ServerLock> AcquireAsync(NpgsqlConnection session, RestorePlace place, string operation, TimeSpan patience, CancellationToken cancellation)
    {
        var key = BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"postry restore {place.Identity}")));
        var clock = Stopwatch.StartNew();
        try
        {
            while (await ServerQuery.TextAsync(session, $"SELECT pg_catalog.pg_try_advisory_lock({key})::text", cancellation).ConfigureAwait(false) != "true")
            {
                if (clock.Elapsed > patience) throw new DatabaseBusyException(operation, place.Target, $"{place.Target} is being restored or undone from {await HolderAsync(session, key, cancellation).ConfigureAwait(false)}.", "Wait until that has finished.");
                await Task.Delay(PollInterval, cancellation).ConfigureAwait(false);
            }

            return new ServerLock(session);
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _session.DisposeAsync();

    private static async Task<string> HolderAsync(NpgsqlConnection session, long key, CancellationToken cancellation) =>
        await ServerQuery.TextAsync(session,
            $"""
            SELECT pg_catalog.coalesce(a.client_hostname, pg_catalog.host(a.client_addr), 'the server''s own host') || ' (backend ' || a.pid || ')'
            FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
            WHERE l.locktype = 'advisory' AND l.granted AND ((l.classid::bigint << 32) | l.objid::bigint) = {key}
            """, cancellation).ConfigureAwait(false) ?? "another host";
}
