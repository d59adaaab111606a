using System.Diagnostics;
using System.Globalization;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>The live schemas get other names and the archive's come in under theirs, in one transaction: all that an owner of a database
/// may do.</summary>
internal sealed class SchemaStrategy(PostgresAddress address, IOperationObserver observer)
    : TransactionStrategy(address, observer)
{
    private IReadOnlyList<KeptSchema> _kept = [];

    /// <inheritdoc/>
    protected override RestoreStrategy Strategy => RestoreStrategy.Schema;

    /// <inheritdoc/>
    protected override async Task ReplaceAsync(PsqlTransaction transaction, Incoming incoming, SwapLog log, CancellationToken cancellation)
    {
        var (replaced, refusals) = await SchemaCheck.ChooseAsync(transaction, incoming.Archive, cancellation);
        if (refusals.Count > 0)
            throw new RestoreRefusedException(Target,
                $"The schemas of {Target} cannot be replaced by themselves. {string.Join(' ', refusals)}", SchemaCheck.Hint);
        _kept = [.. replaced.Select(schema => new KeptSchema(schema.Name, KeptNames.PreviousSchema(log.Journal.RestoreId, schema.Name)))];
        var copy = _kept.Count == 0 ? "" : SchemaCopies.PreviousCopy(log.Journal.RestoreId);
        log.Note(journal => journal with { Previous = copy, Server = journal.Server! with { Schemas = _kept } });
        if (_kept.Count > 0) await transaction.ExecuteAsync(SchemaCopies.Rename(_kept), cancellation);
        var live = replaced.FirstOrDefault(schema => schema.Name == PublicSchema.Name);
        if (live is not null || (PublicSchema.IsMadeBy(incoming.Manifest)
            && await transaction.TextAsync("SELECT 'x' FROM pg_catalog.pg_namespace WHERE nspname = 'public'", cancellation) is null))
            await PublicSchema.CreateAsync(transaction, incoming.Archive.DumpMajor, live?.Owner, incoming.Options.NoOwner,
                cancellation);
        await KeepDefaultPrivilegesAsync(transaction, cancellation);
        await DefaultPrivileges.ResetAsync(transaction, [], cancellation);
    }

    /// <inheritdoc/>
    protected override IReadOnlySet<string>? MayChange(Incoming incoming) =>
        incoming.Archive.Schemas.ToHashSet(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override Func<ArchiveEntry, bool> Select(Existing existing) => ArchiveSelection.Schemas(existing);

    /// <inheritdoc/>
    protected override async Task<(SwapResult Result, Stopwatch Closed)> CloseAsync(PsqlTransaction transaction, RestoreJournal journal,
        CancellationToken cancellation)
    {
        var names = _kept.Select(schema => schema.Kept).ToList();
        var bytes = await transaction.TextAsync(SchemaCopies.Size(names), cancellation);
        var closed = await ExclusiveSchemaLock.TakeAsync(transaction, names, Target, cancellation);
        var copy = names.Count == 0 ? null : SchemaCopies.PreviousCopy(journal.RestoreId);
        return (new SwapResult(RestoreStrategy.Schema, copy, copy is null ? null : long.Parse(bytes!, CultureInfo.InvariantCulture),
            TimeSpan.Zero), closed);
    }
}
