using System.Text.RegularExpressions;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Trials;

/// <summary>A scratch database on a server that the caller offers for a trial restore. A session of its own holds its lock, so that those
/// of dead processes are known.</summary>
internal sealed partial class TrialDatabase : DatabaseTrial
{
    // No database has this name.
    private const string AnyTrial = "postry_trial_";

    private readonly PostgresSession _session;
    private readonly PostgresAddress _address;

    private TrialDatabase(PostgresSession session, PostgresAddress address, bool noOwner) =>
        (_session, _address, Options) = (
            session, address, new PostgresRestoreOptions { NoOwner = noOwner, NoTablespaces = true, OnBrokenObject = BrokenObjectRule.Leave,
                IsTrial = true });

    /// <inheritdoc/>
    public override DatabaseAddress Address => _address;

    /// <inheritdoc/>
    public override PostgresRestoreOptions Options { get; }

    /// <summary>Makes sure that a scratch database can be made on a server. Returns the full path of the server's data if that is on this
    /// machine, or null. Errors: AccessDenied, and those of reaching the server.</summary>
    public static async Task<string?> RequireServerAsync(PostgresAddress server, CancellationToken cancellation)
    {
        await using var session = await MaintenanceConnection.TryOpenAsync(server.For(AnyTrial), cancellation)
            ?? throw Unusable(server, $"has no database that {server.User} may connect to");
        var found = await TargetServer.ReadAsync(session, AnyTrial, cancellation);
        if (found.IsStandby) throw Unusable(server, "is a standby, which is read-only");
        if (!found.CanCreateDatabases) throw Unusable(server, $"has a role {found.Role} that may not make databases");
        return await ServerSpace.FindFolderAsync(session, cancellation);
    }

    /// <summary>
    /// Chooses a name that nothing on the server has, and removes what dead trials left; the restore itself makes the database. Errors:
    /// those of reaching the server, TrialNotPossible.
    /// </summary>
    public static async Task<TrialDatabase> OpenAsync(PostgresAddress server, BackupManifest manifest, CancellationToken cancellation)
    {
        var name = KeptNames.Trial(manifest.Id);
        var session = await MaintenanceConnection.TryOpenAsync(server.For(name), cancellation)
            ?? throw new TrialNotPossibleException(server.Name, $"{server.Name} has no database that {server.User} may connect to.",
                $"Name a server and a role that may make databases with {OptionName.ScratchUrl}.");
        try
        {
            await ServerLock.TryTrialAsync(session, name, cancellation);
            await SweepAsync(session, cancellation);
            await SweepCopiesAsync(session, cancellation);
            var roles = (await session.RowsAsync(
                "SELECT rolname::text FROM pg_catalog.pg_roles WHERE pg_catalog.pg_has_role(oid, 'MEMBER')", cancellation))
                    .Select(row => row[0]!).ToHashSet(StringComparer.Ordinal);
            // Owners and privileges are compared where the server knows all of the roles; a server for trials need not.
            return new TrialDatabase(session, server.For(name), noOwner: manifest.Postgres!.Roles.Any(role => !roles.Contains(role.Name)));
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Description => $"a scratch database on a server that was offered ({_address.Name})";

    /// <inheritdoc/>
    public override string ServerVersion => $"{_session.ServerMajor}";

    /// <inheritdoc/>
    public override Task<string> SimulateLossAsync(CancellationToken cancellation) => TableLoss.SimulateAsync(_address, cancellation);

    /// <inheritdoc/>
    public override async Task<string?> FindLeftoversAsync()
    {
        try
        {
            if (await MaintenanceConnection.TryOpenAsync(_address, CancellationToken.None) is not { } server)
                return $"perhaps the database {_address.Database}: the server cannot be asked";
            await using (server)
            {
                var left = await server.TextsAsync(
                    "SELECT datname::text FROM pg_catalog.pg_database WHERE datname = $1 OR datname LIKE $2", CancellationToken.None,
                    _address.Database, KeptNames.PreviousOf(_address.Database));
                return left.Count == 0 ? null : $"{string.Join(", ", left)} on {_address.Name}";
            }
        }
        catch (Exception e) when (e is OpsException or NpgsqlException)
        {
            return $"perhaps the database {_address.Database}: the server cannot be asked";
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        try
        {
            // The trial's own session may be lost by now.
            if (await MaintenanceConnection.TryOpenAsync(_address, CancellationToken.None) is { } server)
                await using (server) await ServerDatabases
                    .DropAsync(server, _address.Database, CancellationToken.None);
        }
        catch (Exception e) when (e is OpsException or NpgsqlException)
        {
            // A server that is away now cannot be tidied up, and that says nothing of the backup: the next trial there sweeps what is left.
            System.Diagnostics.Debug.WriteLine(e.Message);
        }

        await _session.DisposeAsync();
    }

    private static AccessDeniedException Unusable(PostgresAddress server, string why) => new(server.Name,
        $"{server.Name} {why}, so no scratch database can be made there.",
        $"Name the primary server, and a role that may make databases there, with {OptionName.ScratchUrl}.");

    // A trial that died while it restored left a stage, which says in its mark whose it is; one that died later a database of the trial's
    // own name.
    private static async Task SweepAsync(PostgresSession session, CancellationToken cancellation)
    {
        var ours = await session.RowsAsync(
            "SELECT datname::text, pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database WHERE datname ~ " +
                "'^postry_(trial|stage)_' AND pg_catalog.pg_has_role(datdba, 'USAGE')", cancellation);
        foreach (var row in ours)
        {
            var trial = KeptNames.IsStage(row[0]!) ? StageOfTrial().Match(row[1] ?? "").Groups["trial"].Value
                : TrialName().Match(row[0]!).Value;
            if (trial.Length == 0 || !await ServerLock.TryTrialAsync(session, trial, cancellation)) continue;
            try
            {
                await ServerDatabases.DropAsync(session, row[0]!, cancellation);
            }
            catch (PostgresException)
            {
                // Another session uses the database, or the role may not drop it: that says nothing about the backup under test.
            }
        }
    }

    // A drill restores twice into its trial, so that a dead one leaves a previous copy, whose name begins with that of the trial.
    private static async Task SweepCopiesAsync(PostgresSession session, CancellationToken cancellation)
    {
        var orphans = await session.TextsAsync("""
            SELECT copy.datname::text FROM pg_catalog.pg_database copy,
              LATERAL pg_catalog.substring(copy.datname::text, '^postry_prev_[0-9T]+_[0-9a-z]+_(postry_trial_[0-9a-z]{8}_[0-9a-f]+)$')
                AS trial(prefix)
            WHERE trial.prefix IS NOT NULL AND pg_catalog.pg_has_role(copy.datdba, 'USAGE') AND NOT EXISTS (
              SELECT 1 FROM pg_catalog.pg_database live WHERE pg_catalog.starts_with(live.datname::text, trial.prefix))
            """, cancellation);
        foreach (var copy in orphans) await ServerDatabases.DropAsync(session, copy, cancellation);
    }

    [GeneratedRegex("^postry_trial_[0-9a-z]{8}_[0-9a-f]{32}$")]
    private static partial Regex TrialName();

    [GeneratedRegex("^Postry\\.Ops: stage of the restore [0-9a-z]+ of [^/]*/(?<trial>postry_trial_[0-9a-z]{8}_[0-9a-f]{32})\\.")]
    private static partial Regex StageOfTrial();
}
