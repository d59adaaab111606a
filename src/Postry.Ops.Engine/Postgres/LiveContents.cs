using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Postgres.BackingUp;
using Postry.Ops.Engine.Postgres.Contents;
using Postry.Ops.Engine.Postgres.Tools;
using Postry.Ops.Engine.Reporting;

namespace Postry.Ops.Engine.Postgres;

/// <summary>Reads what a live database holds of what a backup of it tells, in one snapshot.</summary>
internal sealed class LiveContents(PostgresAddress address, IReporter reporter)
{
    private const string Operation = "Compare";

    /// <summary>Reads rows, fingerprints and schema.</summary>
    public async Task<DatabaseContents> ReadAsync(BackupManifest backup, CancellationToken cancellation)
    {
        var description = backup.Postgres!;
        var scope = BackupScope.Of(description.Scope, Operation, address.Name);
        await using var snapshot = await ServerSnapshot.TakeAsync(OpenAsync, cancellation).ConfigureAwait(false);
        var known = description.Tables.ToDictionary(table => (table.Schema, table.Name));
        var tables = (await TableCatalog.ReadAsync(snapshot.Connection, scope, sizes: true, cancellation).ConfigureAwait(false))
            .Where(entry => entry.HasData).Select(entry => Like(known.GetValueOrDefault((entry.Table.Schema, entry.Table.Name)), entry.Table)).ToList();
        var (done, total) = (0L, tables.Sum(table => table.Bytes));
        var contents = new ServerContents(OpenAsync, backup.Contents.Kind, Environment.ProcessorCount,
            bytes => reporter.Progress(new OperationProgress("PostgreSQL", "Reading the live database", Interlocked.Add(ref done, bytes), total)));
        var migrations = await SchemaMigrations.ReadAsync(snapshot.Connection, scope, cancellation).ConfigureAwait(false);
        var schema = SchemaAsync(backup, scope, snapshot.Connection.PostgreSqlVersion.Major, cancellation);
        var rows = contents.ReadTablesAsync(snapshot, tables, cancellation);
        await Task.WhenAll(schema, rows).ConfigureAwait(false);
        var omissions = await new Omissions(snapshot.Connection, scope).ReadAsync(description.Tables, cancellation).ConfigureAwait(false);
        return backup.Contents with { NotHeld = omissions, Tables = await rows.ConfigureAwait(false), Schema = await schema.ConfigureAwait(false), Migration = PostgresMigration.Describe(migrations) };
    }

    // A table with the same columns is read in the order in which the backup has them: only what it holds shall count.
    private static PostgresTable Like(PostgresTable? backup, PostgresTable live) =>
        backup is not null && backup.Columns.Order(StringComparer.Ordinal).SequenceEqual(live.Columns.Order(StringComparer.Ordinal)) ? live with { Columns = backup.Columns } : live;

    private Task<Npgsql.NpgsqlConnection> OpenAsync(CancellationToken cancellation) => PostgresConnector.OpenAsync(address, Operation, cancellation);

    // Another pg_dump may say the same thing in other words: then the definitions count as equal, rather than all of them as different.
    private async Task<IReadOnlyList<SchemaObject>> SchemaAsync(BackupManifest backup, BackupScope scope, int serverMajor, CancellationToken cancellation)
    {
        var tool = PgTools.Find("pg_dump", Math.Max(serverMajor, backup.Postgres!.Dump.VersionNumber / 10000), Operation, address.Name, PgChoice.Closest);
        if (tool.Major != backup.Postgres!.Dump.VersionNumber / 10000)
        {
            reporter.Warning($"The definitions were not compared: the backup was written by pg_dump {backup.Postgres.Dump.Version}, and the one here is {tool.Version}.");
            return backup.Contents.Schema;
        }

        var script = await PgProcess.ReadAsync(
            new PgCommand { Tool = tool, Arguments = ["--schema-only", "--encoding", "UTF8", .. scope.DumpArguments()], Operation = Operation, Target = address.Name, Address = address, ServerMajor = serverMajor, Warned = reporter.Warning },
            cancellation).ConfigureAwait(false);
        var live = SchemaScript.Parse(new StringReader(script), new SchemaRules());
        // No restore makes a subscription: one that only the backup has is no difference that a restore would make.
        var there = live.Select(entry => (entry.Type, entry.Name)).ToHashSet();
        return [.. live, .. backup.Contents.Schema.Where(entry => SchemaScript.IsAboutSubscription(entry) && !there.Contains((entry.Type, entry.Name)))];
    }
}
