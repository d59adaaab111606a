using System.Text.RegularExpressions;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Archives;

/// <summary>
/// The stored form of a PostgreSQL backup. The archive itself knows how it is restored, what it names, and what of it can be compared, so
/// that nothing else has to know the kinds of archives.
/// </summary>
/// <param name="Manifest">The manifest, with all that reading the archive has added to it.</param>
/// <param name="Path">Full path of the stored bytes, which may be gone; empty where only the manifest is at hand.</param>
internal abstract partial record PostgresArchive(BackupManifest Manifest, string Path)
{
    /// <summary>The description of server and database.</summary>
    public PostgresDescription Description => Manifest.Postgres!;

    /// <summary>Major version of the pg_dump that wrote it.</summary>
    public int DumpMajor => Description.Dump.Major;

    /// <summary>True if it holds the properties of the database itself: owner, privileges, settings, comment.</summary>
    public abstract bool HoldsDatabaseProperties { get; }

    /// <summary>True if it is one script that is run from its beginning to its end, so that none of its objects can be left out.</summary>
    public abstract bool IsOneScript { get; }

    /// <summary>The tables that are known to store rows themselves: none of them is partitioned.</summary>
    public abstract IEnumerable<PostgresTable> OrdinaryTables { get; }

    /// <summary>The sequences that lie in the schemas that the archive is of.</summary>
    protected abstract IEnumerable<PostgresSequence> OwnSequences { get; }

    /// <summary>The schemas that it has something in, without the server's own.</summary>
    public IReadOnlyList<string> Schemas =>
    [
        .. Manifest.Contents.Schema.Select(o => o.Table.Length > 0 ? o.Table : o.Type == "schema" ? o.Name
            : NamedSchema().Match(o.Name) is { Success: true } named ? named.Groups[1].Value : "")
            .Concat(Description.Tables.Select(table => table.Schema))
            .Concat(OwnSequences.Select(sequence => sequence.Schema))
            .Where(name => name.Length > 0 && !IsOfServer(name)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>The archive of a backup.</summary>
    public static PostgresArchive Of(LoadedBackup backup) => Of(backup.Manifest, backup.ArtefactPath);

    /// <summary>
    /// The archive that a manifest describes. This is the one place that tells the kinds apart: pg_dump's directory format is a folder of
    /// files, and a plain dump is one file.
    /// </summary>
    public static PostgresArchive Of(BackupManifest manifest, string? path = null) =>
        manifest.Artefact.Files is null ? new PlainDump(manifest, path ?? "") : new DirectoryArchive(manifest, path ?? "");

    /// <summary>Calls the function for this kind of archive, where the work belongs to another folder.</summary>
    public abstract T Match<T>(Func<DirectoryArchive, T> directory, Func<PlainDump, T> dump);

    /// <summary>True where it has something in a schema that is none of an extension's own.</summary>
    public bool HasObjectsIn(string schema) =>
        Manifest.Contents.Schema.Any(o => o.Table == schema && !o.Type.Contains("acl", StringComparison.Ordinal));

    /// <summary>The program that reads it for a restore, and the oldest major version of PostgreSQL's programs that can.</summary>
    public abstract (string Program, int Major) RestoreProgram(int serverMajor);

    /// <summary>The roles that own what is in it.</summary>
    /// <param name="roles">All roles that the backup relies on.</param>
    /// <param name="cancellation">Stops reading.</param>
    public abstract Task<IReadOnlyCollection<string>> OwnersAsync(IReadOnlyCollection<string> roles, CancellationToken cancellation);

    /// <summary>The tablespaces that its objects lie in, other than the database's own.</summary>
    public abstract Task<IReadOnlyCollection<string>> TablespacesAsync(CancellationToken cancellation);

    /// <summary>The definitions in it. Errors: those of reading it.</summary>
    public abstract Task<IReadOnlyList<SchemaObject>> ReadSchemaAsync(SchemaRules rules, Action<string> warned,
        CancellationToken cancellation);

    /// <summary>Compares the stored bytes with the manifest. A wrong archive is a failed check.</summary>
    public abstract Task<IReadOnlyList<Check>> CheckBytesAsync(IOperationObserver observer, CancellationToken cancellation);

    /// <summary>The check of restored definitions; inconclusive where those of the archive do not allow a failure.</summary>
    public virtual Check AdjustSchemaCheck(Check check, IReadOnlyList<SchemaObject> expected, IReadOnlyList<SchemaObject> restored) =>
        check;

    /// <summary>How its definitions are compared with those of a live database.</summary>
    public virtual SchemaRules ComparisonRules => new(Held: Manifest.Contents.Schema);

    /// <summary>The definitions of both sides, as far as they can be compared.</summary>
    public abstract Task<ComparableDefinitions> CompareDefinitionsAsync(IReadOnlyList<SchemaObject> live,
        CancellationToken cancellation);

    /// <summary>The properties of the archive beside those of a live database.</summary>
    /// <param name="held">The description of the archive, completed for the comparison.</param>
    /// <param name="live">The live database, described like a backup of it.</param>
    /// <param name="unreadable">Sequences whose values the role may not read.</param>
    public abstract (List<DatabaseProperty> Backup, List<DatabaseProperty> Live) CompareProperties(
        PostgresDescription held, PostgresDescription live, IReadOnlyCollection<string> unreadable);

    /// <summary>The tables that a live database has after a restore, with their rows.</summary>
    public virtual IReadOnlyList<TableContent> ExpectedTables(IReadOnlyList<TableCatalog.Entry> live) => Manifest.Contents.Tables;

    /// <summary>The parts of a live database that this kind of archive never tells. Tables among them are not read.</summary>
    public virtual IReadOnlyList<Omission> NotCompared(IReadOnlyList<TableCatalog.Entry> live) => [];

    private static bool IsOfServer(string name) => name == "information_schema" || name.StartsWith("pg_", StringComparison.Ordinal);

    // Archives hold only the owner and the privileges of some schemas, under such names.
    [GeneratedRegex("^SCHEMA (.+)$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex NamedSchema();
}
