using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Source;

/// <summary>Backs up a PostgreSQL database into an archive folder.</summary>
/// <param name="address">The database.</param>
/// <param name="options">The parts to leave out, and the form of the archive.</param>
/// <param name="fingerprint">The amount to measure.</param>
/// <param name="patience">The time limit for locks.</param>
/// <param name="observer">Receives progress and warnings.</param>
internal sealed class PostgresCapture(PostgresAddress address, PostgresBackupOptions options, FingerprintKind fingerprint,
    TimeSpan patience, IOperationObserver observer)
{
    /// <summary>
    /// Writes the archive into a folder that is not there yet; where this fails the folder is the caller's to remove. Errors: those of
    /// connecting and of pg_dump, InvalidRequest, AccessDenied (what could not be backed up whole), DatabaseBusy, ToolMissing, ToolTooOld,
    /// BackupCorrupt.
    /// </summary>
    public async Task<CaptureResult> RunAsync(string folder, CancellationToken cancellation)
    {
        try
        {
            return await new CaptureRun(address, options, fingerprint, patience, observer, folder).RunAsync(cancellation);
        }
        catch (Exception e) when (e is not OpsException)
        {
            cancellation.ThrowIfCancellationRequested();
            if (PostgresErrors.Explain(e, address) is { } explained) throw explained;
            throw;
        }
    }
}
