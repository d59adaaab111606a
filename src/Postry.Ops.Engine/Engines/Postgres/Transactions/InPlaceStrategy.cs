using System.Diagnostics;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>The last resort: everything is dropped and restored in one transaction, while the others wait. A full backup was made before,
/// and Undo restores it.</summary>
internal sealed class InPlaceStrategy(PostgresAddress address, IOperationObserver observer)
    : TransactionStrategy(address, observer)
{
    private Stopwatch _closed = new();

    /// <inheritdoc/>
    protected override RestoreStrategy Strategy => RestoreStrategy.InPlace;

    /// <inheritdoc/>
    protected override async Task ReplaceAsync(PsqlTransaction transaction, Incoming incoming, SwapLog log, CancellationToken cancellation)
    {
        var description = incoming.Archive.Description;
        var whole = !description.Scope.IsPart;
        var wanted = incoming.Archive.Schemas.ToHashSet(StringComparer.Ordinal);
        async Task<List<LiveSchema>> LiveAsync() =>
            [.. (await LiveSchemas.ReadAsync(transaction, cancellation))
            .Where(schema => !KeptNames.IsKept(schema.Name) && (whole || wanted.Contains(schema.Name)))];
        var live = await LiveAsync();
        if (!whole) await RequireAloneAsync(transaction, live, cancellation);

        _closed = await ExclusiveSchemaLock.TakeAsync(transaction, [.. live.Select(schema => schema.Name)], Target,
            cancellation);
        var unheld = await TablesNotHeldAsync(transaction, cancellation);
        if (whole)
        {
            await transaction.ExecuteWrittenAsync(DatabaseDrop.BeforeSchemas, cancellation);
            await transaction.ExecuteWrittenAsync(DatabaseDrop
                .Extensions(description.Extensions.Select(extension => extension.Name)), cancellation);
            live = await LiveAsync();
        }

        var dropped = live.Where(schema => !schema.HasExtension).ToList();
        if (dropped.Count > 0)
            await transaction
                .ExecuteAsync($"DROP SCHEMA {string.Join(", ", dropped.Select(schema => PostgresNames.Quote(schema.Name)))} CASCADE;",
                cancellation);
        // The schema of an extension stays, and only objects that do not belong to the extension are dropped.
        await transaction.ExecuteWrittenAsync(DatabaseDrop
            .Objects(live.Where(schema => schema.HasExtension).Select(schema => schema.Name), transaction.ServerMajor), cancellation);
        if (whole) await transaction.ExecuteWrittenAsync(DatabaseDrop.AfterSchemas, cancellation);
        RequireKept(unheld, await TablesNotHeldAsync(transaction, cancellation));
        if (description.LargeObjects is not null)
            await transaction.ExecuteWrittenAsync(
                "SELECT 'SELECT pg_catalog.lo_unlink(' || oid || ')' FROM pg_catalog.pg_largeobject_metadata",
                cancellation);
        var former = dropped.FirstOrDefault(schema => schema.Name == PublicSchema.Name);
        if (former is not null || (wanted.Contains(PublicSchema.Name) && live.All(schema => schema.Name != PublicSchema.Name)))
            await PublicSchema.CreateAsync(transaction, incoming.Archive.DumpMajor, former?.Owner, incoming.Options.NoOwner, cancellation);
        if (!whole) await KeepDefaultPrivilegesAsync(transaction, cancellation);
        await DefaultPrivileges.ResetAsync(transaction, live.Select(schema => schema.Name), cancellation);
    }

    /// <inheritdoc/>
    protected override async Task<ExtensionTables> TakeOverAsync(PsqlTransaction transaction, ExtensionTables tables,
        CancellationToken cancellation)
    {
        var stay = new List<PostgresTable>();
        foreach (var table in tables.Tables)
        {
            var name = PostgresNames.Quote(table.Schema, table.Name);
            var may = await transaction.TextAsync(
                $"SELECT (pg_catalog.has_table_privilege({PostgresNames.Literal(name)}, 'INSERT') AND " +
                    $"pg_catalog.has_table_privilege({PostgresNames.Literal(name)}, 'DELETE'))::text", cancellation);
            if (may == "true") await transaction.ExecuteAsync($"DELETE FROM ONLY {name} {table.Filter};", cancellation);
            else stay.Add(table);
        }

        return new ExtensionTables(stay);
    }

    /// <inheritdoc/>
    protected override IReadOnlySet<string>? MayChange(Incoming incoming) => null;

    /// <inheritdoc/>
    protected override Func<ArchiveEntry, bool> Select(Existing existing) => ArchiveSelection.Database(existing);

    /// <inheritdoc/>
    protected override Task<(SwapResult Result, Stopwatch Closed)> CloseAsync(PsqlTransaction transaction, RestoreJournal journal,
        CancellationToken cancellation) =>
        Task.FromResult((new SwapResult(RestoreStrategy.InPlace, journal.Server?.SafetyBackup, null, TimeSpan.Zero), _closed));

    // Tables that store something and that no backup holds, with the columns that each has.
    private static async Task<IReadOnlyList<(string Table, string Columns)>> TablesNotHeldAsync(PsqlTransaction transaction,
        CancellationToken cancellation)
    {
        var rows = await transaction.RowsAsync(
            """
            SELECT n.nspname::text, c.relname::text,
                   (SELECT pg_catalog.string_agg(a.attname::text, ',' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
                     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
            FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
              AND d.deptype = 'e'
            JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid
            WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND (x.extconfig IS NULL OR c.oid <> ALL (x.extconfig))
              AND pg_catalog.pg_relation_size(c.oid) > 0
            ORDER BY 1, 2
            """, cancellation);
        return [.. rows.Select(row => (PostgresNames.Display(row[0]!, row[1]!), row[2] ?? ""))];
    }

    // CASCADE goes from what is dropped to a table of an extension, or to the extension itself, without an error.
    private void RequireKept(IReadOnlyList<(string Table, string Columns)> before, IReadOnlyList<(string Table, string Columns)> after)
    {
        var gone = before.Except(after).Select(table => table.Table).ToList();
        if (gone.Count == 0) return;
        throw new RestoreRefusedException(Target,
            $"InPlace would drop tables of extensions, or columns of them, with rows that no backup holds, because they depend on what " +
                $"is replaced: {TargetContext.List(gone)}.", OmissionCheck.WayOut);
    }

    /// <summary>Dropping some schemas must take nothing along that the backup does not bring back.</summary>
    private async Task RequireAloneAsync(PsqlTransaction transaction, IReadOnlyList<LiveSchema> schemas, CancellationToken cancellation)
    {
        var dependents = await transaction.TextsAsync(PlacedObjects
            .Dependents(schemas.Select(schema => schema.Name), transaction.ServerMajor), cancellation);
        if (dependents.Count == 0) return;
        throw new RestoreRefusedException(Target,
            $"The backup does not hold all that depends on the schemas in it: {string.Join("; ", dependents.Take(10))}.",
            "Restore a backup of the whole database, or drop these first.");
    }
}
