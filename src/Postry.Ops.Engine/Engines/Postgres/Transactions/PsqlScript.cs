using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Tools;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>Runs a script in a psql of its own, which ends at the first error, and in which the script can run none of psql's own
/// commands.</summary>
internal static class PsqlScript
{
    /// <summary>
    /// Runs the script, and returns only after psql has run its last statement. Errors: those of psql; ToolTooOld if psql would run hidden
    /// commands of a script.
    /// </summary>
    /// <param name="address">The database.</param>
    /// <param name="serverMajor">Major version of its server.</param>
    /// <param name="write">Writes the script piece by piece.</param>
    /// <param name="warned">Receives warnings.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task RunAsync(
        PostgresAddress address, int serverMajor, Func<Func<ReadOnlyMemory<byte>, Task>, Task> write,
        Action<string> warned, CancellationToken cancellation)
    {
        var command = PsqlTransaction.Command(address, serverMajor,
            PgTools.Find("psql", serverMajor, address.Name)) with { Warned = warned };
        await using var psql = PgProcess.Start(command, cancellation);
        var (word, marker) = (RandomNumberGenerator.GetHexString(32), PsqlOutput.NewMarker());
        // The answers are read while the script is written: a full pipe would stop psql.
        var answered = new PsqlOutput(psql.Output).ReadUntilAsync(marker, _ => { }, cancellation);
        await WriteAsync(Encoding.ASCII.GetBytes($"\\restrict {word}\n{SessionSettings.SetEncoding};\n"));
        await write(WriteAsync);
        await WriteAsync(Encoding.ASCII.GetBytes($"\n\\unrestrict {word}\n\\echo {marker}\n"));
        psql.Input.Close();
        if (!await answered) await FailAsync(psql, command);
        await psql.CompleteAsync();

        async Task WriteAsync(ReadOnlyMemory<byte> bytes)
        {
            try
            {
                await psql.Input.WriteAsync(bytes, cancellation);
                await psql.Input.FlushAsync(cancellation);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // psql has ended, and its output says why.
                await FailAsync(psql, command);
            }
        }
    }

    private static async Task FailAsync(PgProcess psql, PgCommand command)
    {
        try
        {
            await psql.CompleteAsync();
        }
        catch (ToolFailedException e) when (e.Message.Contains("\\restrict", StringComparison.Ordinal))
        {
            throw PsqlTransaction.TooOld(command, e);
        }

        throw new ToolFailedException(command.Target, "psql ended before its work was done.", "Run the command again.");
    }
}
