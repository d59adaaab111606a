using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Manifests;

namespace Postry.Ops.Engine.Postgres.Restoring;

/// <summary>A scratch database on a server that the caller offers for a trial restore.</summary>
internal sealed class TrialDatabase : TrialTarget
{
    private readonly PostgresAddress _address;

    private TrialDatabase(PostgresAddress address) => _address = address;

    /// <inheritdoc/>
    public override DatabaseAddress Address => _address;

    /// <summary>Chooses a name that nothing on the server has. The restore itself makes the database.</summary>
    public static Task<TrialDatabase> OpenAsync(PostgresAddress server, BackupManifest manifest, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(new TrialDatabase(server.For(KeptNames.Trial(manifest.Id))));
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (await MaintenanceConnection.TryOpenAsync(_address, "Test", CancellationToken.None).ConfigureAwait(false) is not { } server) return;
        await using (server.ConfigureAwait(false)) await ServerDatabases.DropAsync(server, _address.Database, CancellationToken.None).ConfigureAwait(false);
    }
}
