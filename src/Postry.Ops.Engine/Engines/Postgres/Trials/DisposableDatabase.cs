using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Trials;

/// <summary>An empty database that its owner has named for a drill from end to end. The drill restores into it, and empties it
/// again. A session of its own holds its lock, so that two drills never meet there.</summary>
internal sealed class DisposableDatabase : DatabaseTrial
{
    private readonly PostgresSession _session;
    private readonly PostgresAddress _address;
    private readonly int _major;
    private IReadOnlyList<string> _extensions = [];
    private bool _isClaimed;
    private string? _left;

    private DisposableDatabase(PostgresSession session, PostgresAddress address, int major, bool noOwner) =>
        (_session, _address, _major, Options) = (session, address, major, new PostgresRestoreOptions
        {
            NoOwner = noOwner, NoTablespaces = true, OnBrokenObject = BrokenObjectRule.Leave, IsTrial = true,
        });

    /// <inheritdoc/>
    public override DatabaseAddress Address => _address;

    /// <inheritdoc/>
    public override PostgresRestoreOptions Options { get; }

    /// <inheritdoc/>
    public override string Description => $"the disposable database {_address.Name}";

    /// <inheritdoc/>
    public override string ServerVersion => $"{_major}";

    /// <summary>Takes the lock of the database, and makes sure that it is empty. Errors: RestoreRefused, and those of reaching
    /// it.</summary>
    public static async Task<DisposableDatabase> OpenAsync(PostgresAddress address, BackupManifest manifest,
        CancellationToken cancellation)
    {
        var lockSession = await LockAsync(address, cancellation);
        try
        {
            await using var session = await PostgresConnector.OpenAsync(address, cancellation);
            var roles = (await session.TextsAsync(
                "SELECT rolname::text FROM pg_catalog.pg_roles WHERE pg_catalog.pg_has_role(oid, 'MEMBER')", cancellation)).ToHashSet();
            return new DisposableDatabase(lockSession, address, session.ServerMajor,
                noOwner: manifest.Postgres!.Roles.Any(role => !roles.Contains(role.Name)));
        }
        catch
        {
            await lockSession.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes sure that the database is none of some others, by the server's start and the database's number, whatever the
    /// addresses say. Errors: RestoreRefused, and those of reaching it or the source.</summary>
    public static async Task RequireOtherAsync(PostgresAddress address, IReadOnlyList<(PostgresAddress Address, bool IsSource)> others,
        CancellationToken cancellation)
    {
        var own = await IdentityAsync(address, cancellation);
        foreach (var (other, isSource) in others)
        {
            try
            {
                if (await IdentityAsync(other, cancellation) != own) continue;
            }
            catch (DatabaseUnreachableException) when (!isSource && other.Name != address.Name)
            {
                // A server that does not answer now cannot be the one that just did.
                continue;
            }
            catch (SourceNotFoundException) when (!isSource)
            {
                // Nor can a database that does not exist.
                continue;
            }
            catch (OpsException) when (!isSource)
            {
                // A server that answers and lets nobody in may be the same one, under another name.
                if (other.Database != address.Database) continue;
                throw Refused(address, $"may be the configured database {other.Name}, which does not let the drill look");
            }

            throw Refused(address, $"is {(isSource ? "the source of the drill itself" : $"the configured database {other.Name}")}");
        }
    }

    /// <summary>Makes sure that the database is empty and that no other drill uses it, before a drill begins. Errors: RestoreRefused, and
    /// those of reaching it.</summary>
    public static async Task RequireFreeAsync(PostgresAddress address, CancellationToken cancellation)
    {
        await using var session = await LockAsync(address, cancellation);
    }

    /// <inheritdoc/>
    public override async Task ClaimAsync(CancellationToken cancellation)
    {
        await using var session = await PostgresConnector.OpenAsync(_address, cancellation);
        await RequireEmptyAsync(session, _address, cancellation);
        _extensions = await session.TextsAsync("SELECT extname::text FROM pg_catalog.pg_extension", cancellation);
        _isClaimed = true;
    }

    /// <inheritdoc/>
    public override Task<string> SimulateLossAsync(CancellationToken cancellation) => TableLoss.SimulateAsync(_address, cancellation);

    /// <inheritdoc/>
    public override Task<string?> FindLeftoversAsync() => Task.FromResult(_left);

    /// <summary>Empties the database, if the drill has claimed it.</summary>
    public override async ValueTask DisposeAsync()
    {
        try
        {
            if (!_isClaimed) return;
            await using var session = await PostgresConnector.OpenAsync(_address, CancellationToken.None);
            await session.ExecuteAsync("SET default_transaction_read_only = off", CancellationToken.None);
            await EmptyAsync(session);
            var there = await DisposableObjects.FindAsync(session, CancellationToken.None);
            _left = there.Count == 0 ? null : $"{string.Join(", ", there)} in {_address.Name}";
        }
        catch (Exception e) when (e is OpsException or NpgsqlException)
        {
            _left = $"the restored data in {_address.Name}: {PostgresErrors.Redact(e.Message, _address.Password)}";
        }
        finally
        {
            await _session.DisposeAsync();
        }
    }

    /// <summary>A session that holds the lock of the empty database.</summary>
    private static async Task<PostgresSession> LockAsync(PostgresAddress address, CancellationToken cancellation)
    {
        // A session in the database itself would end with the first swap.
        var lockSession = await MaintenanceConnection.TryOpenAsync(address, cancellation)
            ?? await PostgresConnector.OpenAsync(address, cancellation);
        try
        {
            if (!await ServerLock.TryTrialAsync(lockSession, $"disposable {address.Database}", cancellation))
                throw new RestoreRefusedException(address.Name, $"Another drill uses {address.Name} now.", "Wait until it has ended.");
            await using var session = await PostgresConnector.OpenAsync(address, cancellation);
            await RequireEmptyAsync(session, address, cancellation);
            return lockSession;
        }
        catch
        {
            await lockSession.DisposeAsync();
            throw;
        }
    }

    private static RestoreRefusedException Refused(PostgresAddress address, string why) => new(address.Name,
        $"{address.Name} {why}, so the drill does not touch it.",
        $"Name a database that nobody needs in {EnvironmentVariables.EndToEndDatabaseUrl}.");

    private static async Task RequireEmptyAsync(PostgresSession session, PostgresAddress address, CancellationToken cancellation)
    {
        var there = await DisposableObjects.FindAsync(session, cancellation);
        if (there.Count > 0)
            throw new RestoreRefusedException(address.Name,
                $"{address.Name} is not empty, so the drill does not touch it: {string.Join(", ", there.Take(3))}" +
                $"{(there.Count > 3 ? ", ..." : "")}.",
                "Name a database without any objects, for example one that createdb has just made.");
    }

    private static async Task<string> IdentityAsync(PostgresAddress address, CancellationToken cancellation)
    {
        await using var session = await PostgresConnector.OpenAsync(address, cancellation);
        return (await session.TextAsync("""
            SELECT pg_catalog.pg_postmaster_start_time()::text || '/' || oid FROM pg_catalog.pg_database
            WHERE datname = pg_catalog.current_database()
            """, cancellation))!;
    }

    // Extensions that were there before, which an administrator may have made, stay, and so does the schema of one.
    private async Task EmptyAsync(NpgsqlSession session)
    {
        var none = CancellationToken.None;
        await session.ExecuteWrittenAsync(DatabaseDrop.BeforeSchemas, none);
        await session.ExecuteWrittenAsync(DatabaseDrop.Extensions(_extensions), none);
        var schemas = await LiveSchemas.ReadAsync(session, none);
        foreach (var schema in schemas.Where(schema => !schema.HasExtension))
            await session.ExecuteAsync($"DROP SCHEMA {PostgresNames.Quote(schema.Name)} CASCADE", none);
        await session.ExecuteWrittenAsync(DatabaseDrop.Objects(
            schemas.Where(schema => schema.HasExtension).Select(schema => schema.Name), session.ServerMajor), none);
        await session.ExecuteWrittenAsync(DatabaseDrop.AfterSchemas, none);
        await session.RowsAsync("SELECT pg_catalog.lo_unlink(oid)::text FROM pg_catalog.pg_largeobject_metadata", none);
        await DefaultPrivileges.ResetAsync(session, schemas.Where(schema => schema.HasExtension).Select(schema => schema.Name), none);
        // A new database's public schema belongs to the owner of the database, and everybody may look into it.
        if (schemas.Any(schema => schema is { Name: PublicSchema.Name, HasExtension: false }))
            await PublicSchema.CreateAsync(session, session.ServerMajor, null, noOwner: false, none);
    }
}
