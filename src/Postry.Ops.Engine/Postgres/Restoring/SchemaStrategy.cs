using System.Diagnostics;
using System.Globalization;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Postgres.Contents;
using Postry.Ops.Engine.Reporting;
using Postry.Ops.Engine.Restoring;

namespace Postry.Ops.Engine.Postgres.Restoring;

/// <summary>The live schemas get other names and the archive's come in under theirs, in one transaction: all that an owner of a database may do.</summary>
internal sealed class SchemaStrategy(PostgresAddress address, IReporter reporter, string operation = "Restore") : TransactionStrategy(address, reporter, operation)
{
    private const int MostNamed = 10;
    private readonly SchemaCopies _copies = new(address);
    private IReadOnlyList<KeptSchema> _kept = [];

    /// <inheritdoc/>
    protected override RestoreStrategy Strategy => RestoreStrategy.Schema;

    /// <summary>The live schemas that a backup replaces. Errors: RestoreRefused, naming what stands in the way.</summary>
    public static async Task<IReadOnlyList<LiveSchema>> ChooseAsync(ISqlSession session, int serverMajor, Incoming incoming, string operation, string target, CancellationToken cancellation)
    {
        var wanted = LiveSchemas.Of(incoming.Manifest).ToHashSet(StringComparer.Ordinal);
        var live = (await LiveSchemas.ReadAsync(session, serverMajor, cancellation).ConfigureAwait(false)).Where(schema => wanted.Contains(schema.Name)).ToList();
        // A schema that extensions have to themselves stays as it is.
        var chosen = live.Where(schema => !schema.HasExtension || schema.HasObjects || LiveSchemas.HasObjects(incoming.Manifest, schema.Name)).ToList();
        var problems = chosen.Where(schema => schema.HasExtension).Select(schema => $"an extension lives in the schema {PostgresNames.Display(schema.Name)}")
            .Concat(await session.TextsAsync(PlacedObjects.Dependents(chosen.Select(schema => schema.Name), serverMajor), cancellation).ConfigureAwait(false)).ToList();
        if (incoming.Manifest.Postgres!.LargeObjects is { Count: > 0 } large) problems.Add($"the backup holds {large.Count} large objects, which are in no schema");
        if (problems.Count == 0) return chosen;
        throw new RestoreRefusedException(operation, target,
            $"The schemas of {target} cannot be replaced by themselves: {string.Join("; ", problems.Take(MostNamed))}{(problems.Count > MostNamed ? $"; and {problems.Count - MostNamed} more" : "")}.",
            "Use -Strategy Swap with a role that may create databases, or -Strategy InPlace.");
    }

    /// <summary>True for what a record calls schemas that are kept.</summary>
    public static bool IsKeptSchemas(string copy) => SchemaCopies.IsOne(copy);

    /// <summary>Puts the schemas back that a restore replaced, and keeps those that it had brought. Errors: SourceNotFound, DatabaseBusy.</summary>
    public Task<SwapResult> SwapBackAsync(RestoreRecord record, BackupManifest? manifest, SwapLog log, CancellationToken cancellation) =>
        _copies.UndoAsync(record.PreviousCopy ?? SchemaCopies.PreviousCopy(record.RestoreId), manifest, log, cancellation);

    /// <summary>Drops kept schemas for good. Errors: SourceNotFound; RestoreRefused where something outside of them depends on them.</summary>
    public Task DropKeptAsync(string copy, CancellationToken cancellation) => _copies.DropAsync(copy, cancellation);

    /// <summary>Bytes of kept schemas; 0 where there are none.</summary>
    public Task<long> SizeOfKeptAsync(string copy, CancellationToken cancellation) => _copies.SizeAsync(copy, cancellation);

    /// <inheritdoc/>
    protected override async Task ReplaceAsync(PsqlTransaction transaction, Incoming incoming, SwapLog log, CancellationToken cancellation)
    {
        var replaced = await ChooseAsync(transaction, transaction.ServerMajor, incoming, Operation, Target, cancellation).ConfigureAwait(false);
        _kept = [.. replaced.Select(schema => new KeptSchema(schema.Name, KeptNames.PreviousSchema(log.Journal.RestoreId, schema.Name)))];
        var copy = _kept.Count == 0 ? "" : SchemaCopies.PreviousCopy(log.Journal.RestoreId);
        log.Note(journal => journal with { Previous = copy, Server = journal.Server! with { Schemas = _kept } });
        if (_kept.Count > 0) await transaction.RunAsync(SchemaCopies.Rename(_kept), cancellation).ConfigureAwait(false);
        if (replaced.FirstOrDefault(schema => schema.Name == PublicSchema.Name) is { } live)
            await PublicSchema.CreateAsync(transaction, transaction.ServerMajor, incoming.DumpMajor, live.Owner, incoming.NoOwner, cancellation).ConfigureAwait(false);
        await KeepDefaultPrivilegesAsync(transaction, cancellation).ConfigureAwait(false);
        await DefaultPrivileges.ResetAsync(transaction, [], cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override Func<ArchiveEntry, bool> Select(Existing existing) => ArchiveSelection.Schemas(existing);

    /// <inheritdoc/>
    protected override async Task<(SwapResult Result, Stopwatch Closed)> CloseAsync(PsqlTransaction transaction, RestoreJournal journal, CancellationToken cancellation)
    {
        var names = _kept.Select(schema => schema.Kept).ToList();
        var bytes = await transaction.TextAsync(SchemaCopies.Size(names), cancellation).ConfigureAwait(false);
        var closed = await ExclusiveMoment.TakeAsync(transaction, names, Operation, Target, cancellation).ConfigureAwait(false);
        var copy = names.Count == 0 ? null : SchemaCopies.PreviousCopy(journal.RestoreId);
        return (new SwapResult(nameof(RestoreStrategy.Schema), copy, copy is null ? null : long.Parse(bytes!, CultureInfo.InvariantCulture), TimeSpan.Zero), closed);
    }
}
