using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Swap;

/// <summary>Restores an archive of pg_dump's directory format into a stage with pg_restore; entries that fail are tried by
/// themselves.</summary>
/// <param name="archive">The archive.</param>
/// <param name="stage">The stage.</param>
/// <param name="options">The options of the restore.</param>
/// <param name="observer">Receives the progress.</param>
internal sealed class ArchiveStageRestore(DirectoryArchive archive, StageDatabase stage, PostgresRestoreOptions options,
    IOperationObserver observer) : IStageRestore
{
    private readonly PgRestore _parallel = new(archive, stage, options, observer);
    private readonly bool _makesPublic = PublicSchema.IsMadeBy(archive.Manifest);

    private bool LeavesBroken => options.OnBrokenObject == BrokenObjectRule.Leave;

    /// <inheritdoc/>
    public async Task<RestoreOutcome> RunAsync(CancellationToken cancellation)
    {
        try
        {
            return LeavesBroken ? await RestorePastErrorsAsync(cancellation) : await RestoreToFirstErrorAsync(_parallel, cancellation);
        }
        catch (ToolFailedException e) when (!LeavesBroken)
        {
            observer.Detail($"{e.Message} Restoring once more; what fails is then tried by itself.");
            await stage.RecreateAsync(cancellation);
            return await RestorePastErrorsAsync(cancellation);
        }
        catch (OpsException e) when (options.Jobs != 1 && e is DatabaseBusyException or AccessDeniedException)
        {
            // The jobs of a parallel pg_restore can get into each other's way where objects refer to each other: they deadlock, or one
            // needs what another has yet to grant.
            observer.Detail($"{e.Message} Restoring once more, one object after the other.");
            await stage.RecreateAsync(cancellation);
            return await RestoreToFirstErrorAsync(new PgRestore(archive, stage, options with { Jobs = 1 }, observer), cancellation);
        }
    }

    private async Task<RestoreOutcome> RestoreToFirstErrorAsync(PgRestore restore, CancellationToken cancellation)
    {
        try
        {
            await RestoreAsync(restore, cancellation);
            return RestoreOutcome.AsItIs;
        }
        catch (ToolFailedException e)
        {
            throw await Failed().ExplainAsync(e, cancellation);
        }
    }

    // Event triggers fire on what pg_restore itself does after them (materialised views are filled last) and may write rows that no backup
    // has: they come in when all else is there.
    private async Task RestoreAsync(PgRestore restore, CancellationToken cancellation)
    {
        if (!_makesPublic && !archive.Manifest.Contents.Schema.Any(entry => entry.Type == "event trigger"))
        {
            await restore.RestoreAllAsync(cancellation);
            return;
        }

        var entries = await ReadListAsync(cancellation);
        foreach (var some in entries.Where(entry => !_makesPublic || !PublicSchema.Makes(entry))
            .GroupBy(entry => entry.IsAboutEventTrigger).OrderBy(group => group.Key))
            await restore.RestoreAsync([.. some], failures: null, cancellation);
    }

    /// <summary>Fills the stage with pg_restore going on after errors, and then with what failed.</summary>
    private async Task<RestoreOutcome> RestorePastErrorsAsync(CancellationToken cancellation)
    {
        var chosen = (await ReadListAsync(cancellation))
            .Where(entry => !ArchiveSelection.IsSubscription(entry) && !(_makesPublic && PublicSchema.Makes(entry))).ToList();
        var (rows, rest) = ArchiveSelection.Part(chosen);

        // Indexes, keys and views with contents are made of the rows: all of these come first.
        var failed = await RestoreEntriesAsync(rows, cancellation);
        var first = failed.Count == 0 ? null : await InTransactionAsync(null,
            entries => entries.RestoreRowsAsync(failed, () => { }, cancellation), cancellation);
        failed = await RestoreEntriesAsync(rest, cancellation);
        var last = failed.Count == 0 && first is null ? null : await InTransactionAsync(first, async entries =>
        {
            await entries.RestoreDependentsAsync(failed, () => { }, cancellation);
            await entries.FinishAsync(options.OnBrokenObject, cancellation);
        }, cancellation);

        await _parallel.RestoreAsync([.. chosen.Where(entry => entry.IsAboutEventTrigger)], failures: null, cancellation);
        return last?.Outcome ?? RestoreOutcome.AsItIs;
    }

    /// <summary>Restores entries and returns those that failed. Errors: those of pg_restore where it did not come to its end.</summary>
    private async Task<IReadOnlyList<ArchiveEntry>> RestoreEntriesAsync(IReadOnlyList<ArchiveEntry> entries, CancellationToken cancellation)
    {
        var failures = new FailedEntries();
        try
        {
            await _parallel.RestoreAsync(entries, failures, cancellation);
            return [];
        }
        catch (OpsException e) when (failures.ReachedEnd && e is ToolFailedException or DatabaseBusyException or AccessDeniedException)
        {
            var numbers = failures.Numbers;
            var failed = entries.Where(entry => numbers.Contains(entry.DumpId)).ToList();
            // Large objects have transactions of their own in the archive, so that they cannot be all or nothing.
            if (failed.Count == 0 || failed.Any(entry => entry.IsLargeObjectData)) throw;
            if (options.IsTrial && await Failed().LackAsync(failed, e, cancellation) is { } lack) throw lack;
            observer.Detail(
                $"pg_restore could not restore these, which are tried by themselves: " +
                $"{string.Join("; ", failed.Select(entry => entry.Text))}.");
            return failed;
        }
    }

    private async Task<EntryRestore> InTransactionAsync(EntryRestore? before, Func<EntryRestore, Task> work, CancellationToken cancellation)
    {
        observer.Progress(new OperationProgress("PostgreSQL", "Restoring what pg_restore could not"));
        await using var transaction = await PsqlTransaction.BeginAsync(stage.FillAddress, stage.ServerMajor, cancellation,
            warned: observer.Warning);
        var script = new RestoreScript(transaction, archive.Path, _parallel.Tool, options.Arguments, observer.Warning);
        var entries = new EntryRestore(transaction, script, archive.Manifest, stage.Target, before);
        await work(entries);
        await transaction.ReadyAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return entries;
    }

    private FailedEntry Failed() => new(stage.Address, archive.Path, _parallel.Tool, archive.Description.Scope.IsPart);

    private async Task<IReadOnlyList<ArchiveEntry>> ReadListAsync(CancellationToken cancellation)
    {
        var list = await archive.ReadListAsync(observer.Warning, cancellation);
        if (_makesPublic)
            await stage.InsideAsync(session => PublicSchema.PrepareAsync(session, list, options.NoOwner, cancellation), cancellation);
        return list.Entries;
    }
}
