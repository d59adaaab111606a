using System.Diagnostics;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Postgres.Contents;
using Postry.Ops.Engine.Postgres.Tools;
using Postry.Ops.Engine.Reporting;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Engine.Postgres.Restoring;

/// <summary>Compares a restored database that nobody else writes with the manifest: every row, every sequence, every large object, and the schema.</summary>
internal sealed class RestoredContents(PostgresAddress database, IReporter reporter)
{
    private const string Operation = "Restore";

    /// <summary>Makes all checks.</summary>
    /// <param name="manifest">What it should hold.</param>
    /// <param name="archive">The archive that it was restored from.</param>
    /// <param name="noOwner">True where owners and privileges were left out of the restore.</param>
    /// <param name="jobs">Sessions to read through; null for the number of processors.</param>
    /// <param name="cancellation">Stops the checks.</param>
    public async Task<IReadOnlyList<Check>> CheckAsync(BackupManifest manifest, string archive, bool noOwner, int? jobs, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var description = manifest.Postgres!;
        var rules = new SchemaRules(IgnoreOwners: noOwner, IgnoreSubscriptions: true);
        var total = description.Tables.Sum(table => table.Bytes);
        var done = 0L;
        var contents = new ServerContents(OpenAsync, manifest.Contents.Kind, jobs ?? Environment.ProcessorCount,
            bytes => reporter.Progress(new OperationProgress("PostgreSQL", "Comparing the restored rows", Interlocked.Add(ref done, bytes), total)));
        await using var snapshot = await ServerSnapshot.TakeAsync(OpenAsync, cancellation).ConfigureAwait(false);
        var tables = await contents.ReadTablesAsync(snapshot, description.Tables.Where(table => table.DataFile is not null), cancellation).ConfigureAwait(false);
        var largeObjects = description.LargeObjects is null ? null : await contents.ReadLargeObjectsAsync(snapshot, cancellation).ConfigureAwait(false);
        var sequences = await Sequences.ReadAsync(snapshot.Connection, BackingUp.BackupScope.Of(description.Scope, Operation, database.Name), cancellation).ConfigureAwait(false);
        var expected = await ArchiveTool.ReadSchemaAsync(archive, ArchiveTool.Find(description.Dump.VersionNumber / 10000, Operation, archive), rules, cancellation).ConfigureAwait(false);
        var schema = await SchemaAsync(description, snapshot.Connection.PostgreSqlVersion.Major, rules, cancellation).ConfigureAwait(false);
        return
        [
            .. ContentChecks.Compare(manifest.Contents with { Schema = expected }, manifest.Contents with { Tables = tables, Schema = schema ?? expected }, clock.Elapsed)
                .Select(check => check.Name == "Schema" && schema is null ? Incomparable(description, check) : check),
            .. PostgresChecks.Others(description, sequences, largeObjects, clock.Elapsed),
        ];
    }

    private static Check Incomparable(PostgresDescription description, Check check) => check with
    {
        Status = CheckStatus.Inconclusive,
        Actual = null,
        Detail = $"The archive was written by pg_dump {description.Dump.Version}, and there is none of that version here to compare the definitions with; every row was compared.",
    };

    private Task<Npgsql.NpgsqlConnection> OpenAsync(CancellationToken cancellation) => PostgresConnector.OpenAsync(database, Operation, cancellation);

    // Another pg_dump may say the same thing in other words: then the words cannot be compared.
    private async Task<IReadOnlyList<SchemaObject>?> SchemaAsync(PostgresDescription description, int serverMajor, SchemaRules rules, CancellationToken cancellation)
    {
        var tool = PgTools.Find("pg_dump", Math.Max(serverMajor, description.Dump.VersionNumber / 10000), Operation, database.Name, PgChoice.Closest);
        if (tool.Major != description.Dump.VersionNumber / 10000) return null;
        var scope = BackingUp.BackupScope.Of(description.Scope, Operation, database.Name);
        var script = await PgProcess.ReadAsync(
            new PgCommand { Tool = tool, Arguments = ["--schema-only", "--encoding", "UTF8", .. scope.DumpArguments()], Operation = Operation, Target = database.Name, Address = database, ServerMajor = serverMajor },
            cancellation).ConfigureAwait(false);
        return SchemaScript.Parse(new StringReader(script), rules);
    }
}
