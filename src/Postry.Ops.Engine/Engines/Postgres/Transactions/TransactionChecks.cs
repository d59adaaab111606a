using System.Diagnostics;
using System.Globalization;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>Compares the contents that a transaction has restored, which no other session can see yet, with the manifest.</summary>
/// <param name="transaction">The transaction.</param>
/// <param name="archive">The restored backup.</param>
/// <param name="kept">Tables of extensions that stay as they are.</param>
/// <param name="outcome">The outcome of restoring the archive.</param>
/// <param name="progress">Is called for each table.</param>
internal sealed class TransactionChecks(
    PsqlTransaction transaction, PostgresArchive archive, IReadOnlySet<string> kept, RestoreOutcome outcome, Action<long, long> progress)
{
    private const int SequencesAtOnce = 200;

    private readonly BackupManifest _manifest = archive.Manifest;
    private readonly IReadOnlyList<string> _schemas = archive.Schemas;

    /// <summary>All that can be compared from inside. Statements are no check of their own: the first that fails ends everything.</summary>
    public async Task<IReadOnlyList<Check>> RunAsync(CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var tables = await TablesAsync(cancellation);
        var sequences = await SequencesAsync(cancellation);
        var largeObjects = await LargeObjectsInside.ReadAsync(transaction, _manifest, cancellation);
        DatabaseContents Of(IEnumerable<TableContent> list) =>
            _manifest.Contents with { Schema = [], Tables = [.. list.OrderBy(table => table.Name, StringComparer.Ordinal)] };
        var expected = _manifest.Contents.Tables.Where(table => !kept.Contains(table.Name));
        var done = outcome.Broken.Count == 0 ? "Every statement of the archive was carried out"
            : "Everything but the objects below was carried out";
        return
        [
            new Check("Schema", CheckStatus.Skipped, Detail: $"{done}; others cannot look at it before the swap."),
            .. archive.HoldsDatabaseProperties
                ? [new Check("Database properties", CheckStatus.Skipped, Detail: StrategyChoice.PropertiesStay)] : Array.Empty<Check>(),
            .. ContentChecks.Compare(Of(expected), Of(tables), clock.Elapsed).Where(check => check.Name != "Schema"),
            .. _manifest.Contents.Tables.Where(table => kept.Contains(table.Name))
                .Select(table => new Check($"Table {table.Name}", CheckStatus.Skipped,
                Detail: "It belongs to an extension that stays as it is.")),
            .. PostgresChecks.Others(_manifest.Postgres!, sequences, largeObjects, clock.Elapsed),
            .. outcome.Checks,
        ];
    }

    private async Task<List<TableContent>> TablesAsync(CancellationToken cancellation)
    {
        var found = new List<TableContent>();
        var there = (await transaction.RowsAsync(
            $"""
            SELECT n.nspname::text, c.relname::text,
              {PlacedObjects.OfExtension("'pg_catalog.pg_class'::pg_catalog.regclass", "c.oid")}::text
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname::text = ANY ({PostgresSession.Array(_schemas)})
            """, cancellation))
            .ToDictionary(row => PostgresNames.Display(row[0]!, row[1]!), row => row[2] == "true", StringComparer.Ordinal);
        var tables = _manifest.Postgres!.Tables.Where(table => !kept.Contains(table.DisplayName)).ToList();
        foreach (var table in tables)
        {
            if (there.Remove(table.DisplayName) && table.DataFile is not null)
                found.Add(await MeasureAsync(table, cancellation));
            progress(found.Count, tables.Count);
        }

        return [.. found, .. there.Where(extra => !extra.Value).Select(extra => new TableContent(extra.Key, null, null))];
    }

    private async Task<TableContent> MeasureAsync(PostgresTable table, CancellationToken cancellation)
    {
        var name = PostgresNames.Quote(table.Schema, table.Name);
        switch (_manifest.Contents.Kind)
        {
            case FingerprintKind.None:
                return new TableContent(table.DisplayName, null, null);
            case FingerprintKind.RowCount:
                var rows = await transaction.TextAsync($"SELECT pg_catalog.count(*)::text FROM ONLY {name} {table.Filter}", cancellation);
                return new TableContent(table.DisplayName, long.Parse(rows!, CultureInfo.InvariantCulture), null);
        }

        using var hasher = new CopyTextHasher(hash: true);
        var columns = string.Join(", ", table.Columns.Select(PostgresNames.Quote));
        // COPY without a list of columns takes those that are not generated: a table without others still has rows.
        var source = table.Filter is null ? $"{name}{(columns.Length == 0 ? "" : $" ({columns})")}"
            : $"(SELECT {columns} FROM ONLY {name} {table.Filter})";
        await transaction.CopyAsync(source, hasher.Append, cancellation);
        return new TableContent(table.DisplayName, hasher.Rows, hasher.Fingerprint);
    }

    private async Task<IReadOnlyList<PostgresSequence>> SequencesAsync(CancellationToken cancellation)
    {
        var names = await transaction.RowsAsync(
            $"""
            SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'S' AND n.nspname::text = ANY ({PostgresSession.Array(_schemas)})
            """, cancellation);
        var found = new List<PostgresSequence>();
        foreach (var some in names.Chunk(SequencesAtOnce))
        {
            var values = await transaction.RowsAsync(string.Join(" UNION ALL ", some.Select((name, i) =>
                $"SELECT {i}::text, last_value::text, is_called::text FROM {PostgresNames.Quote(name[0]!, name[1]!)}")), cancellation);
            found.AddRange(values.Select(value => (Name: some[int.Parse(value[0]!, CultureInfo.InvariantCulture)], Value: value))
                .Select(one => new PostgresSequence(one.Name[0]!, one.Name[1]!, long.Parse(one.Value[1]!, CultureInfo.InvariantCulture),
                    one.Value[2] == "true")));
        }

        return found;
    }
}
