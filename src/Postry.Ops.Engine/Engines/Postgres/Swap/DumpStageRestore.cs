using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.PlainDumps;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Swap;

/// <summary>Restores a plain dump into a stage with psql, which is one session: nothing is parallel, and nothing can be left out.</summary>
/// <param name="dump">The dump.</param>
/// <param name="stage">The stage.</param>
/// <param name="options">The options of the restore.</param>
/// <param name="observer">Receives the progress.</param>
internal sealed class DumpStageRestore(PlainDump dump, StageDatabase stage, PostgresRestoreOptions options, IOperationObserver observer)
    : IStageRestore
{
    /// <inheritdoc/>
    public async Task<RestoreOutcome> RunAsync(CancellationToken cancellation)
    {
        try
        {
            return await RunAsync(null, cancellation);
        }
        catch (ToolFailedException e)
        {
            return await new DumpSearchPaths(dump, stage.Address, observer).TryAsync(ServerLack.Explain(e), async path =>
            {
                await stage.RecreateAsync(cancellation);
                return await RunAsync(path, cancellation);
            }, cancellation);
        }
    }

    private async Task<RestoreOutcome> RunAsync(string? searchPath, CancellationToken cancellation)
    {
        var purpose = new ScriptPurpose(InTransaction: false, options.NoOwner, stage.ServerMajor,
            NoTablespaces: options.NoTablespaces, SearchPath: searchPath);
        await PsqlScript.RunAsync(stage.FillAddress, stage.ServerMajor,
            write => DumpFile.FeedAsync(dump.Manifest, dump.Path, purpose, write,
                bytes => observer.Progress(new OperationProgress("PostgreSQL", "Restoring into the new database", bytes,
                    dump.Manifest.Artefact.Bytes)), cancellation), observer.Warning, cancellation);
        return RestoreOutcome.OfDump(searchPath);
    }
}
