using System.Diagnostics;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.PlainDumps;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Engines.Postgres.Tools;
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
    /// <param name="manifest">The manifest of the backup.</param>
    /// <param name="archive">The archive that it was restored from.</param>
    /// <param name="noOwner">True where owners and privileges were left out of the restore.</param>
    /// <param name="jobs">Sessions to read through; null for the number of processors.</param>
    /// <param name="cancellation">Stops the checks.</param>
    public async Task<IReadOnlyList<Check>> CheckAsync(BackupManifest manifest, string archive, bool noOwner, int? jobs,
        CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var description = manifest.Postgres!;
        // A dump without owners (pg_dump --no-owner) leaves everything to the role that restores it.
        var rules = new SchemaRules(IgnoreOwners: noOwner || (manifest.Legacy && description.Owners is []), IgnoreSubscriptions: true);
        var total = description.Tables.Sum(table => table.Bytes);
        var done = 0L;
        var contents = new ServerContents(OpenAsync, manifest.Contents.Kind, jobs ?? Environment.ProcessorCount,
            bytes => observer.Progress(new OperationProgress("PostgreSQL", "Comparing the restored rows", Interlocked.Add(ref done, bytes),
                total)));
        await using var snapshot = await ServerSnapshot.TakeAsync(OpenAsync, cancellation);
        var tables = await contents.ReadTablesAsync(snapshot, description.Tables.Where(table => table.DataFile is not null), cancellation);
        var largeObjects = description.LargeObjects is null ? null
            : await contents.ReadLargeObjectsAsync(snapshot, cancellation);
        var sequences = await Sequences.ReadAsync(snapshot.Session,
            BackupScope.Of(description.Scope, database.Name), cancellation);
        var expected = manifest.Legacy ? await LegacyDump.ReadSchemaAsync(archive, rules, cancellation)
            : await ArchiveTool.ReadSchemaAsync(archive,
            ArchiveTool.Find(description.Dump.VersionNumber / 10000, archive, observer.Warning), rules, cancellation);
        var schema = await SchemaAsync(description, snapshot.Session, rules, cancellation);
        var omitted = await new Omissions(snapshot.Session, BackupScope.Whole)
            .ReadAsync(description.Tables, cancellation);
        return
        [
            .. ContentChecks.Compare(manifest.Contents with { Schema = outcome.Without(expected) },
                manifest.Contents with { Tables = tables, Schema = outcome.Without(schema ?? expected) }, clock.Elapsed)
                .Select(check => check.Name != "Schema" ? check : schema is null ? Incomparable(description, check) : manifest.Legacy
                    ? OfDump(expected, schema, check) : Partial(check)),
            .. PostgresChecks.Others(description, sequences, largeObjects, clock.Elapsed),
            .. PostgresChecks.NotHeld(manifest.Contents, omitted),
            .. outcome.Checks,
        ];
    }

    // Unknown options of pg_dump change its text, but the objects that it creates must be there all the same.
    private static Check OfDump(IReadOnlyList<SchemaObject> expected, IReadOnlyList<SchemaObject> actual, Check check)
    {
        if (check.Status == CheckStatus.Passed) return check;
        static (string, string) Key(SchemaObject entry) => (entry.Type, entry.Name.Replace("\"", "", StringComparison.Ordinal));
        var there = actual.Select(Key).ToHashSet();
        var missing = expected.Where(entry => entry.Type is not ("acl" or "default acl" or "comment" or "schema")
            && !there.Contains(Key(entry))).ToList();
        return missing.Count > 0 ? check : check with { Status = CheckStatus.Inconclusive, Detail =
            $"The dump was written with other options, or says it in other words: {check.Detail}" };
    }

    private Check Partial(Check check) => outcome.Broken.Count == 0 || check.Status != CheckStatus.Passed ? check
        : check with { Status = CheckStatus.Inconclusive, Detail =
            $"All else is as it was, but these could not be made: " +
            $"{string.Join("; ", outcome.Broken.Select(one => $"{one.Type} {one.Name}"))}" };

    private static Check Incomparable(PostgresDescription description, Check check) => check with
    {
        Status = CheckStatus.Inconclusive,
        Actual = null,
        Detail =
            $"The archive was written by pg_dump {description.Dump.Version}, and there is none of that version here to compare the " +
            $"definitions with; every row was compared.",
    };

    private Task<NpgsqlSession> OpenAsync(CancellationToken cancellation) =>
        PostgresConnector.OpenAsync(database, cancellation);

    // Another pg_dump may say the same thing in other words: then the words cannot be compared.
    private async Task<IReadOnlyList<SchemaObject>?> SchemaAsync(PostgresDescription description, NpgsqlSession session,
        SchemaRules rules, CancellationToken cancellation)
    {
        var serverMajor = session.ServerMajor;
        var tool = PgTools.Find("pg_dump", Math.Max(serverMajor, description.Dump.VersionNumber / 10000), database.Name,
            PgChoice.Closest);
        if (tool.Major != description.Dump.VersionNumber / 10000) return null;
        var scope = BackupScope.Of(description.Scope, database.Name);
        var encoding = SessionSettings.ClientEncoding(session.Connection.PostgresParameters.GetValueOrDefault("server_encoding"));
        var script = await PgProcess.ReadAsync(
            new PgCommand
            {
                Tool = tool, Arguments = ["--schema-only", "--encoding", encoding, .. scope.DumpArguments()], Target = database.Name,
                Address = database, ServerMajor = serverMajor, Encoding = encoding, Warned = observer.Warning,
            }, cancellation);
        return SchemaScript.Parse(new StringReader(script), rules);
    }
}
