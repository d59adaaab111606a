using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Trials;

/// <summary>Chooses the server of a trial restore.</summary>
internal static class PostgresTrial
{
    /// <summary>Opens a trial on an offered server, or on a temporary server. Errors: TrialNotPossible, and those of reaching the
    /// server.</summary>
    /// <param name="manifest">The manifest of the backup to restore.</param>
    /// <param name="scratch">A folder for the temporary server.</param>
    /// <param name="place">The place that the caller offers.</param>
    /// <param name="observer">Receives the progress.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<TrialTarget> OpenAsync(BackupManifest manifest, string scratch, TrialPlace place,
        IOperationObserver observer, CancellationToken cancellation)
    {
        var server = place.Disposable ?? place.Server;
        try
        {
            return (place.Disposable, place.Server) switch
            {
                (PostgresAddress disposable, _) => await DisposableDatabase.OpenAsync(disposable, manifest, cancellation),
                (_, PostgresAddress offered) => await TrialDatabase.OpenAsync(offered, manifest, cancellation),
                _ => await TrialCluster.OpenAsync(scratch, manifest, observer, cancellation),
            };
        }
        catch (NpgsqlException e)
        {
            var name = server?.Name ?? "the temporary server";
            throw PostgresErrors.Explain(e, name, (server as PostgresAddress)?.Password)
                ?? new TrialNotPossibleException(name,
                    $"{name} could not be prepared for the test restore: " +
                    $"{PostgresErrors.Redact(e.Message, (server as PostgresAddress)?.Password)}",
                    $"With {OptionName.ScratchUrl}, name a server for the test restore that has what the message names.", e);
        }
    }
}
