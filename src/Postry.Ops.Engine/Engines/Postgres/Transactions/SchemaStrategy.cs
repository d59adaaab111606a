using System.Diagnostics;
using System.Globalization;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Archives;
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
    private readonly SchemaCopies _copies = new(address);
    private IReadOnlyList<KeptSchema> _kept = [];

    /// <inheritdoc/>
    protected override RestoreStrategy Strategy => RestoreStrategy.Schema;

    /// <summary>True for what a record calls schemas that are kept.</summary>
    public static bool IsKeptSchemas(string copy) => SchemaCopies.IsSchemaCopy(copy);

    /// <summary>Puts the schemas back that a restore replaced, and keeps those that it had brought. Errors: SourceNotFound,
    /// DatabaseBusy.</summary>
    public Task<SwapResult> SwapBackAsync(RestoreRecord record, PostgresArchive? restored, SwapLog log, CancellationToken cancellation) =>
        _copies.UndoAsync(record.PreviousCopy ?? SchemaCopies.PreviousCopy(record.RestoreId), restored?.Schemas ?? [], log, cancellation);

    /// <summary>Drops kept schemas for good. Errors: SourceNotFound; RestoreRefused where something outside of them depends on
    /// them.</summary>
    public Task DropKeptAsync(string copy, CancellationToken cancellation) => _copies.DropAsync(copy, cancellation);

    /// <summary>Bytes of kept schemas; 0 where there are none.</summary>
    public Task<long> SizeOfKeptAsync(string copy, CancellationToken cancellation) => _copies.SizeAsync(copy, cancellation);

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
