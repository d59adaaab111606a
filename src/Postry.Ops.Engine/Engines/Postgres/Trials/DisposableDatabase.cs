using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Trials;

/// <summary>An empty database that its owner has named for a drill from end to end. The drill restores into it, and empties it
/// again.</summary>
internal sealed class DisposableDatabase : DatabaseTrial
{
    private const string OwnSchemas = "nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'";

    // The objects that an application makes; those of extensions belong to the extensions, and an empty schema is no data.
    private const string Objects = $"""
        SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.{OwnSchemas} AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
        UNION ALL
        SELECT pg_catalog.format('%I.%I()', n.nspname, p.proname)
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE n.{OwnSchemas} AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e')
        UNION ALL
        SELECT 'large object ' || oid FROM pg_catalog.pg_largeobject_metadata
        LIMIT 4
        """;

    private readonly PostgresAddress _address;
    private readonly int _major;
    private string? _left;

    private DisposableDatabase(PostgresAddress address, int major, bool noOwner) =>
        (_address, _major, Options) = (address, major, new PostgresRestoreOptions
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

    /// <summary>Makes sure that the database is empty. Errors: RestoreRefused, and those of reaching it.</summary>
    public static async Task<DisposableDatabase> OpenAsync(PostgresAddress address, BackupManifest manifest,
        CancellationToken cancellation)
    {
        await using var session = await PostgresConnector.OpenAsync(address, cancellation);
        var there = await session.TextsAsync(Objects, cancellation);
        if (there.Count > 0)
            throw new RestoreRefusedException(address.Name,
                $"{address.Name} is not empty, so the drill does not touch it: {string.Join(", ", there.Take(3))}" +
                $"{(there.Count > 3 ? ", ..." : "")}.",
                "Name a database without tables, functions and large objects, for example one that createdb has just made.");
        var roles = (await session.TextsAsync(
            "SELECT rolname::text FROM pg_catalog.pg_roles WHERE pg_catalog.pg_has_role(oid, 'MEMBER')", cancellation)).ToHashSet();
        return new DisposableDatabase(address, session.ServerMajor,
            noOwner: manifest.Postgres!.Roles.Any(role => !roles.Contains(role.Name)));
    }

    /// <summary>Makes sure that the database is none of some others, by the server's start and the database's number, whatever the
    /// addresses say. Errors: RestoreRefused, and those of reaching it or the source.</summary>
    public static async Task RequireOtherAsync(PostgresAddress address, IReadOnlyList<(PostgresAddress Address, bool IsSource)> others,
        CancellationToken cancellation)
    {
        var own = await IdentityAsync(address, cancellation);
        foreach (var (other, isSource) in others)
        {
            string identity;
            try
            {
                identity = await IdentityAsync(other, cancellation);
            }
            catch (OpsException) when (!isSource)
            {
                // A database that cannot be reached now cannot be the one that was just reached, unless its address says so.
                identity = other.Name == address.Name ? own : "";
            }

            if (identity == own)
                throw new RestoreRefusedException(address.Name,
                    $"{address.Name} is {(isSource ? "the source of the drill itself" : $"the configured database {other.Name}")}, " +
                        "so the drill does not touch it.",
                    $"Name a database that nobody needs in {EnvironmentVariables.EndToEndDatabaseUrl}.");
        }
    }

    private static async Task<string> IdentityAsync(PostgresAddress address, CancellationToken cancellation)
    {
        await using var session = await PostgresConnector.OpenAsync(address, cancellation);
        return (await session.TextAsync("""
            SELECT pg_catalog.pg_postmaster_start_time()::text || '/' || oid FROM pg_catalog.pg_database
            WHERE datname = pg_catalog.current_database()
            """, cancellation))!;
    }

    /// <inheritdoc/>
    public override Task<string> SimulateLossAsync(CancellationToken cancellation) => TableLoss.SimulateAsync(_address, cancellation);

    /// <inheritdoc/>
    public override Task<string?> FindLeftoversAsync() => Task.FromResult(_left);

    /// <summary>Empties the database.</summary>
    public override async ValueTask DisposeAsync()
    {
        try
        {
            await using var session = await PostgresConnector.OpenAsync(_address, CancellationToken.None);
            await session.ExecuteAsync("SET default_transaction_read_only = off", CancellationToken.None);
            await EmptyAsync(session);
            var there = await session.TextsAsync(Objects, CancellationToken.None);
            _left = there.Count == 0 ? null : $"{string.Join(", ", there)} in {_address.Name}";
        }
        catch (Exception e) when (e is OpsException or NpgsqlException)
        {
            _left = $"the restored data in {_address.Name}: {PostgresErrors.Redact(e.Message, _address.Password)}";
        }
    }

    private static async Task EmptyAsync(NpgsqlSession session)
    {
        await session.ExecuteWrittenAsync("""
            SELECT pg_catalog.format('DROP EXTENSION IF EXISTS %I CASCADE', extname) FROM pg_catalog.pg_extension
            WHERE extname <> 'plpgsql'
            """, CancellationToken.None);
        var hasPublic = await session.IsTrueAsync(
            "EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'public')", CancellationToken.None);
        await session.ExecuteWrittenAsync(
            $"SELECT pg_catalog.format('DROP SCHEMA %I CASCADE', nspname) FROM pg_catalog.pg_namespace WHERE {OwnSchemas}",
            CancellationToken.None);
        await session.RowsAsync("SELECT pg_catalog.lo_unlink(oid)::text FROM pg_catalog.pg_largeobject_metadata", CancellationToken.None);
        if (!hasPublic) return;
        // A new database's public schema belongs to the owner of the database, and everybody may look into it.
        await session.ExecuteAsync($"""
            CREATE SCHEMA public{(session.ServerMajor >= 14 ? " AUTHORIZATION pg_database_owner" : "")};
            GRANT {(session.ServerMajor >= 15 ? "USAGE" : "ALL")} ON SCHEMA public TO PUBLIC;
            COMMENT ON SCHEMA public IS 'standard public schema'
            """, CancellationToken.None);
    }
}
