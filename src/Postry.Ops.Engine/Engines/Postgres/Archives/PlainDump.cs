using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.PlainDumps;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Archives;

/// <summary>A plain dump of the old scripts: one SQL script for psql, from which all comes that its manifest tells.</summary>
/// <param name="Manifest">The manifest; it describes the database once the dump has been read.</param>
/// <param name="Path">The file.</param>
internal sealed record PlainDump(BackupManifest Manifest, string Path) : PostgresArchive(Manifest, Path)
{
    private const string OfExtension = "what a plain dump holds of an extension's rows cannot be distinguished from the extension's own";
    private const string DatabaseItself = "the properties of the database itself (owner, privileges, settings, comment)";
    private const string NoFingerprints = "a plain dump holds no fingerprints";

    // Definitions that pg_dump leaves out with some options, or that every database has.
    private static readonly string[] Dispensable = ["acl", "default acl", "comment", "schema"];

    /// <inheritdoc/>
    public override bool HoldsDatabaseProperties => false;

    /// <inheritdoc/>
    public override bool IsOneScript => true;

    /// <inheritdoc/>
    // A dump does not tell a partitioned table from one that it fills with no rows.
    public override IEnumerable<PostgresTable> OrdinaryTables => Description.Tables.Where(table => table.DataFile is not null);

    /// <inheritdoc/>
    // A dump sets sequences by calls, which can name any sequence of the database.
    protected override IEnumerable<PostgresSequence> OwnSequences => [];

    /// <inheritdoc/>
    // A dump without owners (pg_dump --no-owner) leaves everything to the role that restores it.
    public override SchemaRules ComparisonRules =>
        base.ComparisonRules with { IgnoreOwners = Description.Owners is [], IgnoreQuotes = true };

    /// <inheritdoc/>
    public override T Match<T>(Func<DirectoryArchive, T> directory, Func<PlainDump, T> dump) => dump(this);

    /// <inheritdoc/>
    // A psql that is at least as new as the server can run the script of any pg_dump.
    public override (string Program, int Major) RestoreProgram(int serverMajor) => ("psql", serverMajor);

    /// <inheritdoc/>
    public override Task<IReadOnlyCollection<string>> OwnersAsync(IReadOnlyCollection<string> roles, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyCollection<string>>(Description.Owners ?? []);

    /// <inheritdoc/>
    public override Task<IReadOnlyCollection<string>> TablespacesAsync(CancellationToken cancellation) =>
        Task.FromResult(Description.Tablespaces);

    /// <inheritdoc/>
    public override Task<IReadOnlyList<SchemaObject>> ReadSchemaAsync(SchemaRules rules, Action<string> warned,
        CancellationToken cancellation) => DumpFile.ReadSchemaAsync(Path, rules, cancellation);

    /// <inheritdoc/>
    public override Task<IReadOnlyList<Check>> CheckBytesAsync(IOperationObserver observer, CancellationToken cancellation) =>
        ArtefactChecks.ReadAsync(Manifest.Artefact, Path, read =>
            observer.Progress(new OperationProgress("PostgreSQL", "Checking the stored bytes", read, Manifest.Artefact.Bytes)),
            cancellation);

    /// <inheritdoc/>
    // Unknown options of pg_dump change its text, but the objects that it creates must be there all the same.
    public override Check AdjustSchemaCheck(Check check, IReadOnlyList<SchemaObject> expected, IReadOnlyList<SchemaObject> restored)
    {
        if (check.Status == CheckStatus.Passed) return check;
        static (string, string) Key(SchemaObject entry) => (entry.Type, entry.Name.Replace("\"", "", StringComparison.Ordinal));
        var there = restored.Select(Key).ToHashSet();
        var isMissing = expected.Any(entry => !Dispensable.Contains(entry.Type) && !there.Contains(Key(entry)));
        return isMissing ? check : check with { Status = CheckStatus.Inconclusive, Detail =
            $"The dump was written with other options, or says it in other words: {check.Detail}" };
    }

    /// <inheritdoc/>
    public override async Task<ComparableDefinitions> CompareDefinitionsAsync(IReadOnlyList<SchemaObject> live,
        CancellationToken cancellation) => !File.Exists(Path) ? ComparableDefinitions.None("the dump is gone")
        : ComparableDefinitions.OfDump(Manifest, await DumpFile.ReadSchemaAsync(Path, ComparisonRules, cancellation), live);

    /// <inheritdoc/>
    public override (List<DatabaseProperty> Backup, List<DatabaseProperty> Live) CompareProperties(
        PostgresDescription held, PostgresDescription live, IReadOnlyCollection<string> unreadable) =>
        PostgresProperties.CompareContents(held, live, unreadable, NoFingerprints);

    /// <inheritdoc/>
    // A table that the dump creates without rows comes back empty. Partitioned tables, which look the same in it, store no rows themselves.
    public override IReadOnlyList<TableContent> ExpectedTables(IReadOnlyList<TableCatalog.Entry> live)
    {
        var there = live.Select(entry => entry.Table.DisplayName).ToHashSet(StringComparer.Ordinal);
        var empty = Description.Tables.Where(table => table.DataFile is null && there.Contains(table.DisplayName));
        return [.. Manifest.Contents.Tables, .. empty.Select(table => new TableContent(table.DisplayName, 0, null))];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Omission> NotCompared(IReadOnlyList<TableCatalog.Entry> live) =>
    [
        .. live.Where(entry => entry.OfExtension)
            .Select(entry => new Omission(Omissions.ExtensionTable, entry.Table.DisplayName, null, OfExtension, Lost: false)),
        Omission.NotCompared(Omission.Property, DatabaseItself, "a plain dump does not hold them"),
    ];
}
