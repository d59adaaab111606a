using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Scratch;
using Postry.Ops.Engine.Engines.Postgres.Source;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Trials;

/// <summary>A temporary server of our own for a trial restore.</summary>
internal sealed class TrialCluster : DatabaseTrial
{
    private readonly ScratchCluster _cluster;
    private readonly string _database;

    private TrialCluster(ScratchCluster cluster, string database) => (_cluster, _database) = (cluster, database);

    /// <inheritdoc/>
    public override DatabaseAddress Address => _cluster.Address(_database);

    /// <inheritdoc/>
    public override bool HasEveryRight => true;

    /// <inheritdoc/>
    public override PostgresRestoreOptions Options { get; } =
        new() { NoTablespaces = true, OnBrokenObject = BrokenObjectRule.Leave, IsTrial = true };

    /// <summary>Starts the server and makes the roles that the archive relies on. Errors: TrialNotPossible.</summary>
    public static async Task<TrialCluster> OpenAsync(string folder, BackupManifest manifest, IOperationObserver observer,
        CancellationToken cancellation)
    {
        var description = manifest.Postgres!;
        observer.Progress(new OperationProgress("PostgreSQL", "Starting a temporary server for the test restore"));
        await ScratchCluster.SweepAsync(folder);
        var cluster = await StartAsync(folder, description, cancellation);
        try
        {
            await using var server = await PostgresConnector.OpenAsync(cluster.Address("postgres"), cancellation);
            await RequireExtensionsAsync(server, description, cancellation);
            await server.ExecuteAsync(
                RoleScript.Write(new RoleDefinitions(description.Roles, description.Memberships, "postgres"), description.Database.Name),
                cancellation);
            return new TrialCluster(cluster, description.Database.Name);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Description => $"a temporary server of PostgreSQL {_cluster.Major} on this machine";

    /// <inheritdoc/>
    public override string ServerVersion => $"{_cluster.Major}";

    /// <inheritdoc/>
    public override Task<string> SimulateLossAsync(CancellationToken cancellation) =>
        TableLoss.SimulateAsync(_cluster.Address(_database), cancellation);

    /// <inheritdoc/>
    public override Task<string?> FindLeftoversAsync() =>
        Task.FromResult(_cluster.IsRemoved ? null : $"the temporary server in {_cluster.Folder}");

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private static async Task<ScratchCluster> StartAsync(string folder, PostgresDescription description, CancellationToken cancellation)
    {
        var elsewhere = $"name a server for the test restore with {OptionName.ScratchUrl}";
        try
        {
            return await ScratchCluster.StartAsync(folder, description.Server.Major, cancellation,
                SessionSettings.ClientEncoding(description.Database.Encoding));
        }
        catch (Exception e) when (e is ToolMissingException or ToolTooOldException)
        {
            throw new TrialNotPossibleException(description.Database.Name,
                $"No PostgreSQL server of version {description.Server.Major} or newer is installed here, so the test " +
                $"restore was not made. {e.Message}",
                $"Install the server programs, set {EnvironmentVariables.PostgresPrograms}, or {elsewhere}.", e);
        }
        catch (OpsException e)
        {
            throw new TrialNotPossibleException(description.Database.Name,
                $"No PostgreSQL server could be started here, so the test restore was not made. {e.Message}",
                $"{e.Hint} Or {elsewhere}.", e);
        }
    }

    private static async Task RequireExtensionsAsync(PostgresSession server, PostgresDescription description,
        CancellationToken cancellation)
    {
        var available = (await server.RowsAsync("SELECT name::text FROM pg_catalog.pg_available_extensions",
            cancellation)).Select(row => row[0]!).ToHashSet(StringComparer.Ordinal);
        var missing = description.Extensions.Select(extension => extension.Name).Where(name => !available.Contains(name)).ToList();
        if (missing.Count == 0) return;
        throw new TrialNotPossibleException(description.Database.Name,
            $"The backup needs extensions that are not installed here: {string.Join(", ", missing)}.",
            $"Install them, or name a server that has them with {OptionName.ScratchUrl}.");
    }
}
