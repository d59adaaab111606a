using System.Data;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>
/// One session on the server of a restore's target, which is not on the target itself if that is possible, and the locks of the target.
/// The session is opened when it is first needed, and again if it was lost.
/// </summary>
internal sealed class TargetSession(PostgresAddress address) : IAsyncDisposable
{
    private static readonly TimeSpan WaitForOtherRestore = TimeSpan.FromSeconds(5);
    private NpgsqlSession? _session;
    private RestoreTarget? _locked;

    /// <summary>Returns the session; if a target is locked, the session holds the server's lock. Errors: those of connecting, and
    /// DatabaseBusy if another process took the lock after the session was lost.</summary>
    public async Task<NpgsqlSession> OpenAsync(CancellationToken cancellation)
    {
        if (_session is { Connection.FullState: ConnectionState.Open } open && await AnswersAsync(open, cancellation)) return open;
        if (_session is not null) await _session.DisposeAsync();
        _session = null;
        var opened = await MaintenanceConnection.TryOpenAsync(address, cancellation)
            ?? await PostgresConnector.OpenAsync(address, cancellation);
        try
        {
            // The lock ended with the lost session. Another process may hold it now, or the lost session is still at its last statement.
            if (_locked is { } target) await ServerLock.AcquireAsync(opened, target, WaitForOtherRestore, cancellation);
            return _session = opened;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes the two locks of a target, the file and the server's; disposing the result gives both back. Errors:
    /// DatabaseBusy.</summary>
    public async Task<IAsyncDisposable> LockAsync(RestoreTarget target, CancellationToken cancellation)
    {
        var file = await FileLock.AcquireAsync(target.LockFile, address.Name, WaitForOtherRestore, cancellation);
        try
        {
            // Other hosts have other backup roots; what they share is the server.
            var session = await OpenAsync(cancellation);
            await ServerLock.AcquireAsync(session, target, WaitForOtherRestore, cancellation);
            _locked = target;
            return new TargetLock(this, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_session is not null) await _session.DisposeAsync();
    }

    private async Task UnlockAsync()
    {
        if (_locked is not { } target) return;
        _locked = null;
        if (_session is not { } session) return;
        try
        {
            await ServerLock.ReleaseAsync(session, target);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or IOException)
        {
            // The lock ends with its session.
            _session = null;
            await session.DisposeAsync();
        }
    }

    private static async Task<bool> AnswersAsync(PostgresSession session, CancellationToken cancellation)
    {
        try
        {
            await session.ExecuteAsync("SELECT 1", cancellation);
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or IOException)
        {
            return false;
        }
    }

    private sealed class TargetLock(TargetSession session, FileLock file) : IAsyncDisposable
    {
        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            await session.UnlockAsync();
            file.Dispose();
        }
    }
}
