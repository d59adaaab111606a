using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Restoring;

namespace Postry.Ops.Engine.Postgres.Restoring;

/// <summary>A scratch database on a server that the caller offers for a trial restore.</summary>
internal sealed class TrialDatabase : TrialTarget
{
    private readonly PostgresAddress _address;

    private TrialDatabase(PostgresAddress address, bool noOwner) => (_address, Options) = (address, new PostgresRestoreOptions { NoOwner = noOwner });

    /// <inheritdoc/>
    public override DatabaseAddress Address => _address;

    /// <inheritdoc/>
    public override PostgresRestoreOptions Options { get; }

    /// <summary>Chooses a name that nothing on the server has; the restore itself makes the database. Errors: those of reaching the server, TrialNotPossible.</summary>
    public static async Task<TrialDatabase> OpenAsync(PostgresAddress server, BackupManifest manifest, CancellationToken cancellation)
    {
        await using var session = await MaintenanceConnection.TryOpenAsync(server.For(KeptNames.Trial(manifest.Id)), "Test", cancellation).ConfigureAwait(false)
            ?? throw new TrialNotPossibleException("Test", server.Name, $"{server.Name} has no database that {server.User} may connect to.", "Name a server and a role that may make databases with -ScratchUrl.");
        var roles = (await ServerQuery.RowsAsync(session, "SELECT rolname::text FROM pg_catalog.pg_roles WHERE pg_catalog.pg_has_role(oid, 'MEMBER')", cancellation).ConfigureAwait(false)).Select(row => row[0]!).ToHashSet(StringComparer.Ordinal);
        // Owners and privileges are compared where the server knows all of the roles; a server for trials need not.
        return new TrialDatabase(server.For(KeptNames.Trial(manifest.Id)), noOwner: manifest.Postgres!.Roles.Any(role => !roles.Contains(role.Name)));
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (await MaintenanceConnection.TryOpenAsync(_address, "Test", CancellationToken.None).ConfigureAwait(false) is not { } server) return;
        await using (server.ConfigureAwait(false)) await ServerDatabases.DropAsync(server, _address.Database, CancellationToken.None).ConfigureAwait(false);
    }
}
