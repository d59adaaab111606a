using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Source;

/// <summary>Backs up a PostgreSQL database into an archive folder.</summary>
/// <param name="address">The database.</param>
/// <param name="options">What is left out and how it is stored.</param>
/// <param name="fingerprint">How much to measure.</param>
/// <param name="patience">How long to wait for locks.</param>
/// <param name="reporter">Hears of progress and of what should be known.</param>
internal sealed class PostgresCapture(PostgresAddress address, PostgresBackupOptions options, FingerprintKind fingerprint,
    TimeSpan patience, IReporter reporter)
{
    /// <summary>
    /// Writes the archive into a folder that is not there yet; where this fails the folder is the caller's to remove. Errors: those of
    /// connecting and of pg_dump, InvalidRequest, AccessDenied (what could not be backed up whole), DatabaseBusy, ToolMissing, ToolTooOld,
    /// BackupCorrupt.
    /// </summary>
    public async Task<Capture> RunAsync(string folder, CancellationToken cancellation)
    {
        try
        {
            return await new CaptureRun(address, options, fingerprint, patience, reporter, folder).RunAsync(cancellation);
        }
        catch (Exception e) when (e is not OpsException)
        {
            cancellation.ThrowIfCancellationRequested();
            if (PostgresErrors.Explain(e, CaptureRun.Operation, address) is { } explained) throw explained;
            throw;
        }
    }
}
