using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Engines.Postgres.Source;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>
/// Reads what a live database holds of what a backup of it tells, in one snapshot. (Values of sequences, and what a server keeps of the
/// database itself, follow no snapshot.)
/// </summary>
/// <param name="address">The database.</param>
/// <param name="freeze">The freeze that a restore of ours has put on it, which is no setting of the database; null for none.</param>
/// <param name="observer">Receives the progress.</param>
internal sealed class LiveContents(PostgresAddress address, ServerJournal? freeze, IOperationObserver observer)
{
    /// <summary>Reads rows, fingerprints, definitions and properties of the live database, and returns them with the backup's.</summary>
    /// <param name="archive">The backup.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<ComparableContents> ReadAsync(PostgresArchive archive, CancellationToken cancellation)
    {
        var (backup, held) = (archive.Manifest, archive.Description);
        var scope = BackupScope.Of(held.Scope, address.Name);
        await using var snapshot = await ServerSnapshot.TakeAsync(OpenAsync, cancellation);
        var entries = await TableCatalog.ReadAsync(snapshot.Session, scope, sizes: true, cancellation);
        var notCompared = archive.NotCompared(entries);
        var passedOver = notCompared.Select(omission => omission.Name).ToHashSet(StringComparer.Ordinal);
        var known = held.Tables.ToDictionary(table => (table.Schema, table.Name));
        var tables = entries.Where(entry => entry.HasData && !passedOver.Contains(entry.Table.DisplayName))
            .Select(entry => Like(known.GetValueOrDefault((entry.Table.Schema, entry.Table.Name)), entry.Table)).ToList();
        var (done, total) = (0L, tables.Sum(table => table.Bytes));
        var contents = new ServerContents(OpenAsync, backup.Contents.Kind, Environment.ProcessorCount,
            bytes => observer.Progress(
                new OperationProgress("PostgreSQL", "Reading the live database", Interlocked.Add(ref done, bytes), total)));
        var unreadable = new List<string>();
        var live = await DescribeAsync(snapshot, held, scope, unreadable, cancellation);
        var schema = DefinitionsAsync(archive, live, cancellation);
        var rows = contents.ReadTablesAsync(snapshot, tables, cancellation);
        await Task.WhenAll(schema, rows);
        if (held.LargeObjects is not null)
        {
            var objects = await LargeObjectsAsync(contents, snapshot, live.LargeObjects!, cancellation);
            live = live with { LargeObjects = objects };
        }

        held = held with { Database = await KeptBackSettings.TryCompleteAsync(backup, archive.Path, cancellation) };
        var (heldProperties, liveProperties) = archive.CompareProperties(held, live, unreadable);
        var definitions = await schema;
        var omitted = await new Omissions(snapshot.Session, scope).ReadAsync(held.Tables, cancellation);
        return new ComparableContents(
            backup.Contents with
            {
                Tables = archive.ExpectedTables(entries),
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
            NotHeld = [.. definitions.NotHeld, .. notCompared, .. NotHeld(held, live)],
        };
    }

    // A table with the same columns is read in the order in which the backup has them: only what it holds shall count.
    private static PostgresTable Like(PostgresTable? backup, PostgresTable live) =>
        backup is not null && backup.Columns.Order(StringComparer.Ordinal).SequenceEqual(live.Columns.Order(StringComparer.Ordinal))
            ? live with { Columns = backup.Columns } : live;

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
        ? Omission.NotCompared(Omission.Property, "whether materialised views are populated", "the backup does not say") : null;

    private static IEnumerable<Omission> NotHeld(PostgresDescription held, PostgresDescription live)
    {
        var scope = held.Scope.Summary;
        if (scope is not null) yield return Omission.NotCompared(Omission.Scope, "what the backup leaves out", scope);
        var isSaid = scope?.Contains("large objects", StringComparison.Ordinal) == true;
        if (held.LargeObjects is null && live.LargeObjects is { Count: > 0 } && !isSaid)
            yield return Omission.NotCompared(Omission.Property, "the large objects of the live database", "the backup has none");
    }

    private async Task<ComparableDefinitions> DefinitionsAsync(PostgresArchive archive, PostgresDescription live,
        CancellationToken cancellation)
    {
        var encoding = SessionSettings.ClientEncoding(live.Database.Encoding);
        var definitions = await new LiveDefinitions(address, observer)
            .ReadAsync(archive, live.Server.Major, encoding, archive.ComparisonRules, cancellation);
        return definitions.Schema is { } schema ? await archive.CompareDefinitionsAsync(schema, cancellation)
            : ComparableDefinitions.None(
                $"the backup was written by pg_dump {archive.Description.Dump.Version}, and the one here is {definitions.Tool.Version}");
    }
}
