using System.Diagnostics;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>
/// Compares a restored database that no other session writes with the manifest: every row, every sequence, every large object, and the
/// schema.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="observer">Receives the progress.</param>
/// <param name="outcome">The outcome of restoring the archive.</param>
internal sealed class RestoredContents(PostgresAddress database, IOperationObserver observer, RestoreOutcome outcome)
{
    /// <summary>Makes all checks.</summary>
    /// <param name="archive">The archive that it was restored from.</param>
    /// <param name="noOwner">True where owners and privileges were left out of the restore.</param>
    /// <param name="jobs">Sessions to read through; null for the number of processors.</param>
    /// <param name="cancellation">Stops the checks.</param>
    public async Task<IReadOnlyList<Check>> CheckAsync(PostgresArchive archive, bool noOwner, int? jobs, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var (manifest, description) = (archive.Manifest, archive.Description);
        // A dump without owners (pg_dump --no-owner) leaves everything to the role that restores it.
        var rules = new SchemaRules(IgnoreOwners: noOwner || description.Owners is [], IgnoreSubscriptions: true);
        var total = description.Tables.Sum(table => table.Bytes);
        var done = 0L;
        var contents = new ServerContents(OpenAsync, manifest.Contents.Kind, jobs ?? Environment.ProcessorCount,
            bytes => observer.Progress(new OperationProgress("PostgreSQL", "Comparing the restored rows", Interlocked.Add(ref done, bytes),
                total)));
        await using var snapshot = await ServerSnapshot.TakeAsync(OpenAsync, cancellation);
        var tables = await contents.ReadTablesAsync(snapshot, description.Tables.Where(table => table.DataFile is not null), cancellation);
        var largeObjects = description.LargeObjects is null ? null
            : await contents.ReadLargeObjectsAsync(snapshot, cancellation);
        var sequences = await Sequences.ReadAsync(snapshot.Session, BackupScope.Of(description.Scope, database.Name), cancellation);
        var expected = await archive.ReadSchemaAsync(rules, observer.Warning, cancellation);
        var session = snapshot.Session;
        var encoding = SessionSettings.ClientEncoding(session.Connection.PostgresParameters.GetValueOrDefault("server_encoding"));
        var (_, schema) = await new LiveDefinitions(database, observer)
            .ReadAsync(archive, session.ServerMajor, encoding, rules, cancellation);
        var omitted = await new Omissions(session, BackupScope.Whole).ReadAsync(description.Tables, cancellation);
        return
        [
            .. ContentChecks.Compare(manifest.Contents with { Schema = outcome.Without(expected) },
                manifest.Contents with { Tables = tables, Schema = outcome.Without(schema ?? expected) }, clock.Elapsed)
                .Select(check => check.Name != "Schema" ? check : schema is null ? Incomparable(description, check)
                    : Partial(archive.AdjustSchemaCheck(check, expected, schema))),
            .. PostgresChecks.Others(description, sequences, largeObjects, clock.Elapsed),
            .. PostgresChecks.NotHeld(manifest.Contents, omitted),
            .. outcome.Checks,
        ];
    }

    private Check Partial(Check check) => outcome.Broken.Count == 0 || check.Status != CheckStatus.Passed ? check
        : check with { Status = CheckStatus.Inconclusive, Detail =
            $"All else is as it was, but these could not be created: " +
            $"{string.Join("; ", outcome.Broken.Select(one => $"{one.Type} {one.Name}"))}" };

    private static Check Incomparable(PostgresDescription description, Check check) => check with
    {
        Status = CheckStatus.Inconclusive,
        Actual = null,
        Detail =
            $"The archive was written by pg_dump {description.Dump.Version}, and that version is not installed here to compare the " +
            $"definitions with; every row was compared.",
    };

    private Task<NpgsqlSession> OpenAsync(CancellationToken cancellation) =>
        PostgresConnector.OpenAsync(database, cancellation);
}
