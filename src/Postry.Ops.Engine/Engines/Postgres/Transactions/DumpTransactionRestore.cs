using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.PlainDumps;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>Restores a plain dump in a transaction.</summary>
/// <param name="dump">The dump.</param>
/// <param name="options">The options of the restore.</param>
/// <param name="schemas">The only schemas that the dump may change; null for all.</param>
/// <param name="address">The database.</param>
/// <param name="observer">Receives the progress.</param>
internal sealed class DumpTransactionRestore(PlainDump dump, PostgresRestoreOptions options, IReadOnlySet<string>? schemas,
    PostgresAddress address, IOperationObserver observer) : ITransactionRestore
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<Check>> StageAsync(Func<RestoreIntoTransaction, Task<IReadOnlyList<Check>>> attempt,
        CancellationToken cancellation)
    {
        try
        {
            return await attempt((transaction, _) => RestoreAsync(transaction, null, cancellation));
        }
        // A search_path could lead the statements into schemas that must stay as they are.
        catch (ToolFailedException e) when (schemas is null && ToolComplaintsException.IsOfServer(e))
        {
            return await new DumpSearchPaths(dump, address, observer).TryAsync(e,
                path => attempt((transaction, _) => RestoreAsync(transaction, path, cancellation)), cancellation);
        }
    }

    private async Task<RestoreOutcome> RestoreAsync(PsqlTransaction transaction, string? searchPath, CancellationToken cancellation)
    {
        var purpose = new ScriptPurpose(InTransaction: true, options.NoOwner, transaction.ServerMajor, schemas, options.NoTablespaces,
            searchPath);
        var word = RandomNumberGenerator.GetHexString(32);
        await transaction.FeedAsync(async write =>
        {
            await write(Encoding.ASCII.GetBytes($"\\restrict {word}\n"));
            await DumpFile.FeedAsync(dump.Manifest, dump.Path, purpose, write, bytes => observer.Progress(
                new OperationProgress("PostgreSQL", "Restoring", bytes, dump.Manifest.Artefact.Bytes)), cancellation);
            await write(Encoding.ASCII.GetBytes($"\n\\unrestrict {word}\n"));
        }, cancellation);
        // The transaction gets back the settings that it had before the dump changed them.
        await transaction.ExecuteAsync(
            """
            RESET SESSION AUTHORIZATION;
            SET standard_conforming_strings = on;
            SELECT pg_catalog.set_config('search_path', '', false), pg_catalog.set_config('row_security', 'off', false);
            """, cancellation);
        return RestoreOutcome.OfDump(searchPath);
    }
}
