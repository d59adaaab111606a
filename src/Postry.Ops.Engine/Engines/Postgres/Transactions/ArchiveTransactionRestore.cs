using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>Restores an archive of pg_dump's directory format in a transaction: all of it at once, and if the server refuses some of it,
/// one object after the other.</summary>
/// <param name="archive">The archive.</param>
/// <param name="options">The options of the restore.</param>
/// <param name="select">Says what of the archive is restored.</param>
/// <param name="target">The name of the target, which errors carry.</param>
/// <param name="observer">Receives the progress.</param>
internal sealed class ArchiveTransactionRestore(DirectoryArchive archive, PostgresRestoreOptions options,
    Func<Existing, Func<ArchiveEntry, bool>> select, string target, IOperationObserver observer) : ITransactionRestore
{
    private RestoreScript? _script;

    /// <inheritdoc/>
    public int ProcessId => _script?.ProcessId ?? 0;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Check>> StageAsync(Func<RestoreIntoTransaction, Task<IReadOnlyList<Check>>> attempt,
        CancellationToken cancellation)
    {
        var tool = PgTools.Find("pg_restore", archive.DumpMajor, target, PgChoice.Closest);
        var list = await archive.ReadListAsync(observer.Warning, cancellation);
        try
        {
            return await attempt((transaction, existing) => RestoreAsync(transaction, tool, list, existing, AtOnceAsync, cancellation));
        }
        catch (ToolFailedException e) when (ToolComplaintsException.IsOfServer(e))
        {
            observer.Detail($"{e.Message} Restoring once more, one object after the other.");
            return await attempt((transaction, existing) => RestoreAsync(transaction, tool, list, existing, OneByOneAsync, cancellation));
        }
    }

    private delegate Task<RestoreOutcome> RestoreEntries(PsqlTransaction transaction, RestoreScript script, List<ArchiveEntry> chosen,
        CancellationToken cancellation);

    private async Task<RestoreOutcome> RestoreAsync(PsqlTransaction transaction, PgTool tool, ArchiveList list, Existing existing,
        RestoreEntries restore, CancellationToken cancellation)
    {
        _script = new RestoreScript(transaction, archive.Path, tool, options.Arguments, observer.Warning);
        var makesPublic = PublicSchema.IsMadeBy(archive.Manifest);
        if (makesPublic) await PublicSchema.PrepareAsync(transaction, list, options.NoOwner, cancellation);
        var chosen = list.Entries.Where(select(existing)).Where(entry => !makesPublic || !PublicSchema.Makes(entry)).ToList();
        var outcome = await restore(transaction, _script, chosen, cancellation);
        // Event triggers come last, because they fire for what pg_restore does, and may write rows that no backup has.
        await _script.RunAsync([.. chosen.Where(entry => entry.IsAboutEventTrigger).Select(entry => entry.DumpId)], dataOnly: false,
            _ => { }, cancellation);
        return outcome;
    }

    private async Task<RestoreOutcome> AtOnceAsync(PsqlTransaction transaction, RestoreScript script, List<ArchiveEntry> chosen,
        CancellationToken cancellation)
    {
        var total = Math.Max(1, archive.Description.Tables.Sum(table => table.Bytes));
        await script.RunAsync([.. chosen.Where(entry => !entry.IsLargeObjectData && !entry.IsAboutEventTrigger)
            .Select(entry => entry.DumpId)], dataOnly: false,
            bytes => Report("Restoring", Math.Min(bytes, total), total), cancellation);
        await LargeObjectsAsync(script, chosen, cancellation);
        return RestoreOutcome.AsItIs;
    }

    private async Task<RestoreOutcome> OneByOneAsync(PsqlTransaction transaction, RestoreScript script, List<ArchiveEntry> chosen,
        CancellationToken cancellation)
    {
        var (rows, rest) = ArchiveSelection.Part(chosen);
        var (done, total) = (0, rows.Count + rest.Count);
        void Done() => Report("Restoring object by object", ++done, total);
        var entries = new EntryRestore(transaction, script, archive.Manifest, target);
        await entries.RestoreRowsAsync([.. rows.Where(entry => !entry.IsLargeObjectData)], Done, cancellation);
        await LargeObjectsAsync(script, chosen, cancellation);
        await entries.RestoreDependentsAsync(rest, Done, cancellation);
        await entries.FinishAsync(options.OnBrokenObject, cancellation);
        return entries.Outcome;
    }

    private Task LargeObjectsAsync(RestoreScript script, List<ArchiveEntry> chosen, CancellationToken cancellation) =>
        script.RunAsync([.. chosen.Where(entry => entry.IsLargeObjectData).Select(entry => entry.DumpId)], dataOnly: true, bytes =>
            Report("Restoring large objects", bytes, null), cancellation);

    private void Report(string step, long done, long? total) => observer.Progress(new OperationProgress("PostgreSQL", step, done, total));
}
