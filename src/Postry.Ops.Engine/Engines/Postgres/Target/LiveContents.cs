using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.PlainDumps;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Engines.Postgres.Source;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>
/// Reads what a live database holds of what a backup of it tells, in one snapshot. (Values of sequences, and what a server keeps of the
/// database itself, follow no snapshot.)
/// </summary>
/// <param name="address">The database.</param>
/// <param name="freeze">The freeze that a restore of ours has put on it, which is no setting of the database; null for none.</param>
/// <param name="observer">Hears of the progress.</param>
internal sealed class LiveContents(PostgresAddress address, ServerJournal? freeze, IOperationObserver observer)
{
    private const string OfExtension = "what a plain dump holds of an extension's rows is not told from the extension's own";
    private const string DatabaseItself = "the properties of the database itself (owner, privileges, settings, comment)";

    /// <summary>Reads rows, fingerprints, definitions and properties of the live database, and returns them with the backup's.</summary>
    /// <param name="backup">The manifest of the backup.</param>
    /// <param name="archive">The artefact; null if it is gone.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<BothSides> ReadAsync(BackupManifest backup, string? archive, CancellationToken cancellation)
    {
        var held = backup.Postgres!;
        var scope = BackupScope.Of(held.Scope, address.Name);
        await using var snapshot = await ServerSnapshot.TakeAsync(OpenAsync, cancellation);
        var entries = await TableCatalog.ReadAsync(snapshot.Session, scope, sizes: true, cancellation);
        // The rows of extension tables in a plain dump cannot be told from the extension's own rows.
        var passedOver = backup.Legacy ? entries.Where(entry => entry.OfExtension).ToList() : [];
        var known = held.Tables.ToDictionary(table => (table.Schema, table.Name));
        var tables = entries.Except(passedOver).Where(entry => entry.HasData)
            .Select(entry => Like(known.GetValueOrDefault((entry.Table.Schema, entry.Table.Name)), entry.Table)).ToList();
        var (done, total) = (0L, tables.Sum(table => table.Bytes));
        var contents = new ServerContents(OpenAsync, backup.Contents.Kind, Environment.ProcessorCount,
            bytes => observer.Progress(
                new OperationProgress("PostgreSQL", "Reading the live database", Interlocked.Add(ref done, bytes), total)));
        var unreadable = new List<string>();
        var live = await DescribeAsync(snapshot, held, scope, unreadable, cancellation);
        var schema = DefinitionsAsync(backup, archive, scope, live, cancellation);
        var rows = contents.ReadTablesAsync(snapshot, tables, cancellation);
        await Task.WhenAll(schema, rows);
        if (held.LargeObjects is not null)
        {
            var objects = await LargeObjectsAsync(contents, snapshot, live.LargeObjects!, cancellation);
            live = live with { LargeObjects = objects };
        }

        if (!backup.Legacy)
        {
            var facts = await KeptBackSettings.TryCompleteAsync(backup, archive, cancellation);
            held = held with { Database = facts };
        }

        var (heldProperties, liveProperties) = PostgresProperties.Compare(held, live, unreadable, backup.Legacy);
        var definitions = await schema;
        var taken = held.Tables.Concat(passedOver.Select(entry => entry.Table with { DataFile = LegacyDump.InTheDump }));
        var omitted = await new Omissions(snapshot.Session, scope).ReadAsync(taken, cancellation);
        return new BothSides(
            backup.Contents with
            {
                Tables = Expected(backup, entries),
                Schema = definitions.Backup,
                NotHeld = Beside(backup.Contents.NotHeld, held),
            },
            backup.Contents with
            {
                Tables = await rows,
                Schema = definitions.Live,
                NotHeld = Beside(omitted, held),
                Migration = live.Migration,
            })
        {
            BackupProperties = heldProperties,
            LiveProperties = liveProperties,
            Unknown = [.. new[] { definitions.Unknown, UnknownViews(held, live) }.OfType<Omission>()],
            NotHeld =
            [
                .. definitions.NotHeld,
                .. passedOver.Select(entry => entry.Table.DisplayName)
                    .Select(name => new Omission(Omissions.ExtensionTable, name, null, OfExtension, Lost: false)),
                .. NotHeld(backup, live),
            ],
        };
    }

    // A table with the same columns is read in the order in which the backup has them: only what it holds shall count.
    private static PostgresTable Like(PostgresTable? backup, PostgresTable live) =>
        backup is not null && backup.Columns.Order(StringComparer.Ordinal).SequenceEqual(live.Columns.Order(StringComparer.Ordinal))
            ? live with { Columns = backup.Columns } : live;

    // A table that a plain dump makes without rows comes back empty. Partitioned tables, which it does not tell from those, store no rows
    // themselves.
    private static IReadOnlyList<TableContent> Expected(BackupManifest backup, IReadOnlyList<TableCatalog.Entry> live)
    {
        if (!backup.Legacy) return backup.Contents.Tables;
        var there = live.Select(entry => entry.Table.DisplayName).ToHashSet(StringComparer.Ordinal);
        var empty = backup.Postgres!.Tables.Where(table => table.DataFile is null && there.Contains(table.DisplayName));
        return [.. backup.Contents.Tables, .. empty.Select(table => new TableContent(table.DisplayName, 0, null))];
    }

    // The populated views are compared if the set lists them.
    private static IReadOnlyList<Omission>? Beside(IReadOnlyList<Omission>? omissions, PostgresDescription held) =>
        held.MaterializedViews is null ? omissions : omissions?.Where(omission => omission.Kind != Omissions.MaterializedView).ToList();

    private Task<NpgsqlSession> OpenAsync(CancellationToken cancellation) =>
        PostgresConnector.OpenAsync(address, cancellation);

    // Describes the live database as a backup would, with large objects only counted.
    private async Task<PostgresDescription> DescribeAsync(
        ServerSnapshot snapshot, PostgresDescription held, BackupScope scope, List<string> unreadable, CancellationToken cancellation)
    {
        var session = snapshot.Session;
        var server = await SourceSurvey.ServerAsync(session, cancellation);
        var count = await session.NumberAsync("SELECT pg_catalog.count(*)::text FROM pg_catalog.pg_largeobject_metadata", cancellation);
        var metadata = held.LargeObjects is null ? null
            : await LargeObjectMetadata.ReadAsync(session, cancellation);
        var database = await SourceSurvey.DatabaseAsync(session, server.VersionNumber, cancellation, withSecrets: true);
        var views = await MaterializedViews.ReadAsync(session, scope, cancellation);
        var live = held with
        {
            Server = server,
            Database = database,
            Sequences = await Sequences.ReadAsync(session, scope, cancellation, unreadable),
            Migrations = await SchemaMigrations.ReadAsync(session, scope, cancellation),
            Extensions = await SourceSurvey.ExtensionsAsync(session, cancellation),
            MaterializedViews = [.. views.Select(entry => entry.View)],
            LargeObjects = new PostgresLargeObjects(count, null, null),
            LargeObjectMetadata = metadata,
        };
        return freeze is null ? live : WriteFreeze.Without(live, freeze);
    }

    private static async Task<PostgresLargeObjects> LargeObjectsAsync(
        ServerContents contents, ServerSnapshot snapshot, PostgresLargeObjects counted, CancellationToken cancellation)
    {
        if (counted.Count == 0) return counted;
        try
        {
            return await contents.ReadLargeObjectsAsync(snapshot, cancellation);
        }
        catch (Npgsql.PostgresException e) when (e.SqlState == Npgsql.PostgresErrorCodes.InsufficientPrivilege)
        {
            return counted with { Unread = e.MessageText };
        }
    }

    private static Omission? UnknownViews(PostgresDescription held, PostgresDescription live) =>
        held.MaterializedViews is null && live.MaterializedViews is { Count: > 0 }
        ? Omission.NotCompared(Omission.Property, "whether materialised views are populated", "the set does not say") : null;

    private static IEnumerable<Omission> NotHeld(BackupManifest backup, PostgresDescription live)
    {
        var scope = backup.Postgres!.Scope.Summary;
        if (scope is not null) yield return Omission.NotCompared(Omission.Scope, "what the set leaves out", scope);
        if (backup.Legacy) yield return Omission.NotCompared(Omission.Property, DatabaseItself, "a plain dump does not hold them");
        var isSaid = scope?.Contains("large objects", StringComparison.Ordinal) == true;
        if (backup.Postgres.LargeObjects is null && live.LargeObjects is { Count: > 0 } && !isSaid)
            yield return Omission.NotCompared(Omission.Property, "the large objects of the live database", "the set holds none");
    }

    private async Task<ComparableDefinitions> DefinitionsAsync(
        BackupManifest backup, string? archive, BackupScope scope, PostgresDescription described, CancellationToken cancellation)
    {
        var dump = backup.Postgres!.Dump;
        var (serverMajor, encoding) = (described.Server.Major, SessionSettings.ClientEncoding(described.Database.Encoding));
        var tool = PgTools.Find("pg_dump", Math.Max(serverMajor, dump.VersionNumber / 10000), address.Name, PgChoice.Closest);
        // Another pg_dump may say the same thing in other words.
        if (tool.Major != dump.VersionNumber / 10000)
            return ComparableDefinitions.None($"the backup was written by pg_dump {dump.Version}, and the one here is {tool.Version}");
        // A dump without owners (pg_dump --no-owner) leaves everything to the role that restores it.
        var rules = new SchemaRules(IgnoreOwners: backup.Legacy && backup.Postgres.Owners is [], IgnoreQuotes: backup.Legacy,
            Held: backup.Contents.Schema);
        var script = await PgProcess.ReadAsync(
            new PgCommand
            {
                Tool = tool,
                Arguments = ["--schema-only", "--encoding", encoding, .. scope.DumpArguments()],
                Target = address.Name,
                Address = address,
                ServerMajor = serverMajor,
                Encoding = encoding,
                Warned = observer.Warning,
            }, cancellation);
        var live = SchemaScript.Parse(new StringReader(script), rules);
        if (!backup.Legacy) return ComparableDefinitions.Of(backup, live);
        if (archive is null) return ComparableDefinitions.None("the dump is gone");
        var held = await LegacyDump.ReadSchemaAsync(archive, rules, cancellation);
        return ComparableDefinitions.OfDump(backup, held, live);
    }
}
